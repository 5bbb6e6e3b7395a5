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
import org.trefoil.share.random.Prg;

class MultiplyTest {
  private static List<SharedColumn> all(Party party, Step step, List<SharedColumn> in) {
    Sums x = (Sums) in.get(0);
    Sums y = (Sums) in.get(1);
    return List.of(
        Multiply.sums(party, step.child("sums"), x, y),
        Multiply.byBit(party, step.child("bit"), (Bits) in.get(2), x),
        Multiply.many(party, step.child("many"), List.of(x, y), List.of(x, x)).get(1),
        Multiply.inner(party, step.child("inner"), x, List.of(x, y)).get(1));
  }

  private static Checks.Input input(int width, BigInteger[] x, BigInteger[] y, boolean[] b) {
    return world -> List.of(world.sums(width, x), world.sums(width, y), world.bits(b));
  }

  private static Checks.Input random(int width, int rows) {
    return world -> {
      Prg data = world.data("multiply");
      return input(
              width,
              TestWorld.numbers(data, width, rows),
              TestWorld.numbers(data, width, rows),
              TestWorld.flags(data, rows))
          .apply(world);
    };
  }

  @Property(tries = 20)
  void matchesPlaintext(@ForAll @IntRange(max = 400) int rows, @ForAll boolean wide) {
    int width = wide ? 128 : 64;
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("multiply");
    BigInteger[] x = TestWorld.numbers(data, width, rows);
    BigInteger[] y = TestWorld.numbers(data, width, rows);
    boolean[] b = TestWorld.flags(data, rows);
    var run = Checks.run(world, input(width, x, y, b).apply(world), MultiplyTest::all);
    BigInteger[] product = TestWorld.openSums(Checks.result(run, 0, Sums.class));
    BigInteger[] kept = TestWorld.openSums(Checks.result(run, 1, Sums.class));
    BigInteger[] many = TestWorld.openSums(Checks.result(run, 2, Sums.class));
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    BigInteger inner = BigInteger.ZERO;
    for (int r = 0; r < rows; r++) {
      inner = inner.add(x[r].multiply(y[r]));
    }
    assertThat(TestWorld.openSums(Checks.result(run, 3, Sums.class))[0].mod(modulus))
        .isEqualTo(inner.mod(modulus));
    for (int r = 0; r < rows; r++) {
      assertThat(product[r].mod(modulus)).isEqualTo(x[r].multiply(y[r]).mod(modulus));
      assertThat(kept[r].mod(modulus)).isEqualTo(b[r] ? x[r] : BigInteger.ZERO);
      assertThat(many[r]).isEqualTo(product[r]);
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
        MultiplyTest::all,
        List.of(
            random(128, rows),
            input(128, zeros, zeros, new boolean[rows]),
            input(128, tops, tops, yes)));
  }

  @Test
  void costsWhatItSays() {
    int rows = 1000;
    for (int width : new int[] {64, 128}) {
      TestWorld world = TestWorld.fresh();
      var in = random(width, rows).apply(world);
      var product =
          world.run(
              (p, step) ->
                  Multiply.sums(
                      p, step, (Sums) in.get(0).get(p.id()), (Sums) in.get(1).get(p.id())));
      assertThat(product.cost()).isEqualTo(Multiply.cost(rows, width));
      var byBit =
          world.run(
              (p, step) ->
                  Multiply.byBit(
                      p, step, (Bits) in.get(2).get(p.id()), (Sums) in.get(1).get(p.id())));
      assertThat(byBit.cost()).isEqualTo(Multiply.costByBit(rows, width));
      var inner =
          world.run(
              (p, step) -> {
                Sums x = (Sums) in.get(0).get(p.id());
                return Multiply.inner(p, step, x, List.of(x, x, x));
              });
      assertThat(inner.cost()).isEqualTo(Multiply.costOfInner(3, width));
    }
    assertThat(Multiply.cost(rows, 64)).isEqualTo(new Cost(8000, 8000, 8000, 1));
    assertThat(Multiply.cost(rows, 128)).isEqualTo(new Cost(16000, 16000, 16000, 1));
    assertThat(Multiply.costByBit(rows, 64)).isEqualTo(new Cost(16000, 16000, 16000, 3));
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(MultiplyTest::all, random(64, 1000), "mask");
    Checks.resharesFreshly(MultiplyTest::all, random(128, 1000), "mask");
    for (int width : new int[] {64, 128}) {
      Checks.masksEveryBit(
          (p, step, in) -> List.of(Multiply.sums(p, step, (Sums) in.get(0), (Sums) in.get(0))),
          List.of(Sums.zero(width, 500)));
    }
  }
}
