package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class ShuffleTest {
  private static final Checks.Protocol SHUFFLE = Shuffle::columns;

  /** Several bits and narrow words share lanes; a wide word, and both rings. */
  private static Checks.Input input(
      int width, BigInteger[] words, boolean[] bits, BigInteger[] narrow, BigInteger[] wide) {
    return world ->
        List.of(
            world.bits(bits),
            world.words(width, words),
            world.sums(64, narrow),
            world.words(13, mod(words, 13)),
            world.sums(128, wide),
            world.bits(bits));
  }

  private static List<ColumnShape> shapes(int width) {
    return List.of(
        ColumnShape.BIT,
        ColumnShape.words(width),
        ColumnShape.sums(64),
        ColumnShape.words(13),
        ColumnShape.sums(128),
        ColumnShape.BIT);
  }

  private static BigInteger[] mod(BigInteger[] x, int width) {
    return Arrays.stream(x)
        .map(v -> v.mod(BigInteger.ONE.shiftLeft(width)))
        .toArray(BigInteger[]::new);
  }

  private static Checks.Input random(int width, int rows) {
    return world -> {
      Prg data = world.data("shuffle");
      return input(
              width,
              TestWorld.numbers(data, width, rows),
              TestWorld.flags(data, rows),
              TestWorld.numbers(data, 64, rows),
              TestWorld.numbers(data, 128, rows))
          .apply(world);
    };
  }

  private static String[] rows(List<List<? extends SharedColumn>> columns) {
    int n = columns.get(0).get(0).rows();
    String[] out = new String[n];
    Arrays.fill(out, "");
    for (List<? extends SharedColumn> column : columns) {
      Object[] values = values(column);
      for (int r = 0; r < n; r++) {
        out[r] += values[r] + " ";
      }
    }
    return out;
  }

  @SuppressWarnings("unchecked")
  private static Object[] values(List<? extends SharedColumn> column) {
    if (column.get(0) instanceof Bits) {
      boolean[] bits = TestWorld.openBits((List<Bits>) column);
      Object[] out = new Object[bits.length];
      for (int r = 0; r < out.length; r++) {
        out[r] = bits[r];
      }
      return out;
    }
    return column.get(0) instanceof Words
        ? TestWorld.openWords((List<Words>) column)
        : TestWorld.openSums((List<Sums>) column);
  }

  private static List<List<? extends SharedColumn>> columns(
      TestWorld.Run<List<? extends SharedColumn>> run) {
    List<List<? extends SharedColumn>> out = new ArrayList<>();
    for (int k = 0; k < run.results.get(0).size(); k++) {
      out.add(Checks.result(run, k, SharedColumn.class));
    }
    return out;
  }

  @Property(tries = 20)
  void matchesPlaintext(
      @ForAll @IntRange(max = 300) int rows, @ForAll @IntRange(min = 1, max = 150) int width) {
    TestWorld world = TestWorld.fresh();
    var in = random(width, rows).apply(world);
    String[] before = rows(in);
    // Three in a row: every party plays every role.
    var run =
        Checks.run(
            world,
            in,
            (p, step, mine) -> {
              List<SharedColumn> moved = mine;
              for (int k = 0; k < 3; k++) {
                moved = Shuffle.columns(p, step.child("s" + k), moved);
              }
              return moved;
            });
    String[] after = rows(columns(run));
    Arrays.sort(before);
    Arrays.sort(after);
    assertThat(after).isEqualTo(before);
  }

  @Test
  void matchesPlaintextOverManyPieces() {
    int rows = 150_000;
    TestWorld world = TestWorld.fresh();
    long[] x = new long[rows];
    for (int r = 0; r < rows; r++) {
      x[r] = r;
    }
    List<List<? extends SharedColumn>> in =
        List.of(world.words(18, x), world.words(64, x), world.words(1, x));
    var run = Checks.run(world, in, SHUFFLE);
    BigInteger[] a = TestWorld.openWords(Checks.result(run, 0, Words.class));
    BigInteger[] b = TestWorld.openWords(Checks.result(run, 1, Words.class));
    BigInteger[] c = TestWorld.openWords(Checks.result(run, 2, Words.class));
    boolean[] seen = new boolean[rows];
    for (int r = 0; r < rows; r++) {
      int from = a[r].intValueExact();
      assertThat(seen[from]).isFalse();
      seen[from] = true;
      assertThat(b[r].intValueExact()).isEqualTo(from);
      assertThat(c[r].intValueExact()).isEqualTo(from & 1);
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    int rows = 300;
    BigInteger[] zeros = new BigInteger[rows];
    BigInteger[] tops = new BigInteger[rows];
    Arrays.fill(zeros, BigInteger.ZERO);
    Arrays.fill(tops, BigInteger.ONE.shiftLeft(84).subtract(BigInteger.ONE));
    boolean[] yes = new boolean[rows];
    Arrays.fill(yes, true);
    Checks.sameMessages(
        SHUFFLE,
        List.of(
            random(84, rows),
            input(84, zeros, new boolean[rows], zeros, zeros),
            input(84, tops, yes, tops, tops)));
  }

  @Test
  void costsWhatItSays() {
    int rows = 1000;
    for (int width : new int[] {1, 20, 49, 64, 84}) {
      TestWorld world = TestWorld.fresh();
      var run = Checks.run(world, random(width, rows).apply(world), SHUFFLE);
      assertThat(run.cost()).isEqualTo(Shuffle.cost(rows, shapes(width)));
    }
    List<ColumnShape> word = List.of(ColumnShape.words(64));
    assertThat(Shuffle.cost(rows, word)).isEqualTo(new Cost(8000, 16000, 8000, 2));
    assertThat(Shuffle.cost(rows, List.of(ColumnShape.sums(128))))
        .isEqualTo(new Cost(16000, 32000, 16000, 2));
    assertThat(Shuffle.cost(1024, List.of(ColumnShape.BIT))).isEqualTo(new Cost(128, 256, 128, 2));
    assertThat(Shuffle.cost(1024, List.of(ColumnShape.BIT, ColumnShape.words(63))))
        .isEqualTo(new Cost(8192, 16384, 8192, 2));
  }

  @Test
  void rolesRotate() {
    TestWorld world = TestWorld.fresh();
    List<Words> x = world.words(64, new long[1000]);
    var run =
        world
            .threads(1)
            .run(
                (p, step) -> {
                  Shuffle.columns(p, step.child("a"), List.of(x.get(p.id())));
                  long first = p.transport().bytesSent();
                  Shuffle.columns(p, step.child("b"), List.of(x.get(p.id())));
                  return p.transport().bytesSent() - first;
                });
    Cost cost = Shuffle.cost(1000, List.of(ColumnShape.words(64))).rotated(1);
    assertThat(run.results).containsExactly(cost.bytes0(), cost.bytes1(), cost.bytes2());
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(
        (p, step, in) -> Shuffle.columns(p, step, in.subList(1, 5)),
        random(64, 1000),
        "mask",
        "fresh");
  }

  @Test
  void masksEveryColumnAtItsFullWidth() {
    for (SharedColumn column :
        List.of(
            Words.zero(64, 1000),
            Words.zero(32, 1000),
            Words.zero(128, 1000),
            Sums.zero(64, 1000),
            Sums.zero(128, 1000),
            Bits.zero(64_000))) {
      Checks.masksEveryBit(SHUFFLE, List.of(column));
    }
    Checks.masksEveryBit(
        SHUFFLE, List.of(Bits.zero(1000), Words.zero(20, 1000), Words.zero(43, 1000)));
  }

  @Test
  void isUniform() {
    TestWorld world = TestWorld.seeded(5);
    int shuffles = 1200;
    List<Words> x = world.words(2, 0, 1, 2);
    var run =
        world.run(
            (p, step) -> {
              List<Words> out = new ArrayList<>();
              for (int k = 0; k < shuffles; k++) {
                out.add(
                    (Words) Shuffle.columns(p, step.child("s" + k), List.of(x.get(p.id()))).get(0));
              }
              return out;
            });
    Map<String, Integer> counts = new TreeMap<>();
    for (int k = 0; k < shuffles; k++) {
      int at = k;
      BigInteger[] order =
          TestWorld.openWords(run.results.stream().map(list -> list.get(at)).toList());
      counts.merge(Arrays.toString(order), 1, Integer::sum);
    }
    assertThat(counts).hasSize(6);
    double squares = 0;
    for (int count : counts.values()) {
      squares += (count - 200.0) * (count - 200.0) / 200.0;
    }
    assertThat(squares).isLessThan(20.5); // chi-squared, 5 degrees of freedom: 1 in 1000
  }

  @Test
  void rejectsWordsThatWouldBiasADraw() {
    // 2^64 mod 3 = 1: of the words for the first draw of three rows, 0 must be drawn again.
    long[] script = {0, 1L << 63, 1L << 63};
    int[] biased =
        Permutation.random(
            (into, from, count) -> System.arraycopy(script, 0, into, from, script.length), 3);
    int[] plain =
        Permutation.random(
            (into, from, count) -> System.arraycopy(script, 1, into, from, script.length - 1), 3);
    assertThat(biased).isEqualTo(plain);
  }

  /** Dealt into heaps: a permutation, without fixed points or neighbours beyond chance. */
  @Test
  void largePermutationsAreUniform() {
    int n = 100_000;
    Prg words = TestWorld.seeded(9).data("permutation");
    long[] places = new long[16];
    int fixed = 0;
    int neighbours = 0;
    for (int times = 0; times < 20; times++) {
      int[] order = Permutation.random(words::next, n);
      boolean[] seen = new boolean[n];
      for (int r = 0; r < n; r++) {
        assertThat(seen[order[r]]).isFalse();
        seen[order[r]] = true;
        fixed += order[r] == r ? 1 : 0;
        neighbours += r > 0 && order[r] == order[r - 1] + 1 ? 1 : 0;
      }
      for (int r = 0; r < n / 4; r++) {
        places[order[r] / (n / 4)]++;
        places[4 + order[r + n / 4] / (n / 4)]++;
        places[8 + order[r + n / 2] / (n / 4)]++;
        places[12 + order[r + 3 * n / 4] / (n / 4)]++;
      }
    }
    // Both are Poisson with mean 20.
    assertThat(fixed).isBetween(3, 45);
    assertThat(neighbours).isBetween(3, 45);
    double squares = 0;
    for (long count : places) {
      double expected = 20.0 * n / 16;
      squares += (count - expected) * (count - expected) / expected;
    }
    assertThat(squares).isLessThan(27.9); // chi-squared, 9 degrees of freedom: 1 in 1000
  }

  @Property(tries = 10)
  void programmedFollowsTheOwnersPermutation(@ForAll @IntRange(min = 1, max = 300) int rows) {
    TestWorld world = TestWorld.fresh();
    var in = random(40, rows).apply(world);
    int[][] factors = factors(world, rows);
    var run =
        Checks.run(
            world,
            in,
            (p, step, mine) ->
                Shuffle.programmed(p, step, mine, factors[p.id()], factors[p.previous()]));
    String[] before = rows(in);
    String[] after = rows(columns(run));
    for (int r = 0; r < rows; r++) {
      int to = factors[1][factors[2][factors[0][r]]];
      assertThat(after[to]).isEqualTo(before[r]);
    }
    assertThat(run.cost()).isEqualTo(Shuffle.costOfProgrammed(rows, shapes(40)));
  }

  private static int[][] factors(TestWorld world, int rows) {
    int[][] out = new int[3][];
    for (int p = 0; p < 3; p++) {
      out[p] = world.data("factor" + p).permutation(rows);
    }
    return out;
  }

  @Test
  void programmedRefusesWhatIsNoPermutationAndWhatDiffers() {
    TestWorld world = TestWorld.fresh();
    var in = random(40, 5).apply(world);
    int[] twice = {0, 1, 2, 3, 3};
    assertThatThrownBy(
            () ->
                Checks.run(
                    world, in, (p, step, mine) -> Shuffle.programmed(p, step, mine, twice, twice)))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.EXECUTORS_DISAGREE));
    int[] different = {1, 0, 2, 3, 4};
    int[] straight = {0, 1, 2, 3, 4};
    assertThatThrownBy(
            () ->
                Checks.run(
                    world,
                    in,
                    (p, step, mine) ->
                        Shuffle.programmed(
                            p, step, mine, straight, p.id() == 2 ? different : straight)))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.SHARES_DIFFER));
  }

  @Test
  void openingAfterAnOwnersPermutationWithoutAFreshShuffleIsCaught() {
    // The owner knows where its permutation put the only row that counts.
    assertThat(placesOpened(false)).hasSize(1);
    assertThat(placesOpened(true)).hasSizeGreaterThan(3);
  }

  /** Where the only one of eight bits lies when it is opened, in forty runs of one input. */
  private static Set<Integer> placesOpened(boolean freshShuffle) {
    int[] order = {5, 2, 7, 0, 1, 6, 3, 4};
    Set<Integer> places = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      TestWorld world = TestWorld.seeded(seed);
      List<Bits> counts = world.bits(false, false, false, true, false, false, false, false);
      long opened =
          world
              .run(
                  (party, step) -> {
                    List<SharedColumn> rows =
                        Shuffle.programmed(
                            party,
                            step.child("owner"),
                            List.of(counts.get(party.id())),
                            order,
                            order);
                    if (freshShuffle) {
                      rows = Shuffle.columns(party, step.child("fresh"), rows);
                    }
                    return Open.bits(party, step.child("open"), (Bits) rows.get(0))[0];
                  })
              .results
              .get(0);
      assertThat(Long.bitCount(opened)).isEqualTo(1);
      places.add(Long.numberOfTrailingZeros(opened));
    }
    return places;
  }
}
