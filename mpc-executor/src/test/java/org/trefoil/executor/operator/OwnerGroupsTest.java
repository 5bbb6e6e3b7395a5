package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.governance.TestPermits;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.random.Prg;

class OwnerGroupsTest extends OperatorTest {
  private static final int BOUND = 16;
  private static final int KEY = 9;

  /**
   * Columns: real, turn, valid, the group's number and value, two numbers, a counted bit. Rows
   * without a group are dummies.
   */
  private static List<Clear> table(int rows, int[] groups, int[] valid) {
    int real = groups.length;
    return List.of(
        Clear.bits(IntStream.range(0, rows).map(r -> r < real ? 1 : 0).toArray()),
        Clear.bits(IntStream.range(0, rows).map(r -> r < real ? groups[r] % 2 : 0).toArray()),
        Clear.bits(IntStream.range(0, rows).map(r -> r < real ? valid[r] : 0).toArray()),
        Clear.words(
            KEY, LongStream.range(0, rows).map(r -> r < real ? 3L * groups[(int) r] : 0).toArray()),
        Clear.sums(LongStream.range(0, rows).map(r -> r * r - 50).toArray()),
        Clear.of(
            ColumnShape.sums(128), LongStream.range(0, rows).map(r -> 7 - r * r * r).toArray()),
        Clear.bits(IntStream.range(0, rows).map(r -> r % 3 == 0 ? 1 : 0).toArray()));
  }

  /** So many groups of random sizes. */
  private static int[] groups(Prg random, int rows, int groups) {
    int[] sorted = IntStream.range(0, rows).map(r -> random.below(groups)).sorted().toArray();
    int[] dense = new int[rows];
    for (int r = 1; r < rows; r++) {
      dense[r] = dense[r - 1] + (sorted[r] == sorted[r - 1] ? 0 : 1);
    }
    return dense;
  }

  @Override
  List<List<Clear>> inputs() {
    Prg random = TestWorld.fresh().data("groups");
    List<List<Clear>> all = new ArrayList<>();
    for (int[] size : new int[][] {{50, 41, 7}, {1, 1, 1}, {2, 2, 2}, {33, 33, 16}, {64, 0, 1}}) {
      all.add(
          table(
              size[0],
              groups(random, size[1], size[2]),
              IntStream.range(0, size[1]).map(r -> random.below(4) == 0 ? 0 : 1).toArray()));
    }
    // One group only, with dummies behind it; groups of which no row is valid.
    all.add(table(70, new int[65], IntStream.range(0, 65).map(r -> 1).toArray()));
    all.add(table(9, new int[] {0, 0, 1, 2, 2}, new int[] {0, 0, 1, 0, 0}));
    return all;
  }

  @Override
  List<List<Clear>> alike() {
    // Groups of the same sizes under the same shuffle, of which other rows are valid.
    int[] groups = IntStream.range(0, 40).map(r -> r / 5).toArray();
    return List.of(
        table(48, groups, IntStream.range(0, 40).map(r -> 1).toArray()),
        table(48, groups, new int[40]),
        table(48, groups, IntStream.range(0, 40).map(r -> r % 7 / 5).toArray()));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    GroupAggregate.Groups groups =
        OwnerGroups.aggregate(
            party,
            step,
            (Bits) in.get(0),
            (Bits) in.get(1),
            (Bits) in.get(2),
            List.of(in.get(3)),
            List.of((Sums) in.get(4), (Sums) in.get(5)),
            List.of((Bits) in.get(6)),
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
    assertThat(rows.size()).isLessThanOrEqualTo(BOUND);
    return rows.stream().filter(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    Map<Long, long[]> groups = new TreeMap<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (in.get(2).bit(r)) {
        long[] group = groups.computeIfAbsent(in.get(3).at(r), k -> new long[4]);
        group[0] += in.get(4).at(r);
        group[1] += in.get(5).at(r);
        group[2] += in.get(6).at(r);
        group[3]++;
      }
    }
    List<List<Long>> rows = new ArrayList<>();
    groups.forEach((key, g) -> rows.add(List.of(1L, key, g[0], g[1], g[2], g[3])));
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return OwnerGroups.cost(
        in.get(0).rows(),
        List.of(ColumnShape.words(KEY)),
        List.of(ColumnShape.sums(64), ColumnShape.sums(128)),
        1,
        BOUND,
        Link.LAN);
  }

  @Test
  void openingInTheOwnersOrderIsCaught() {
    // Planted: the valid bits are opened where the owner put the rows, to drop the others early.
    OwnerGroupsTest planted =
        new OwnerGroupsTest() {
          @Override
          List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
            Open.bits(party, step.child("early"), (Bits) in.get(2));
            return super.apply(party, step, in);
          }
        };
    assertThatThrownBy(planted::messagesDependOnlyOnPublicSizes)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("early");
    messagesDependOnlyOnPublicSizes();
  }

  @Test
  void aMillionRowsInAHundredGroupsTakeFewBytes() {
    int rows = 1 << 20;
    Cost cost =
        OwnerGroups.cost(
            rows, List.of(ColumnShape.words(7)), List.of(ColumnShape.sums(64)), 0, 100, Link.LAN);
    assertThat((cost.bytes0() + cost.bytes1() + cost.bytes2()) / 3.0 / rows).isLessThan(60);
    assertThat(cost.rounds()).isLessThan(250);
  }

  @Test
  void revealingInTheOwnersOrderIsCaught() {
    // Planted: groups are revealed where the owner's order put them, so that it sees which counted.
    assertThat(placesRevealed(false)).hasSize(1);
    assertThat(placesRevealed(true)).hasSizeGreaterThan(3);
  }

  /** Where the only one of eight groups that counts is revealed, in forty runs of one input. */
  private Set<Integer> placesRevealed(boolean shuffled) {
    OwnerGroupsTest test =
        new OwnerGroupsTest() {
          @Override
          List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
            List<SharedColumn> groups = super.apply(party, step.child("groups"), in);
            Bits valid = (Bits) groups.get(0);
            List<SharedColumn> columns = groups.subList(1, groups.size());
            RevealPermit permit = TestPermits.fresh();
            return shuffled
                ? Reveal.unordered(party, step.child("reveal"), permit, valid, columns).columns()
                : Reveal.ordered(party, step.child("reveal"), permit, valid, columns).columns();
          }
        };
    int[] groups = IntStream.range(0, 16).map(r -> r / 2).toArray();
    List<Clear> one = table(16, groups, IntStream.range(0, 16).map(r -> r == 7 ? 1 : 0).toArray());
    Set<Integer> places = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      List<TestWorld.Opened> opened = test.run(TestWorld.seeded(seed), one).opened.get(0);
      String revealed = opened.get(opened.size() - 1).values().replaceAll("[\\[\\]]", "");
      long bits = Long.parseLong(revealed);
      assertThat(Long.bitCount(bits)).isEqualTo(1);
      places.add(Long.numberOfTrailingZeros(bits));
    }
    return places;
  }
}
