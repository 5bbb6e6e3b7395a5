package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/**
 * Entities are the suffixes of {@link GroupTables}; in tables of an odd number of rows, the rows.
 */
class DominanceTest extends OperatorTest {
  private static final int BOUND = 1 << GroupTables.KEY;
  private static final int PERCENT = 25;
  private static final Interval OF_ROW = Interval.of(0, 4_000);

  @Override
  List<List<Clear>> inputs() {
    return GroupTables.inputs().stream().map(DominanceTest::positive).toList();
  }

  @Override
  List<List<Clear>> alike() {
    // The order by group and magnitude, and where groups end, is the same in both.
    int n = 33;
    long[] groups = LongStream.range(0, n).map(r -> r / 5).toArray();
    List<List<Clear>> alike = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      int times = 1 + 9 * round;
      List<Clear> in = new ArrayList<>(GroupTables.of(all(n), groups, new long[n]));
      in.set(
          1, Clear.words(GroupTables.KEY, LongStream.of(groups).map(g -> g + times / 3).toArray()));
      in.set(3, Clear.sums(LongStream.range(0, n).map(r -> times * (r % 5) * (r % 5)).toArray()));
      alike.add(in);
    }
    return alike;
  }

  private static int[] all(int n) {
    return LongStream.range(0, n).mapToInt(r -> 1).toArray();
  }

  private static List<Clear> positive(List<Clear> in) {
    List<Clear> positive = new ArrayList<>(in);
    positive.set(
        3,
        Clear.sums(
            LongStream.range(0, in.get(0).rows())
                .map(r -> Math.abs(in.get(3).at((int) r)))
                .toArray()));
    return positive;
  }

  private static boolean byEntity(int rows) {
    return rows % 2 == 0;
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    int n = in.get(0).rows();
    Bits valid = (Bits) in.get(0);
    GroupOrder order =
        GroupOrder.of(
            party,
            step.child("order"),
            valid,
            (Words) in.get(1),
            Words.zero(0, n),
            List.of(in.get(1)));
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party, step.child("groups"), order, order.payload(), List.of(), List.of(), BOUND);
    Bits nobody =
        Dominance.nobody(
            party,
            step.child("nobody"),
            valid,
            (Words) in.get(1),
            byEntity(n) ? (Words) in.get(2) : Words.zero(0, n),
            (Sums) in.get(3),
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
              Map<Long, Long> weights = new HashMap<>();
              for (int r : rows) {
                long entity = byEntity(in.get(0).rows()) ? in.get(2).at(r) : r;
                weights.merge(entity, in.get(3).at(r), Long::sum);
              }
              List<Long> greatest =
                  weights.values().stream().sorted(Comparator.reverseOrder()).toList();
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
        .then(
            Dominance.cost(
                n,
                GroupTables.KEY,
                byEntity(n) ? GroupTables.SUFFIX : 0,
                64,
                OF_ROW,
                BOUND,
                Link.LAN));
  }
}
