package org.trefoil.executor.operator;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class SuppressTest extends OperatorTest {
  private static final int K = 5;
  private static final int BRANCH_K = 300;
  private static final long AT_MOST = 200;

  @Override
  List<List<Clear>> inputs() {
    // Valid, distinct rows of a table, distinct entities and rows of a branch.
    int n = 40;
    return List.of(
        List.of(
            Clear.bits(IntStream.range(0, n).map(r -> r % 7 == 6 ? 0 : 1).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 11).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 3 == 0 ? 0 : 180).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 3 == 0 ? 0 : 200).toArray())),
        List.of(Clear.bits(1), Clear.sums(5), Clear.sums(0), Clear.sums(0)),
        List.of(Clear.bits(1), Clear.sums(5), Clear.sums(0), Clear.sums(1)),
        List.of(Clear.bits(1), Clear.sums(4), Clear.sums(0), Clear.sums(0)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.bits(1, 1), Clear.sums(0, 9), Clear.sums(0, 1), Clear.sums(0, 200)),
        List.of(Clear.bits(0, 0), Clear.sums(200, 0), Clear.sums(7, 7), Clear.sums(9, 9)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(
        Suppress.released(
            party,
            step,
            (Bits) in.get(0),
            List.of(
                new Suppress.Contributed((Sums) in.get(1), Optional.empty(), K, AT_MOST),
                new Suppress.Contributed(
                    (Sums) in.get(2), Optional.of((Sums) in.get(3)), BRANCH_K, AT_MOST))));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .mapToObj(
            r ->
                in.get(0).bit(r)
                    && in.get(1).at(r) >= K
                    && (in.get(3).at(r) == 0 || in.get(2).at(r) >= BRANCH_K))
        .map(released -> List.of(released ? 1L : 0L))
        .toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    return Suppress.cost(n, K, AT_MOST, false, Link.LAN)
        .then(Suppress.cost(n, BRANCH_K, AT_MOST, true, Link.LAN));
  }
}
