package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class RunningSumsTest extends OperatorTest {
  private static List<Clear> rows(int[] starts) {
    return List.of(
        Clear.bits(starts),
        Clear.sums(LongStream.range(0, starts.length).map(r -> r * r - 40).toArray()),
        Clear.sums(LongStream.range(0, starts.length).map(r -> 1).toArray()));
  }

  @Override
  List<List<Clear>> inputs() {
    return IntStream.of(50, 1, 2, 3, 4, 5, 31, 64, 65)
        .mapToObj(n -> rows(IntStream.range(0, n).map(r -> r % 7 == 3 ? 1 : 0).toArray()))
        .toList();
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        rows(new int[33]),
        rows(IntStream.range(0, 33).map(r -> 1).toArray()),
        rows(IntStream.range(0, 33).map(r -> r % 2).toArray()));
  }

  @Override
  List<? extends SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return RunningSums.of(
        party, step, (Bits) in.get(0), List.of((Sums) in.get(1), (Sums) in.get(2)));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> rows = new ArrayList<>();
    long sum = 0;
    long count = 0;
    for (int r = 0; r < in.get(0).rows(); r++) {
      sum = in.get(1).at(r) + (in.get(0).bit(r) ? 0 : sum);
      count = in.get(2).at(r) + (in.get(0).bit(r) ? 0 : count);
      rows.add(List.of(sum, count));
    }
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return RunningSums.cost(in.get(0).rows(), 2, 64);
  }
}
