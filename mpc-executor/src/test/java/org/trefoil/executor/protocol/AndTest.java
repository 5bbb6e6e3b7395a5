package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class AndTest {
  private static final int WIDTH = 84;

  private static List<SharedColumn> all(Party party, Step step, List<SharedColumn> in) {
    Words x = (Words) in.get(0);
    Words y = (Words) in.get(1);
    Bits b = (Bits) in.get(2);
    Bits c = (Bits) in.get(3);
    List<Bits> many = And.many(party, step.child("many"), List.of(b, c), List.of(c, c));
    return List.of(
        And.words(party, step.child("words"), x, y),
        And.mask(party, step.child("mask"), b, x),
        And.select(party, step.child("choose"), b, x, y),
        And.bits(party, step.child("bits"), b, c),
        And.select(party, step.child("bit"), b, c, Local.not(party, c)),
        many.get(0),
        many.get(1));
  }

  private static List<List<? extends SharedColumn>> input(
      TestWorld world, int width, BigInteger[] x, BigInteger[] y, boolean[] b, boolean[] c) {
    return List.of(world.words(width, x), world.words(width, y), world.bits(b), world.bits(c));
  }

  private static Checks.Input random(int rows, int width) {
    return world -> {
      Prg data = world.data("and");
      return input(
          world,
          width,
          TestWorld.numbers(data, width, rows),
          TestWorld.numbers(data, width, rows),
          TestWorld.flags(data, rows),
          TestWorld.flags(data, rows));
    };
  }

  @Property(tries = 20)
  void matchesPlaintext(
      @ForAll @IntRange(max = 400) int rows, @ForAll @IntRange(min = 1, max = 200) int width) {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("and");
    BigInteger[] x = TestWorld.numbers(data, width, rows);
    BigInteger[] y = TestWorld.numbers(data, width, rows);
    boolean[] b = TestWorld.flags(data, rows);
    boolean[] c = TestWorld.flags(data, rows);
    var run = Checks.run(world, input(world, width, x, y, b, c), AndTest::all);
    BigInteger[] words = TestWorld.openWords(Checks.result(run, 0, Words.class));
    BigInteger[] masked = TestWorld.openWords(Checks.result(run, 1, Words.class));
    BigInteger[] chosen = TestWorld.openWords(Checks.result(run, 2, Words.class));
    boolean[] bits = TestWorld.openBits(Checks.result(run, 3, Bits.class));
    boolean[] bit = TestWorld.openBits(Checks.result(run, 4, Bits.class));
    boolean[] many0 = TestWorld.openBits(Checks.result(run, 5, Bits.class));
    boolean[] many1 = TestWorld.openBits(Checks.result(run, 6, Bits.class));
    for (int r = 0; r < rows; r++) {
      assertThat(words[r]).isEqualTo(x[r].and(y[r]));
      assertThat(masked[r]).isEqualTo(b[r] ? x[r] : BigInteger.ZERO);
      assertThat(chosen[r]).isEqualTo(b[r] ? x[r] : y[r]);
      assertThat(bits[r]).isEqualTo(b[r] && c[r]);
      assertThat(bit[r]).isEqualTo(b[r] == c[r]);
      assertThat(many0[r]).isEqualTo(b[r] && c[r]);
      assertThat(many1[r]).isEqualTo(c[r]);
    }
  }

  @Test
  void matchesPlaintextOverManyPieces() {
    int rows = 150_000; // more than a window of pieces per party
    long[] x = new long[rows];
    long[] y = new long[rows];
    TestWorld world = TestWorld.fresh();
    world.data("x").next(x, 0, rows);
    world.data("y").next(y, 0, rows);
    List<Words> sx = world.words(64, x);
    List<Words> sy = world.words(64, y);
    var run = world.run((p, step) -> And.words(p, step, sx.get(p.id()), sy.get(p.id())));
    TestWorld.checkHolders(run.results);
    for (int r = 0; r < rows; r++) {
      long z = 0;
      for (Words part : run.results) {
        z ^= part.first()[0][r];
      }
      assertThat(z).isEqualTo(x[r] & y[r]);
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    int rows = 300;
    BigInteger[] zeros = new BigInteger[rows];
    BigInteger[] ones = new BigInteger[rows];
    Arrays.fill(zeros, BigInteger.ZERO);
    Arrays.fill(ones, BigInteger.ONE.shiftLeft(WIDTH).subtract(BigInteger.ONE));
    boolean[] yes = new boolean[rows];
    Arrays.fill(yes, true);
    boolean[] no = new boolean[rows];
    Checks.sameMessages(
        AndTest::all,
        List.of(
            random(rows, WIDTH),
            world -> input(world, WIDTH, zeros, zeros, no, no),
            world -> input(world, WIDTH, ones, ones, yes, yes),
            world -> input(world, WIDTH, zeros, ones, no, yes)));
  }

  @Test
  void costsWhatItSays() {
    int rows = 1000;
    for (int width : new int[] {1, 7, 20, 32, 33, 64, 84, 128}) {
      TestWorld world = TestWorld.fresh();
      var in = random(rows, width).apply(world);
      var run =
          world.run(
              (p, step) ->
                  And.words(p, step, (Words) in.get(0).get(p.id()), (Words) in.get(1).get(p.id())));
      assertThat(run.cost()).isEqualTo(And.cost(rows, width));
    }
    assertThat(And.cost(rows, 64)).isEqualTo(new Cost(8000, 8000, 8000, 1));
    assertThat(And.cost(rows, 128)).isEqualTo(new Cost(16000, 16000, 16000, 1));
    assertThat(And.cost(1024, 20)).isEqualTo(new Cost(4096, 4096, 4096, 1));
    assertThat(And.cost(rows, 1)).isEqualTo(new Cost(128, 128, 128, 1));
    TestWorld world = TestWorld.fresh();
    var in = random(rows, 1).apply(world);
    var run =
        world.run(
            (p, step) -> {
              Bits b = (Bits) in.get(2).get(p.id());
              return And.many(p, step, List.of(b, b, b), List.of(b, b, b)).get(0);
            });
    assertThat(run.cost()).isEqualTo(And.costOfMany(rows, 3)).isEqualTo(new Cost(384, 384, 384, 1));
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(AndTest::all, random(4096, WIDTH), "mask");
    Checks.masksEveryBit(
        (p, step, in) -> List.of(And.words(p, step, (Words) in.get(0), (Words) in.get(0))),
        List.of(Words.zero(64, 500)));
  }

  @Test
  void refusesToUseAStepTwice() {
    TestWorld world = TestWorld.fresh();
    List<Bits> b = world.bits(true, false);
    assertThatThrownBy(
            () ->
                world.run(
                    (p, step) -> {
                      And.bits(p, step, b.get(p.id()), b.get(p.id()));
                      return And.bits(p, step, b.get(p.id()), b.get(p.id()));
                    }))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.RANDOMNESS_REUSED));
  }
}
