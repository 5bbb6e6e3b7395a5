package org.trefoil.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.executor.operator.Compaction;
import org.trefoil.executor.operator.GlobalAggregate;
import org.trefoil.executor.operator.GroupAggregate;
import org.trefoil.executor.operator.GroupOrder;
import org.trefoil.executor.operator.JoinOwnerKeys;
import org.trefoil.executor.operator.JoinPkFk;
import org.trefoil.executor.operator.ObliviousSort;
import org.trefoil.executor.operator.OwnerGroups;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.KeyTable;

/** Operators of queries, on generated tables with one key and one value. */
final class Operators {
  private static final int JOIN_GROUPS = 1 << 10;
  private static final int GROUPS = 100;
  private static final long VALUES = 1 << 20;

  static final List<Workload> ALL =
      List.of(
          new Workload("sort", Operators::keysAndPlaces, Operators::sort, Operators::isSorted),
          new Workload(
              "compaction",
              (rows, width) ->
                  List.of(Generated.bits("keep", rows), Generated.words("value", rows, 64)),
              (p, s, in) -> Compaction.apply(p, s, (Bits) in.get(0), in.subList(1, 2)).columns(),
              Operators::isCompacted),
          new Workload(
              "sum",
              (rows, width) ->
                  List.of(Generated.bits("valid", rows), Generated.sums("value", rows, VALUES)),
              (p, s, in) -> List.of(GlobalAggregate.sum(p, s, (Bits) in.get(0), (Sums) in.get(1))),
              Operators::isSum),
          new Workload(
              "join",
              (rows, width) -> tables(rows, width, false),
              (p, s, in) -> {
                JoinPkFk.Joined rows = join(p, s, in);
                return List.of(rows.valid(), rows.pk().get(0), rows.fk().get(0));
              },
              Operators::isJoined),
          new Workload(
              "join-sum",
              (rows, width) -> tables(rows, width, false),
              Operators::joinAndSum,
              Operators::isJoinedSum),
          new Workload(
              "join-sum-unique",
              (rows, width) -> tables(rows, width, true),
              Operators::joinAndSum,
              Operators::isJoinedSum),
          new Workload(
              "join-known-sum",
              Operators::binnedTables,
              Operators::joinKnownAndSum,
              Operators::isJoinedSum),
          new Workload(
              "join-group",
              (rows, width) -> tables(rows, width, false),
              Operators::joinAndGroup,
              Operators::isJoinedGroups),
          new Workload("group", Operators::groupedRows, Operators::group, Operators::isGrouped),
          new Workload(
              "group-owner",
              Operators::ownersRows,
              Operators::groupInOwnersOrder,
              (in, out) -> isGrouped(in.subList(2, 5), out)));

  private Operators() {}

  // Sort.

  private static List<ClearColumn> keysAndPlaces(int rows, int width) {
    return List.of(
        Generated.words("key", rows, width), Generated.words(64, rows, row -> 3L * row + 1));
  }

  private static List<SharedColumn> sort(Party party, Step step, List<SharedColumn> in) {
    ObliviousSort.Sorted rows =
        ObliviousSort.sort(party, step, (Words) in.get(0), in.subList(1, 2));
    return List.of(rows.key(), rows.payload().get(0));
  }

  private static boolean isSorted(List<ClearColumn> in, List<ClearColumn> out) {
    long[] keys = in.get(0).limbs()[0];
    long[] payload = in.get(1).limbs()[0];
    List<Integer> order =
        IntStream.range(0, keys.length)
            .boxed()
            .sorted((a, b) -> Long.compareUnsigned(keys[a], keys[b]))
            .toList();
    for (int r = 0; r < keys.length; r++) {
      if (out.get(0).limbs()[0][r] != keys[order.get(r)]
          || out.get(1).limbs()[0][r] != payload[order.get(r)]) {
        return false;
      }
    }
    return true;
  }

  // One column.

