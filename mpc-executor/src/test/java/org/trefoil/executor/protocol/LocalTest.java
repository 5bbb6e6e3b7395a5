package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class LocalTest {
  private static Checks.Input none(List<List<? extends SharedColumn>> columns) {
    return world -> columns;
  }

  @Property(tries = 30)
  void bits(@ForAll @IntRange(min = 1, max = 300) int n, @ForAll @IntRange(max = 299) int cut) {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("bits");
    boolean[] x = TestWorld.flags(data, n);
    boolean[] y = TestWorld.flags(data, n + 3);
    int from = cut % n;
    int[] index = data.permutation(n);
    var run =
        Checks.run(
            world,
            List.of(world.bits(x), world.bits(y)),
            (p, step, in) -> {
              Bits a = (Bits) in.get(0);
              Bits b = (Bits) in.get(1);
              return List.of(
                  Local.not(p, a),
                  Local.runningXor(a),
                  Local.differences(a),
                  Local.shiftUp(a),
                  Local.slice(a, from, n),
                  Local.concat(a, b),
                  Local.rows(a, index),
                  Local.put(a, index),
                  Local.constant(p, true, n),
                  Local.plane(Local.beside(a, Local.not(p, a)), 1),
                  Local.xor(a, Local.slice(b, 0, n)),
                  Local.bits(p, n, new long[Bits.longs(n)]));
            });
    boolean running = false;
    for (int r = 0; r < n; r++) {
      running ^= x[r];
      assertThat(bit(run, 0, r)).isEqualTo(!x[r]);
      assertThat(bit(run, 1, r)).isEqualTo(running);
      assertThat(bit(run, 2, r)).isEqualTo(x[r] ^ (r > 0 && x[r - 1]));
      assertThat(bit(run, 3, r)).isEqualTo(r + 1 < n && x[r + 1]);
      assertThat(r < from || bit(run, 4, r - from) == x[r]).isTrue();
      assertThat(bit(run, 5, r)).isEqualTo(x[r]);
      assertThat(bit(run, 6, r)).isEqualTo(x[index[r]]);
      assertThat(bit(run, 7, index[r])).isEqualTo(x[r]);
      assertThat(bit(run, 8, r)).isTrue();
      assertThat(bit(run, 9, r)).isEqualTo(x[r]);
      assertThat(bit(run, 10, r)).isEqualTo(x[r] ^ y[r]);
      assertThat(bit(run, 11, r)).isFalse();
    }
    for (int r = 0; r < y.length; r++) {
      assertThat(bit(run, 5, n + r)).isEqualTo(y[r]);
    }
  }

  private static boolean bit(TestWorld.Run<List<? extends SharedColumn>> run, int k, int r) {
    long v = 0;
    for (Bits part : Checks.result(run, k, Bits.class)) {
      v ^= part.first()[r >>> 6] >>> r;
    }
    return (v & 1) != 0;
  }

  @Property(tries = 30)
  void words(
      @ForAll @IntRange(min = 2, max = 150) int width,
      @ForAll @IntRange(max = 149) int low,
      @ForAll @IntRange(min = 1, max = 100) int other) {
    int n = 60;
    int from = low % width;
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("words");
    BigInteger[] x = TestWorld.numbers(data, width, n);
    BigInteger[] y = TestWorld.numbers(data, other, n);
    boolean[] b = TestWorld.flags(data, n);
    var run =
        Checks.run(
            world,
            none(List.of(world.words(width, x), world.words(other, y), world.bits(b))).apply(world),
            (p, step, in) -> {
              Words a = (Words) in.get(0);
              return List.of(
                  Local.field(a, from, width - from),
                  Local.beside(in.get(2), in.get(1), a),
                  Local.widen(a, width + 70),
                  Local.not(p, a),
                  Local.runningXor(Local.differences(a)),
                  Local.shiftDown(a),
                  Local.shiftUp(a),
                  Local.concat(a, Local.constant(p, width, 2, 3)),
                  Local.index(p, 6, n),
                  Local.words(Local.plane(a, from)));
            });
    BigInteger[][] got = new BigInteger[10][];
    for (int k = 0; k < got.length; k++) {
      got[k] = TestWorld.openWords(Checks.result(run, k, Words.class));
    }
    BigInteger ones = BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
    for (int r = 0; r < n; r++) {
      assertThat(got[0][r]).isEqualTo(x[r].shiftRight(from));
      BigInteger flag = b[r] ? BigInteger.ONE : BigInteger.ZERO;
      assertThat(got[1][r]).isEqualTo(flag.shiftLeft(other).or(y[r]).shiftLeft(width).or(x[r]));
      assertThat(got[2][r]).isEqualTo(x[r]);
      assertThat(got[3][r]).isEqualTo(x[r].xor(ones));
      assertThat(got[4][r]).isEqualTo(x[r]);
      assertThat(got[5][r]).isEqualTo(r == 0 ? BigInteger.ZERO : x[r - 1]);
      assertThat(got[6][r]).isEqualTo(r + 1 == n ? BigInteger.ZERO : x[r + 1]);
      assertThat(got[7][r]).isEqualTo(x[r]);
      assertThat(got[8][r].intValueExact()).isEqualTo(r);
      assertThat(got[9][r].intValueExact()).isEqualTo(x[r].testBit(from) ? 1 : 0);
    }
    assertThat(got[7][n + 1].intValueExact()).isEqualTo(3);
  }

  @Test
  void accumulatesInTheColumnsOwnArrays() {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("own");
    for (SharedColumn x :
        List.of(
            world.bits(TestWorld.flags(data, 200)).get(0),
            world.words(84, TestWorld.numbers(data, 84, 200)).get(1),
            world.sums(64, TestWorld.numbers(data, 64, 200)).get(2),
            world.sums(128, TestWorld.numbers(data, 128, 200)).get(0))) {
      SharedColumn running =
          x instanceof Bits bits
              ? Local.runningXor(bits)
              : x instanceof Words words ? Local.runningXor(words) : Local.runningSum((Sums) x);
      Local.accumulate(x);
      for (boolean second : new boolean[] {false, true}) {
        assertThat(TestWorld.arrays(x, second)).isDeepEqualTo(TestWorld.arrays(running, second));
      }
    }
  }

  @Test
  void xorsIntoSomeRows() {
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("into");
    BigInteger[] all = TestWorld.numbers(data, 70, 9);
    BigInteger[] some = TestWorld.numbers(data, 70, 3);
    List<Words> out = world.words(70, all);
    List<Words> in = world.words(70, some);
    for (int p = 0; p < 3; p++) {
      Local.xorInto(out.get(p), 4, in.get(p));
    }
    BigInteger[] opened = TestWorld.openWords(out);
    for (int r = 0; r < 9; r++) {
      assertThat(opened[r]).isEqualTo(r >= 4 && r < 7 ? all[r].xor(some[r - 4]) : all[r]);
    }
  }

  @Property(tries = 30)
  void sums(@ForAll boolean wide, @ForAll long factor) {
    int n = 60;
    int width = wide ? 128 : 64;
    TestWorld world = TestWorld.fresh();
    Prg data = world.data("sums");
    BigInteger[] x = TestWorld.numbers(data, width, n);
    BigInteger[] y = TestWorld.numbers(data, width, n);
    var run =
        Checks.run(
            world,
            List.of(world.sums(width, x), world.sums(width, y)),
            (p, step, in) -> {
              Sums a = (Sums) in.get(0);
              Sums b = (Sums) in.get(1);
              return List.of(
                  Local.plus(a, b),
                  Local.minus(a, b),
                  Local.negate(a),
                  Local.times(a, factor),
                  Local.runningSum(a),
                  Local.differences(Local.runningSum(a)),
                  Local.plus(a, Local.sums(p, width, n, -5)));
            });
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    BigInteger running = BigInteger.ZERO;
    BigInteger[][] got = new BigInteger[7][];
    for (int k = 0; k < got.length; k++) {
      got[k] = TestWorld.openSums(Checks.result(run, k, Sums.class));
    }
    for (int r = 0; r < n; r++) {
      running = running.add(x[r]);
      BigInteger[] expected = {
        x[r].add(y[r]),
        x[r].subtract(y[r]),
        x[r].negate(),
        x[r].multiply(BigInteger.valueOf(factor)),
        running,
        x[r],
        x[r].subtract(BigInteger.valueOf(5))
      };
      for (int k = 0; k < got.length; k++) {
        assertThat(got[k][r].mod(modulus)).as("function " + k).isEqualTo(expected[k].mod(modulus));
      }
    }
  }
}
