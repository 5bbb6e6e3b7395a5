package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

/** {@link BitToArithmetic} and {@link ArithmeticToBoolean}. */
class ConversionTest {
  private static Checks.Protocol all(int width) {
    return (Party party, Step step, List<SharedColumn> in) -> {
      Sums x = (Sums) in.get(1);
      return List.of(
          BitToArithmetic.convert(party, step.child("bit"), (Bits) in.get(0), x.width()),
          ArithmeticToBoolean.convert(party, step.child("ripple"), x, width, false),
          ArithmeticToBoolean.convert(party, step.child("tree"), x, width, true));
    };
  }

  private static Checks.Input input(int ring, boolean[] b, BigInteger[] x) {
    return world -> List.of(world.bits(b), world.sums(ring, x));
  }

  private static Checks.Input random(int ring, int rows) {
    return world -> {
      Prg data = world.data("conversion");
      return input(ring, TestWorld.flags(data, rows), TestWorld.numbers(data, ring, rows))
          .apply(world);
    };
  }

  @Property(tries = 25)
  void matchesPlaintext(
      @ForAll @IntRange(max = 300) int rows, @ForAll @IntRange(min = 1, max = 128) int width) {
    int ring = width > 64 ? 128 : 64;
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("conversion");
    boolean[] b = TestWorld.flags(data, rows);
    BigInteger[] x = TestWorld.numbers(data, ring, rows);
    var run = Checks.run(world, input(ring, b, x).apply(world), all(width));
    BigInteger[] bit = TestWorld.openSums(Checks.result(run, 0, Sums.class));
    BigInteger[] ripple = TestWorld.openWords(Checks.result(run, 1, Words.class));
    BigInteger[] tree = TestWorld.openWords(Checks.result(run, 2, Words.class));
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    for (int r = 0; r < rows; r++) {
      assertThat(bit[r].intValueExact()).isEqualTo(b[r] ? 1 : 0);
      assertThat(ripple[r]).isEqualTo(x[r].mod(modulus));
      assertThat(tree[r]).isEqualTo(x[r].mod(modulus));
    }
  }

  @Test
  void matchesPlaintextOverManyPieces() {
    int rows = 150_000;
    for (int ring : new int[] {64, 128}) {
      TestWorld world = TestWorld.fresh();
      boolean[] b = TestWorld.flags(world.data("bits"), rows);
      List<Bits> shared = world.bits(b);
      var run = world.run((p, step) -> BitToArithmetic.convert(p, step, shared.get(p.id()), ring));
      BigInteger[] bit = TestWorld.openSums(run.results);
      for (int r = 0; r < rows; r++) {
        assertThat(bit[r].intValueExact()).isEqualTo(b[r] ? 1 : 0);
      }
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    int rows = 300;
    BigInteger[] zeros = new BigInteger[rows];
    BigInteger[] tops = new BigInteger[rows];
    Arrays.fill(zeros, BigInteger.ZERO);
    Arrays.fill(tops, BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE));
    boolean[] yes = new boolean[rows];
    Arrays.fill(yes, true);
    Checks.sameMessages(
        all(70),
        List.of(random(128, rows), input(128, new boolean[rows], zeros), input(128, yes, tops)));
  }

  @Test
  void costsWhatItSays() {
    int rows = 1000;
    for (int ring : new int[] {64, 128}) {
      TestWorld world = TestWorld.fresh();
      var in = random(ring, rows).apply(world);
      var bit =
          world.run(
              (p, step) -> BitToArithmetic.convert(p, step, (Bits) in.get(0).get(p.id()), ring));
      assertThat(bit.cost()).isEqualTo(BitToArithmetic.cost(rows, ring));
      for (int width : new int[] {1, 2, 3, 4, 20, 64}) {
        for (boolean tree : new boolean[] {false, true}) {
          var words =
              world.run(
                  (p, step) ->
                      ArithmeticToBoolean.convert(
                          p, step, (Sums) in.get(1).get(p.id()), width, tree));
          assertThat(words.cost()).isEqualTo(ArithmeticToBoolean.cost(rows, width, tree));
        }
        var words =
            world.run(
                (p, step) ->
                    ArithmeticToBoolean.convert(p, step, (Sums) in.get(1).get(p.id()), width));
        assertThat(words.cost()).isEqualTo(ArithmeticToBoolean.cost(rows, width, Link.LAN));
      }
    }
    assertThat(BitToArithmetic.cost(rows, 64)).isEqualTo(new Cost(8000, 8000, 8000, 2));
    assertThat(BitToArithmetic.cost(rows, 128)).isEqualTo(new Cost(16000, 16000, 16000, 2));
    assertThat(ArithmeticToBoolean.cost(64, 64, false))
        .isEqualTo(new Cost(125 * 8, 125 * 8, 125 * 8, 63));
    assertThat(ArithmeticToBoolean.cost(64, 64, true).rounds()).isEqualTo(8);
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(all(64), random(64, 4096), "mask", "product");
    Checks.resharesFreshly(all(128), random(128, 4096), "mask", "product");
    for (int ring : new int[] {64, 128}) {
      Checks.masksEveryBit(
          (p, step, in) -> List.of(BitToArithmetic.convert(p, step, (Bits) in.get(0), ring)),
          List.of(Bits.zero(500)));
    }
  }
}
