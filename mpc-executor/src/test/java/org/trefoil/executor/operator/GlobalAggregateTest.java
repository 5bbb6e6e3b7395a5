package org.trefoil.executor.operator;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

class GlobalAggregateTest extends OperatorTest {
  Link link() {
    return Link.LAN;
  }

  @Override
  TestWorld linked(TestWorld world) {
    return world.with(link());
  }

  @Override
  List<List<Clear>> inputs() {
    return IntStream.of(37, 1, 64)
        .mapToObj(
            n ->
                List.of(
                    Clear.bits(IntStream.range(0, n).map(r -> r % 3 == 1 ? 1 : 0).toArray()),
                    Clear.sums(LongStream.range(0, n).map(r -> 7 - r).toArray()),
                    Clear.words(10, LongStream.range(0, n).map(r -> r * 77 % 1000).toArray()),
                    wide(LongStream.range(0, n).map(r -> r * r - 90).toArray())))
        .toList();
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.bits(1, 1, 1), Clear.sums(1, 2, 3), Clear.words(10, 3, 2, 1), wide(1, 2, 3)),
        List.of(
            Clear.bits(0, 0, 0),
            Clear.sums(-1, -2, -3),
            Clear.words(10, 0, 0, 9),
            wide(-1, -1, 0)));
  }

  private static Clear wide(long... values) {
    return Clear.of(ColumnShape.sums(128), values);
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    Bits valid = (Bits) in.get(0);
    return List.of(
        GlobalAggregate.sum(party, step.child("sum"), valid, (Sums) in.get(1)),
        GlobalAggregate.count(party, step.child("count"), valid),
        GlobalAggregate.sums(
                party, step.child("sums"), valid, List.of((Sums) in.get(1), (Sums) in.get(3)))
            .get(1),
        GlobalAggregate.greatest(party, step.child("greatest"), valid, (Words) in.get(2)));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    int[] rows = IntStream.range(0, in.get(0).rows()).filter(r -> in.get(0).bit(r)).toArray();
    return List.of(
        List.of(
            IntStream.of(rows).mapToLong(r -> in.get(1).at(r)).sum(),
            (long) rows.length,
            IntStream.of(rows).mapToLong(r -> in.get(3).at(r)).sum(),
            IntStream.of(rows).mapToLong(r -> in.get(2).at(r)).max().orElse(0)));
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    return GlobalAggregate.costOfSum(n, 64)
        .then(GlobalAggregate.costOfCount(n, link()))
        .then(GlobalAggregate.costOfSums(n, List.of(ColumnShape.sums(64), ColumnShape.sums(128))))
        .then(GlobalAggregate.costOfGreatest(link(), n, 10));
  }
}
