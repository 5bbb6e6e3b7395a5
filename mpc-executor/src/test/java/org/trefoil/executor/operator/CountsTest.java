package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class CountsTest extends OperatorTest {
  /** A power of two, which needs a bit more than the number below it. */
  private static final int MOST = 64;

  @Override
  List<List<Clear>> inputs() {
    return List.of(
        List.of(Clear.sums(LongStream.rangeClosed(0, MOST).toArray())),
        List.of(Clear.sums(0)),
        List.of(Clear.sums(MOST)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.sums(new long[40])),
        List.of(Clear.sums(LongStream.range(0, 40).map(r -> MOST - r).toArray())));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(Counts.positive(party, step, (Sums) in.get(0), MOST));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return LongStream.range(0, in.get(0).rows())
        .mapToObj(r -> List.of(in.get(0).at((int) r) > 0 ? 1L : 0L))
        .toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    return Counts.cost(in.get(0).rows(), MOST, Link.LAN);
  }

  @Test
  void opensNothing() {
    assertThat(run(TestWorld.fresh(), inputs().get(0)).opened).allMatch(List::isEmpty);
  }
}
