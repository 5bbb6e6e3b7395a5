package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.api.plan.AggregateCall.Position;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

class QuantilesTest extends OperatorTest {
  private static final List<Position> POSITIONS =
      List.of(
          new Position(1, -1, 2),
          new Position(1, 0, 2),
          new Position(3, -1, 10),
          new Position(0, 0, 1),
          new Position(10, -1, 10));

  @Override
  List<List<Clear>> inputs() {
    return GroupTables.inputs();
  }

  @Override
  List<List<Clear>> alike() {
    // Groups of one size: the places, by which rows are joined, then meet one order.
    int n = 32;
    int[] all = IntStream.range(0, n).map(r -> 1).toArray();
    long[] keys = LongStream.range(0, n).map(r -> r / 8).toArray();
    long[] equal = LongStream.range(0, n).map(r -> 8).toArray();
    return List.of(
        GroupTables.of(all, keys, equal),
        GroupTables.of(all, LongStream.of(keys).map(k -> 2 * k + 1).toArray(), equal),
        GroupTables.of(all, keys, LongStream.range(0, n).map(r -> 8 + r % 8).toArray()),
        GroupTables.of(all, keys, LongStream.range(0, n).map(r -> r % 8 < 4 ? 9 : 15).toArray()));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    int n = in.get(0).rows();
    GroupOrder order =
        GroupOrder.of(
            party,
            step.child("order"),
            (Bits) in.get(0),
            (Words) in.get(1),
            (Words) in.get(2),
            List.of(in.get(1)));
    int top = GroupTables.SUFFIX - 1;
    Bits present = Local.plane(order.suffix(), top);
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party,
            step.child("groups"),
            order,
            List.of(order.payload().get(0)),
            List.of(),
            List.of(present),
            n);
    Sums counts = groups.counts().get(0);
    Bits some = Counts.positive(party, step.child("some"), counts, n);
    List<Words> found =
        Quantiles.at(
            party,
            step.child("quantiles"),
            Local.field(order.suffix(), 0, top),
            groups.rows(),
            counts,
            some,
            POSITIONS);
    List<SharedColumn> all = new ArrayList<>(List.of(groups.valid(), groups.last().get(0), some));
    all.addAll(found);
    return all;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows.stream().filter(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> expected = new ArrayList<>();
    GroupTables.groups(in)
        .forEach(
            (key, rows) -> {
              List<Long> values =
                  rows.stream()
                      .map(r -> in.get(2).at(r))
                      .filter(v -> v >= 8)
                      .map(v -> v - 8)
                      .sorted()
                      .toList();
              List<Long> row = new ArrayList<>(List.of(1L, key, values.isEmpty() ? 0L : 1L));
              for (Position position : POSITIONS) {
                row.add(values.isEmpty() ? 0L : values.get((int) position.of(values.size())));
              }
              expected.add(row);
            });
    return expected;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    List<ColumnShape> key = List.of(ColumnShape.words(GroupTables.KEY));
    return GroupOrder.cost(n, GroupTables.KEY, GroupTables.SUFFIX, key, Link.LAN)
        .then(GroupAggregate.cost(n, key, List.of(), 1, n, Link.LAN))
        .then(Counts.cost(n, n, Link.LAN))
        .then(Quantiles.cost(n, n, GroupTables.SUFFIX - 1, POSITIONS, Link.LAN));
  }
}
