package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

/** {@link Equality} and {@link LessThan}. */
class ComparisonTest {
  private static final int[] BLOCKS = {200, 16, 4, 1};

  private static List<SharedColumn> all(Party party, Step step, List<SharedColumn> in) {
    Words x = (Words) in.get(0);
    Words y = (Words) in.get(1);
    List<SharedColumn> out = new ArrayList<>();
    out.add(Equality.words(party, step.child("equal"), x, y));
    for (int block : BLOCKS) {
      out.add(LessThan.words(party, step.child("less" + block), x, y, Math.min(block, x.width())));
    }
    return out;
  }

  private static Checks.Input input(int width, BigInteger[] x, BigInteger[] y) {
    return world -> List.of(world.words(width, x), world.words(width, y));
  }

  private static BigInteger[] near(Prg data, BigInteger[] x, int width) {
    BigInteger top = BigInteger.ONE.shiftLeft(width);
    BigInteger[] y = TestWorld.numbers(data, width, x.length);
    for (int r = 0; r < y.length; r++) {
      switch (data.below(4)) {
        case 0 -> y[r] = x[r];
        case 1 -> y[r] = x[r].add(BigInteger.ONE).mod(top);
        case 2 -> y[r] = x[r].flipBit(data.below(width));
        default -> {}
      }
    }
    return y;
  }

  private static Checks.Input random(int width, int rows) {
    return world -> {
      Prg data = world.data("comparison");
      BigInteger[] x = TestWorld.numbers(data, width, rows);
      return input(width, x, near(data, x, width)).apply(world);
    };
  }

  @Property(tries = 25)
  void matchesPlaintext(
      @ForAll @IntRange(max = 300) int rows, @ForAll @IntRange(min = 1, max = 200) int width) {
    check(rows, width);
  }

  @Test
  void matchesPlaintextAcrossTilesOfTheTranspose() {
    check(4096, 64);
    check(4097, 20);
    check(3 * 4096 + 130, 84);
  }

  private static void check(int rows, int width) {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("comparison");
    BigInteger[] x = TestWorld.numbers(data, width, rows);
    BigInteger[] y = near(data, x, width);
    var run = Checks.run(world, input(width, x, y).apply(world), ComparisonTest::all);
    boolean[] equal = TestWorld.openBits(Checks.result(run, 0, Bits.class));
    for (int r = 0; r < rows; r++) {
      assertThat(equal[r]).isEqualTo(x[r].equals(y[r]));
    }
    for (int k = 0; k < BLOCKS.length; k++) {
      boolean[] less = TestWorld.openBits(Checks.result(run, 1 + k, Bits.class));
      for (int r = 0; r < rows; r++) {
        assertThat(less[r]).as("blocks of " + BLOCKS[k]).isEqualTo(x[r].compareTo(y[r]) < 0);
      }
    }
  }

  @Property(tries = 25)
  void matchesPlaintextForAPublicValue(
      @ForAll @IntRange(min = 1, max = 100) int width,
      @ForAll @IntRange(max = 100) int zeros,
      @ForAll long high) {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("constant");
    BigInteger value =
        BigInteger.valueOf(high).shiftLeft(zeros).mod(BigInteger.ONE.shiftLeft(width));
    BigInteger[] x = TestWorld.numbers(data, width, 70);
    x[0] = value;
    x[1] = value.subtract(BigInteger.ONE).max(BigInteger.ZERO);
    long[] limbs = {value.longValue(), value.shiftRight(64).longValue()};
    List<Words> shared = world.words(width, x);
    var less =
        world.run((p, step) -> LessThan.constant(p, step, shared.get(p.id()), limbs)).results;
    var equal =
        world.run((p, step) -> Equality.constant(p, step, shared.get(p.id()), limbs)).results;
    boolean[] below = TestWorld.openBits(less);
    boolean[] same = TestWorld.openBits(equal);
    for (int r = 0; r < x.length; r++) {
      assertThat(below[r]).isEqualTo(x[r].compareTo(value) < 0);
      assertThat(same[r]).isEqualTo(x[r].equals(value));
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    int rows = 300;
    int width = 84;
    BigInteger[] zeros = new BigInteger[rows];
    BigInteger[] tops = new BigInteger[rows];
    Arrays.fill(zeros, BigInteger.ZERO);
    Arrays.fill(tops, BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE));
    Checks.sameMessages(
        ComparisonTest::all,
        List.of(
            random(width, rows),
            input(width, zeros, zeros),
            input(width, zeros, tops),
            input(width, tops, zeros)));
  }

  @Test
  void costsWhatItSays() {
    int rows = 1000;
    for (int width : new int[] {2, 3, 5, 20, 64, 84, 128}) {
      TestWorld world = TestWorld.fresh();
      var in = random(width, rows).apply(world);
      var equal =
          world.run(
              (p, step) ->
                  Equality.words(
                      p, step, (Words) in.get(0).get(p.id()), (Words) in.get(1).get(p.id())));
      assertThat(equal.cost()).isEqualTo(Equality.cost(rows, width));
      for (int block : BLOCKS) {
        int b = Math.min(block, width);
        var less =
            world.run(
                (p, step) ->
                    LessThan.words(
                        p, step, (Words) in.get(0).get(p.id()), (Words) in.get(1).get(p.id()), b));
        assertThat(less.cost()).isEqualTo(LessThan.cost(rows, width, b));
      }
      for (Link link : List.of(Link.LAN, Link.WAN)) {
        var less =
            TestWorld.fresh()
                .with(link)
                .run(
                    (p, step) ->
                        LessThan.words(
                            p, step, (Words) in.get(0).get(p.id()), (Words) in.get(1).get(p.id())));
        assertThat(less.cost()).isEqualTo(LessThan.cost(rows, width, link));
      }
    }
    assertThat(Equality.cost(64, 64)).isEqualTo(new Cost(63 * 8, 63 * 8, 63 * 8, 6));
    assertThat(LessThan.cost(64, 64, 64)).isEqualTo(new Cost(64 * 8, 64 * 8, 64 * 8, 64));
    assertThat(LessThan.cost(64, 64, 4)).isEqualTo(new Cost(135 * 8, 135 * 8, 135 * 8, 8));
    assertThat(LessThan.cost(64, 64, 16)).isEqualTo(new Cost(113 * 8, 113 * 8, 113 * 8, 18));
    assertThat(LessThan.cost(64, 64, 1)).isEqualTo(new Cost(184 * 8, 184 * 8, 184 * 8, 7));
  }

  @Test
  void fewRowsTakeFewRoundsAndManyRowsFewBytes() {
    assertThat(LessThan.block(100, 64, Link.LAN)).isEqualTo(1);
    assertThat(LessThan.block(1 << 16, 64, Link.LAN)).isEqualTo(4);
    assertThat(LessThan.block(1 << 20, 64, Link.LAN)).isEqualTo(64);
    assertThat(LessThan.block(1 << 20, 64, Link.WAN)).isLessThanOrEqualTo(4);
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(ComparisonTest::all, random(84, 4096), "mask");
    Words zero = Words.zero(64, 64 * 64);
    Checks.masksEveryBit(
        (p, step, in) -> List.of(Equality.words(p, step, zero, zero)), List.of(zero));
  }
}