  private static boolean isCompacted(List<ClearColumn> in, List<ClearColumn> out) {
    int rows = in.get(0).rows();
    int at = 0;
    for (boolean kept : new boolean[] {true, false}) {
      for (int r = 0; r < rows; r++) {
        if (Generated.bit(in.get(0), r) == kept
            && in.get(1).limbs()[0][r] != out.get(0).limbs()[0][at++]) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isSum(List<ClearColumn> in, List<ClearColumn> out) {
    long sum = 0;
    for (int r = 0; r < in.get(0).rows(); r++) {
      sum += Generated.bit(in.get(0), r) ? in.get(1).limbs()[0][r] : 0;
    }
    return out.get(0).limbs()[0][0] == sum;
  }

  // Joins: PK rows (key, valid, group, value), FK rows (key, valid, value); one of eight keys of
  // the FK side is missing on the PK side.

  private static List<ClearColumn> tables(int rows, int width, boolean unique) {
    int[] order = Generated.permutation("order", rows);
    long[] refers = Generated.words("refers", rows, 63).limbs()[0];
    return List.of(
        Generated.words(width, rows, row -> 8L * row + 3),
        Generated.bits("valid", rows),
        Generated.words(10, rows, row -> 7919L * row % JOIN_GROUPS),
        Generated.sums("pk", rows, VALUES),
        Generated.words(
            width,
            rows,
            row -> {
              long k = unique ? order[row] : refers[row] % rows;
              return 8L * k + (k % 8 == 0 ? 4 : 3);
            }),
        Generated.bits("present", rows),
        Generated.sums("fk", rows, VALUES));
  }

  /**
   * The same rows with unique keys as their owners share them who know the keys: the PK rows in
   * bins, and after the FK columns where bins and probes go.
   */
  private static List<ClearColumn> binnedTables(int rows, int width) {
    List<ClearColumn> tables = tables(rows, width, true);
    long[] pk = tables.get(0).limbs()[0];
    long[] fk = tables.get(4).limbs()[0];
    int bins = OwnerKeys.bins(rows);
    int[] at = KeyTable.fill(probes(pk, bins), bins);
    int[] row = new int[bins];
    Arrays.fill(row, -1);
    for (int r = 0; r < rows; r++) {
      row[at[r]] = r;
    }
    int[] places = KeyTable.places(probes(fk, bins), bins);
    long dummy = 1L << width;
    List<ClearColumn> all = new ArrayList<>();
    all.add(Generated.words(width + 1, bins, b -> row[b] < 0 ? dummy | b : pk[row[b]]));
    long[] valid = new long[Bits.longs(bins)];
    long[] value = new long[bins];
    for (int b = 0; b < bins; b++) {
      if (row[b] >= 0) {
        valid[b >>> 6] |= (Generated.bit(tables.get(1), row[b]) ? 1L : 0L) << b;
        value[b] = tables.get(3).limbs()[0][row[b]];
      }
    }
    all.add(new ClearColumn(ColumnShape.BIT, bins, new long[][] {valid}));
    all.add(Generated.words(1, bins, b -> 0));
    all.add(Generated.sums(value));
    all.add(Generated.words(width + 1, rows, r -> fk[r]));
    all.addAll(tables.subList(5, 7));
    all.add(Generated.words(JoinOwnerKeys.placeWidth(bins, rows), places.length, k -> places[k]));
    return all;
  }

  private static int[] probes(long[] keys, int bins) {
    int[] probes = new int[3 * keys.length];
    for (int k = 0; k < keys.length; k++) {
      // As good as a hash for keys that are only generated.
      long hash = keys[k];
      for (int c = 0; c < 3; c++) {
        boolean fresh = false;
        while (!fresh) {
          hash = (hash + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
          hash ^= hash >>> 29;
          int bin = (int) Math.multiplyHigh(hash >>> 1, 2L * bins);
          fresh = (c < 1 || probes[3 * k] != bin) && (c < 2 || probes[3 * k + 1] != bin);
          probes[3 * k + c] = bin;
        }
      }
    }
    return probes;
  }

  private static List<SharedColumn> joinKnownAndSum(Party party, Step step, List<SharedColumn> in) {
    JoinPkFk.Joined rows =
        JoinOwnerKeys.join(
            party,
            step.child("join"),
            new JoinPkFk.Side((Words) in.get(0), (Bits) in.get(1), in.subList(3, 4)),
            new JoinPkFk.Side((Words) in.get(4), (Bits) in.get(5), in.subList(6, 7)),
            (Words) in.get(7));
    Sums both = Local.plus((Sums) rows.pk().get(0), (Sums) rows.fk().get(0));
    return List.of(GlobalAggregate.sum(party, step.child("sum"), rows.valid(), both));
  }

  private static JoinPkFk.Joined join(Party party, Step step, List<SharedColumn> in) {
    return JoinPkFk.join(
        party,
        step,
        new JoinPkFk.Side((Words) in.get(0), (Bits) in.get(1), in.subList(2, 4)),
        true,
        new JoinPkFk.Side((Words) in.get(4), (Bits) in.get(5), in.subList(6, 7)));
  }

  private static List<SharedColumn> joinAndSum(Party party, Step step, List<SharedColumn> in) {
    JoinPkFk.Joined rows = join(party, step.child("join"), in);
    Sums both = Local.plus((Sums) rows.pk().get(1), (Sums) rows.fk().get(0));
    return List.of(GlobalAggregate.sum(party, step.child("sum"), rows.valid(), both));
  }

  private static List<SharedColumn> joinAndGroup(Party party, Step step, List<SharedColumn> in) {
    JoinPkFk.Joined rows = join(party, step.child("join"), in);
    return groups(
        party,
        step.child("group"),
        rows.valid(),
        (Words) rows.pk().get(0),
        (Sums) rows.fk().get(0),
        JOIN_GROUPS);
  }

  /** Says for every FK row in the clear where its PK row is, or -1. */
  private static int[] partners(List<ClearColumn> in) {
    Map<Long, Integer> byKey = new HashMap<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (Generated.bit(in.get(1), r)) {
        byKey.put(in.get(0).limbs()[0][r], r);
      }
    }
    int[] partners = new int[in.get(4).rows()];
    for (int r = 0; r < partners.length; r++) {
      partners[r] =
          Generated.bit(in.get(5), r) ? byKey.getOrDefault(in.get(4).limbs()[0][r], -1) : -1;
    }
    return partners;
  }

  private static boolean isJoined(List<ClearColumn> in, List<ClearColumn> out) {
    Map<List<Long>, Integer> left = new HashMap<>();
    int[] partners = partners(in);
    for (int r = 0; r < partners.length; r++) {
      if (partners[r] >= 0) {
        left.merge(
            List.of(in.get(2).limbs()[0][partners[r]], in.get(6).limbs()[0][r]), 1, Integer::sum);
      }
    }
    for (int r = 0; r < out.get(0).rows(); r++) {
      if (Generated.bit(out.get(0), r)) {
        left.merge(List.of(out.get(1).limbs()[0][r], out.get(2).limbs()[0][r]), -1, Integer::sum);
      }
    }
    return left.values().stream().allMatch(count -> count == 0);
  }

  private static boolean isJoinedSum(List<ClearColumn> in, List<ClearColumn> out) {
    long sum = 0;
    int[] partners = partners(in);
    for (int r = 0; r < partners.length; r++) {
      if (partners[r] >= 0) {
        sum += in.get(3).limbs()[0][partners[r]] + in.get(6).limbs()[0][r];
      }
    }
    return out.get(0).limbs()[0][0] == sum;
  }

  private static boolean isJoinedGroups(List<ClearColumn> in, List<ClearColumn> out) {
    long[] sums = new long[JOIN_GROUPS];
    long[] counts = new long[JOIN_GROUPS];
    int[] partners = partners(in);
    for (int r = 0; r < partners.length; r++) {
      if (partners[r] >= 0) {
        int group = (int) in.get(2).limbs()[0][partners[r]];
        sums[group] += in.get(6).limbs()[0][r];
        counts[group]++;
      }
    }
    return areGroups(out, sums, counts);
  }

  // Group by: (valid, group, value).

  private static List<ClearColumn> groupedRows(int rows, int width) {
    long[] group = Generated.words("group", rows, 63).limbs()[0];
    return List.of(
        Generated.bits("valid", rows),
        Generated.words(width, rows, row -> group[row] % GROUPS),
        Generated.sums("value", rows, VALUES));
  }

  /** (real, turn, valid, group, value), group by group. */
  private static List<ClearColumn> ownersRows(int rows, int width) {
    long[] group = Generated.words("group", rows, 63).limbs()[0];
    int[] of = IntStream.range(0, rows).map(r -> (int) (group[r] % GROUPS)).sorted().toArray();
    int[] turns = new int[rows];
    for (int r = 1; r < rows; r++) {
      turns[r] = turns[r - 1] ^ (of[r] == of[r - 1] ? 0 : 1);
    }
    return List.of(
        Generated.words(1, rows, row -> 1),
        Generated.words(1, rows, row -> turns[row]),
        Generated.bits("valid", rows),
        Generated.words(width, rows, row -> of[row]),
        Generated.sums("value", rows, VALUES));
  }

  private static List<SharedColumn> groupInOwnersOrder(
      Party party, Step step, List<SharedColumn> in) {
    GroupAggregate.Groups groups =
        OwnerGroups.aggregate(
            party,
            step,
            Local.plane((Words) in.get(0), 0),
            Local.plane((Words) in.get(1), 0),
            (Bits) in.get(2),
            in.subList(3, 4),
            List.of((Sums) in.get(4)),
            List.of(),
            GROUPS);
    return List.of(groups.valid(), groups.last().get(0), groups.sums().get(0), groups.rows());
  }

  private static List<SharedColumn> group(Party party, Step step, List<SharedColumn> in) {
    return groups(party, step, (Bits) in.get(0), (Words) in.get(1), (Sums) in.get(2), GROUPS);
  }

  /** Valid bit, group, sum and count of each group. */
  private static List<SharedColumn> groups(
      Party party, Step step, Bits valid, Words group, Sums value, int bound) {
    GroupOrder order =
        GroupOrder.of(
            party,
            step.child("order"),
            valid,
            group,
            Words.zero(0, valid.rows()),
            List.of(group, value));
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party,
            step.child("aggregate"),
            order,
            List.of(order.payload().get(0)),
            List.of((Sums) order.payload().get(1)),
            List.of(),
            bound);
    List<SharedColumn> out = new ArrayList<>();
    out.add(groups.valid());
    out.addAll(groups.last());
    out.addAll(groups.sums());
    out.add(groups.rows());
    return out;
  }

  private static boolean isGrouped(List<ClearColumn> in, List<ClearColumn> out) {
    long[] sums = new long[GROUPS];
    long[] counts = new long[GROUPS];
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (Generated.bit(in.get(0), r)) {
        int group = (int) in.get(1).limbs()[0][r];
        sums[group] += in.get(2).limbs()[0][r];
        counts[group]++;
      }
    }
    return areGroups(out, sums, counts);
  }

  private static boolean areGroups(List<ClearColumn> out, long[] sums, long[] counts) {
    for (int r = 0; r < out.get(0).rows(); r++) {
      if (Generated.bit(out.get(0), r)) {
        int group = (int) out.get(1).limbs()[0][r];
        sums[group] -= out.get(2).limbs()[0][r];
        counts[group] -= out.get(3).limbs()[0][r];
      }
    }
    for (int group = 0; group < sums.length; group++) {
      if (sums[group] != 0 || counts[group] != 0) {
        return false;
      }
    }
    return true;
  }
}
