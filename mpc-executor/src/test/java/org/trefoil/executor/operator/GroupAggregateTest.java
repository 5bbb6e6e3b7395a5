package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

class GroupAggregateTest extends OperatorTest {
  private static final int BOUND = 1 << GroupTables.KEY;

  @Override
  List<List<Clear>> inputs() {
    return GroupTables.inputs();
  }

  @Override
  List<List<Clear>> alike() {
    // Groups are as many, at the same rows, in each: compaction moves rows by their ends.
    List<Clear> one = GroupTables.alike().get(2);
    List<Clear> other = GroupTables.of(new int[32], new long[32], new long[32]);
    return List.of(
        one,
        List.of(
            one.get(0),
            Clear.words(GroupTables.KEY, LongStream.range(0, 32).map(r -> 3 * (r / 4)).toArray()),
            Clear.words(GroupTables.SUFFIX, new long[32]),
            Clear.sums(LongStream.range(0, 32).map(r -> -r).toArray()),
            other.get(4)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    GroupOrder order =
        GroupOrder.of(
            party,
            step.child("order"),
            (Bits) in.get(0),
            (Words) in.get(1),
            (Words) in.get(2),
            List.of(in.get(1), in.get(3), in.get(4)));
    List<SharedColumn> payload = order.payload();
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party,
            step.child("groups"),
            order,
            List.of(payload.get(0), order.suffix()),
            List.of((Sums) payload.get(1)),
            List.of((Bits) payload.get(2)),
            BOUND);
    List<SharedColumn> all = new ArrayList<>(List.of(groups.valid()));
    all.addAll(groups.last());
    all.addAll(groups.sums());
    all.addAll(groups.counts());
    all.add(groups.rows());
    return all;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    // The groups are in front.
    return rows.stream().takeWhile(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> expected = new ArrayList<>();
    GroupTables.groups(in)
        .forEach(
            (key, rows) ->
                expected.add(
                    List.of(
                        1L,
                        key,
                        rows.stream().mapToLong(r -> in.get(2).at(r)).max().orElseThrow(),
                        rows.stream().mapToLong(r -> in.get(3).at(r)).sum(),
                        rows.stream().mapToLong(r -> in.get(4).at(r)).sum(),
                        (long) rows.size())));
    return expected;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    List<ColumnShape> payload =
        List.of(ColumnShape.words(GroupTables.KEY), ColumnShape.sums(64), ColumnShape.BIT);
    return GroupOrder.cost(n, GroupTables.KEY, GroupTables.SUFFIX, payload, Link.LAN)
        .then(
            GroupAggregate.cost(
                n,
                List.of(ColumnShape.words(GroupTables.KEY), ColumnShape.words(GroupTables.SUFFIX)),
                List.of(ColumnShape.sums(64)),
                1,
                BOUND,
                Link.LAN));
  }
}
