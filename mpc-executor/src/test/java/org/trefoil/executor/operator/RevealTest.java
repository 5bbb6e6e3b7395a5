package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.governance.TestPermits;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

class RevealTest extends OperatorTest {
  /** Which rows are valid, and two columns. */
  static List<Clear> rows(int[] valid, long add) {
    int n = valid.length;
    return List.of(
        Clear.bits(valid),
        Clear.words(33, LongStream.range(0, n).map(r -> r + add).toArray()),
        Clear.sums(LongStream.range(0, n).map(r -> -r - add).toArray()));
  }

  static List<List<Clear>> someRows() {
    return List.of(
        rows(IntStream.range(0, 70).map(r -> r % 2).toArray(), 1),
        rows(new int[7], 1),
        rows(new int[] {1, 1, 1}, 1));
  }

  @Override
  List<List<Clear>> inputs() {
    return someRows();
  }

  @Override
  List<List<Clear>> alike() {
    int[] valid = IntStream.range(0, 70).map(r -> r % 5 == 0 ? 1 : 0).toArray();
    return List.of(rows(valid, 0), rows(valid, 1 << 20));
  }

  @Override
  List<? extends SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return Reveal.unordered(
            party, step, TestPermits.fresh(), (Bits) in.get(0), in.subList(1, in.size()))
        .columns();
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows.stream().sorted(Comparator.comparing(row -> row.get(0))).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (in.get(0).bit(r)) {
        rows.add(List.of(in.get(1).at(r), in.get(2).at(r)));
      }
    }
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return Reveal.cost(in.get(0).rows(), in.stream().skip(1).map(Clear::shape).toList());
  }

  @Test
  void needsAPermitThatIsNotSpent() {
    TestWorld world = TestWorld.fresh();
    List<Bits> valid = world.bits(true, false);
    RevealPermit permit = TestPermits.fresh();
    permit.spend();
    assertThatThrownBy(
            () ->
                world.run(
                    (party, step) ->
                        Reveal.unordered(party, step, permit, valid.get(party.id()), List.of())))
        .hasMessageContaining("permit is spent");
  }
}
