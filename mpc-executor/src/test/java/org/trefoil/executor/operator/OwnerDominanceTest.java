package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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

/** Row r of {@link GroupTables} is one of owner r % 4. */
class OwnerDominanceTest extends OperatorTest {
  private static final int BOUND = 1 << GroupTables.KEY;
  private static final int OWNERS = 4;
  private static final int PERCENT = 30;
  private static final Interval OF_ROW = Interval.of(0, 4_000);

  private static List<Clear> of(List<Clear> table, int times) {
    int n = table.get(0).rows();
    List<Clear> in = new ArrayList<>(List.of(table.get(0), table.get(1)));
    for (int o = 0; o < OWNERS; o++) {
      int owner = o;
      in.add(
          Clear.sums(
              LongStream.range(0, n)
                  .map(r -> r % OWNERS == owner ? Math.abs(table.get(3).at((int) r)) * times : 0)
                  .toArray()));
    }
    return in;
  }

  @Override
  List<List<Clear>> inputs() {
    return GroupTables.inputs().stream().map(table -> of(table, 1)).toList();
  }

  @Override
  List<List<Clear>> alike() {
    List<Clear> table =
        GroupTables.of(
            IntStream.range(0, 32).map(r -> 1).toArray(),
            LongStream.range(0, 32).map(r -> r / 5).toArray(),
            new long[32]);
    return List.of(of(table, 1), of(table, 0), of(table, 4));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    Bits valid = (Bits) in.get(0);
    Words key = (Words) in.get(1);
    GroupOrder order =
        GroupOrder.of(
            party, step.child("order"), valid, key, Words.zero(0, valid.rows()), List.of(key));
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party, step.child("groups"), order, order.payload(), List.of(), List.of(), BOUND);
    Bits nobody =
        OwnerDominance.nobody(
            party,
            step.child("nobody"),
            valid,
            key,
            in.subList(2, 2 + OWNERS).stream().map(Sums.class::cast).toList(),
            OF_ROW,
            PERCENT,
            BOUND);
    return List.of(groups.valid(), groups.last().get(0), nobody);
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows.stream().takeWhile(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> expected = new ArrayList<>();
    GroupTables.groups(in)
        .forEach(
            (key, rows) -> {
              List<Long> greatest =
                  in.subList(2, 2 + OWNERS).stream()
                      .map(of -> rows.stream().mapToLong(of::at).sum())
                      .sorted(Comparator.reverseOrder())
                      .toList();
              long others = greatest.stream().skip(2).mapToLong(Long::longValue).sum();
              expected.add(List.of(1L, key, 100 * others >= PERCENT * greatest.get(0) ? 1L : 0L));
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
    return GroupOrder.cost(n, GroupTables.KEY, 0, key, Link.LAN)
        .then(GroupAggregate.cost(n, key, List.of(), 0, BOUND, Link.LAN))
        .then(OwnerDominance.cost(n, GroupTables.KEY, OWNERS, 64, OF_ROW, BOUND, Link.LAN));
  }
}
