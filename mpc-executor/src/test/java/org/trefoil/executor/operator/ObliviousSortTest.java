package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Shuffle;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class ObliviousSortTest {
  private static final List<ColumnShape> PAYLOAD =
      List.of(ColumnShape.BIT, ColumnShape.words(20), ColumnShape.sums(64));

  /** Sorts by {@code keys}, with three payload columns made of the row's number. */
  private static TestWorld.Run<ObliviousSort.Sorted> sort(
      TestWorld world, int width, long[][] keys) {
    int n = keys[0].length;
    List<Words> key = world.words(width, keys);
    boolean[] odd = new boolean[n];
    long[] rows = new long[n];
    for (int r = 0; r < n; r++) {
      odd[r] = r % 2 == 1;
      rows[r] = r;
    }
    List<Bits> bits = world.bits(odd);
    List<Words> words = world.words(20, rows);
    List<Sums> sums = world.sums(rows);
    return world.run(
        (party, step) ->
            ObliviousSort.sort(
                party,
                step,
                key.get(party.id()),
                List.of(bits.get(party.id()), words.get(party.id()), sums.get(party.id()))));
  }

  private static long[] random(Prg prg, int n, int width) {
    long[] keys = new long[n];
    prg.next(keys, 0, n);
    for (int r = 0; r < n; r++) {
      keys[r] &= Words.mask(width, 0);
    }
    return keys;
  }

  private static void check(long[][] keys, TestWorld.Run<ObliviousSort.Sorted> run) {
    int n = keys[0].length;
    Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparing(r -> TestWorld.number(keys, r)));
    BigInteger[] sorted =
        TestWorld.openWords(run.results.stream().map(ObliviousSort.Sorted::key).toList());
    boolean[] odd = TestWorld.openBits(Opened.column(run.results, 0, Bits.class));
    BigInteger[] words = TestWorld.openWords(Opened.column(run.results, 1, Words.class));
    BigInteger[] sums = TestWorld.openSums(Opened.column(run.results, 2, Sums.class));
    for (int r = 0; r < n; r++) {
      assertThat(sorted[r]).isEqualTo(TestWorld.number(keys, order[r]));
      assertThat(odd[r]).isEqualTo(order[r] % 2 == 1);
      assertThat(words[r].intValue()).isEqualTo(order[r]);
      assertThat(sums[r].intValue()).isEqualTo(order[r]);
    }
  }

  @Test
  void matchesPlaintext() {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("keys");
    for (int n : new int[] {1, 2, 3, 5, 17, 64, 100, 1000}) {
      for (int width : new int[] {1, 7, 64, 100, 200}) {
        long[][] keys = new long[Words.limbs(width)][];
        for (int limb = 0; limb < keys.length; limb++) {
          keys[limb] = random(data, n, Math.min(64, width - 64 * limb));
        }
        check(keys, sort(world, width, keys));
      }
    }
  }

  @Test
  void matchesPlaintextWithASample() {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("keys");
    for (int width : new int[] {6, 32}) {
      long[][] keys = {random(data, 20_000, width)};
      check(keys, sort(world, width, keys));
    }
    // Where rounds are dear, with many rows of the sample and of a block at once.
    for (Link link : new Link[] {Link.WAN, new Link(2e6, 2)}) {
      long[][] keys = {random(data, 12_000, 12)};
      check(keys, sort(world.with(link), 12, keys));
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    // Inputs with the same rank order under the same shuffle: ties broken by row.
    int n = 300;
    long[][] inputs = {
      new long[n],
      IntStream.range(0, n).mapToLong(r -> r).toArray(),
      IntStream.range(0, n).mapToLong(r -> r / 7).toArray(),
      IntStream.range(0, n).mapToLong(r -> -1L - n + r).toArray(),
    };
    TestWorld.Run<ObliviousSort.Sorted> first = null;
    for (long[] keys : inputs) {
      TestWorld.Run<ObliviousSort.Sorted> run = sort(TestWorld.seeded(11), 64, new long[][] {keys});
      check(new long[][] {keys}, run);
      if (first == null) {
        first = run;
      } else {
        assertThat(run.transcript).isEqualTo(first.transcript);
        assertThat(run.opened).isEqualTo(first.opened);
      }
    }
    // Another order of distinct keys opens other bits: the comparison above can fail.
    long[] reversed = IntStream.range(0, n).mapToLong(r -> n - r).toArray();
    assertThat(sort(TestWorld.seeded(11), 64, new long[][] {reversed}).opened)
        .isNotEqualTo(first.opened);
  }

  @Test
  void aTieBrokenByPublicPositionIsCaught() {
    // Planted: the shuffled keys without the secret index. All keys equal, or all distinct.
    List<List<TestWorld.Opened>> first = null;
    boolean caught = false;
    for (long step : new long[] {0, 1}) {
      TestWorld world = TestWorld.seeded(11);
      List<Words> key = world.words(64, IntStream.range(0, 100).mapToLong(r -> r * step).toArray());
      List<List<TestWorld.Opened>> opened =
          world.run(
                  (party, at) -> {
                    Words shuffled =
                        (Words)
                            Shuffle.columns(
                                    party, at.child("shuffle"), List.of(key.get(party.id())))
                                .get(0);
                    return new ComparisonOrder(party, at, shuffled, shuffled.rows()).order();
                  })
              .opened;
      caught |= first != null && !opened.equals(first);
      first = opened;
    }
    assertThat(caught).isTrue();
  }

  @Test
  void costsWhatItSays() {
    TestWorld world = TestWorld.fresh();
    for (int n : new int[] {1, 500, 30_000}) {
      Cost expected = ObliviousSort.cost(n, 40, PAYLOAD, Link.LAN);
      Cost sent = sort(world, 40, new long[][] {random(world.data("cost"), n, 40)}).cost();
      double most = 1 + 12 / Math.sqrt(n);
      assertThat((double) sent.bytes0() + sent.bytes1() + sent.bytes2())
          .isBetween(
              (expected.bytes0() + expected.bytes1() + expected.bytes2()) / most,
              (expected.bytes0() + expected.bytes1() + expected.bytes2()) * most);
      assertThat((double) sent.rounds())
          .isBetween(expected.rounds() / 1.6, expected.rounds() * 1.6);
    }
  }

  @Test
  void costsWhatItSaysBetweenCities() {
    TestWorld world = TestWorld.fresh().with(Link.WAN);
    for (int n : new int[] {500, 10_000}) {
      Cost expected = ObliviousSort.cost(n, 40, PAYLOAD, Link.WAN);
      Cost sent = sort(world, 40, new long[][] {random(world.data("cost"), n, 40)}).cost();
      assertThat((double) sent.bytes()).isBetween(expected.bytes() / 1.5, expected.bytes() * 1.5);
      assertThat(sent.rounds()).isBetween(expected.rounds() - 9, expected.rounds() + 9);
    }
  }

  @Test
  void aMillionRowsTakeFewBytesInOneBuildingAndFewerRoundsBetweenCities() {
    List<ColumnShape> payload = List.of(ColumnShape.words(64));
    Cost wide = ObliviousSort.cost(1 << 20, 64, payload, Link.LAN);
    assertThat(bytesPerRow(wide, 1 << 20)).isLessThan(280);
    assertThat(wide.rounds()).isLessThan(2_000);
    Cost narrow = ObliviousSort.cost(1 << 20, 32, payload, Link.LAN);
    assertThat(bytesPerRow(narrow, 1 << 20)).isLessThan(180);
    assertThat(narrow.rounds()).isLessThan(1_300);
    Cost far = ObliviousSort.cost(1 << 20, 64, payload, Link.WAN);
    assertThat(far.rounds()).isLessThanOrEqualTo(250);
    assertThat(bytesPerRow(far, 1 << 20)).isLessThan(560);
    assertThat(ObliviousSort.cost(1 << 14, 64, payload, Link.WAN).rounds()).isLessThan(50);
  }

  /** The mean of the three parties. */
  private static double bytesPerRow(Cost cost, int rows) {
    return (cost.bytes0() + cost.bytes1() + cost.bytes2()) / 3.0 / rows;
  }

  @Test
  void findsTheLeastRowsForLess() {
    TestWorld world = TestWorld.fresh();
    int n = 20_000;
    int wanted = 25;
    // Every key occurs several times: the first of equal rows come first.
    long[] keys = LongStream.range(0, n).map(r -> r * 7 % 4999).toArray();
    List<Words> key = world.words(40, keys);
    List<Sums> rows = world.sums(LongStream.range(0, n).toArray());
    TestWorld.Run<ObliviousSort.Sorted> run =
        world.run(
            (party, step) ->
                ObliviousSort.least(
                    party, step, key.get(party.id()), List.of(rows.get(party.id())), wanted));
    BigInteger[] found = TestWorld.openSums(Opened.column(run.results, 0, Sums.class));
    assertThat(Arrays.stream(found).map(BigInteger::intValue))
        .containsExactlyElementsOf(
            IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparing(r -> keys[r]))
                .limit(wanted)
                .toList());
    Cost all = ObliviousSort.cost(n, 40, List.of(ColumnShape.sums(64)), Link.LAN);
    assertThat(run.cost().bytes0()).isLessThan(all.bytes0() / 2);
  }

  @Test
  void resharesFreshly() {
    long[][] keys = {{3, 1, 2, 0}};
    List<ObliviousSort.Sorted> one = sort(TestWorld.seeded(1), 64, keys).results;
    List<ObliviousSort.Sorted> two = sort(TestWorld.seeded(2), 64, keys).results;
    for (int p = 0; p < 3; p++) {
      assertThat(one.get(p).key().first()[0]).isNotEqualTo(two.get(p).key().first()[0]);
      for (int c = 1; c < 3; c++) {
        SharedColumn x = one.get(p).payload().get(c);
        SharedColumn y = two.get(p).payload().get(c);
        assertThat(TestWorld.arrays(x, false)[0]).isNotEqualTo(TestWorld.arrays(y, false)[0]);
      }
    }
  }
}
