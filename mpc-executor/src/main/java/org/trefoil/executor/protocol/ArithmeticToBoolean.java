package org.trefoil.executor.protocol;

import java.util.Arrays;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * The bits of a ring element.
 *
 * <p><b>Computes</b> the low w bits of x = x0 + x1 + x2 as a Boolean-shared word. The components
 * are their own Boolean sharings: s = x0 ^ x1 ^ x2 is local, the carries c = majority(x0, x1, x2)
 * are one AND per bit, and s + 2c is added by a ripple or by a prefix tree.
 *
 * <p><b>Reveals</b> nothing. Public: rows and width.
 *
 * <p><b>Costs</b> 2w - 3 bits sent per party per row in w - 1 rounds (ripple), or for 64 bits 466
 * in 8 (tree); chosen by rows and link: {@link #cost}.
 *
 * <p><b>Secure</b> as {@link And}, of which it is a circuit.
 */
public final class ArithmeticToBoolean {
  /** Rows converted at a time: bounds memory. */
  static final int TILE = 1 << 20;

  private ArithmeticToBoolean() {}

  /** The low {@code width} bits; {@code width} is at most that of the ring. */
  public static Words convert(Party party, Step step, Sums x, int width) {
    return convert(party, step, x, width, isTree(x.rows(), width, party.link()));
  }

  static Words convert(Party party, Step step, Sums x, int width, boolean tree) {
    if (width < 1 || width > x.width()) {
      throw new IllegalArgumentException(width + " bits of a ring of " + x.width());
    }
    Crew crew = party.crew(step, Math.min(TILE, x.rows()));
    Masks[] masks = crew.masks();
    Words all = new Words(x.width(), x.rows(), x.first(), x.second());
    Words cut = Local.field(all, 0, width);
    Words out = Words.zero(width, x.rows());
    for (int tile = 0; tile < x.rows(); tile += TILE) {
      int start = tile;
      crew.run(
          Math.min(TILE, x.rows() - start),
          (k, from, to) -> {
            Planes sum = Planes.of(party, cut, null, false, start + from, to - from);
            if (width > 1) {
              add(crew.party(k), crew.step(k), masks[k], sum, width, tree);
            }
            sum.words(out, start + from);
          });
    }
    return out;
  }

  /** Replaces the planes of s by those of s + 2c. */
  private static void add(
      Party party, Step step, Masks masks, Planes sum, int width, boolean tree) {
    int m = sum.longs;
    long[] zero = new long[(width - 1) * m];
    int id = party.id();
    Layer layer = new Layer(party, step, masks, 2 * width);
    // majority = x0 ^ x2 ? x1 : x2, where x0 ^ x2, x1 and x2 are shared as (x0, 0, x2), (0, x1, 0),
    // (0, 0, x2)
    layer.select(
        id == 1 ? zero : sum.first,
        id == 0 ? zero : sum.second,
        0,
        id == 1 ? sum.first : zero,
        id == 0 ? sum.second : zero,
        0,
        id == 2 ? sum.first : zero,
        id == 1 ? sum.second : zero,
        0,
        (width - 1) * m);
    layer.run();
    long[] c0 = layer.first;
    long[] c1 = layer.second;
    // Plane b of s meets plane b - 1 of c; what is carried into plane b is k, zero for b = 0 and 1.
    if (tree) {
      tree(layer, sum, c0, c1, width, m);
    } else {
      ripple(layer, sum, c0, c1, width, m);
    }
    xor(sum.first, m, c0, 0, (width - 1) * m);
    xor(sum.second, m, c1, 0, (width - 1) * m);
  }

  private static void ripple(Layer layer, Planes sum, long[] c0, long[] c1, int width, int m) {
    long[] k0 = null;
    long[] k1 = null;
    for (int b = 1; b + 1 < width; b++) {
      // Plane b is s ^ k already: majority(s, c, k) = s ^ k ? c : k.
      if (k0 == null) {
        layer.and(sum.first, sum.second, b * m, c0, c1, (b - 1) * m, m);
      } else {
        layer.select(sum.first, sum.second, b * m, c0, c1, (b - 1) * m, k0, k1, 0, m);
      }
      layer.run();
      k0 = layer.first;
      k1 = layer.second;
      xor(sum.first, (b + 1) * m, k0, 0, m);
      xor(sum.second, (b + 1) * m, k1, 0, m);
    }
  }

  /** Sklansky's prefix tree over generate s & c and propagate s ^ c of planes 1 .. width - 2. */
  private static void tree(Layer layer, Planes sum, long[] c0, long[] c1, int width, int m) {
    int n = width - 2;
    if (n < 1) {
      return;
    }
    layer.and(sum.first, sum.second, m, c0, c1, 0, n * m);
    layer.run();
    long[] g0 = layer.first;
    long[] g1 = layer.second;
    long[] p0 = Arrays.copyOfRange(sum.first, m, (n + 1) * m);
    long[] p1 = Arrays.copyOfRange(sum.second, m, (n + 1) * m);
    xor(p0, 0, c0, 0, n * m);
    xor(p1, 0, c1, 0, n * m);
    for (int d = 1; d < n; d *= 2) {
      for (int i = 0; i < n; i++) {
        if ((i & d) != 0) {
          int low = (i & -d) - 1;
          layer.andXor(p0, p1, i * m, g0, g1, low * m, g0, i * m, m);
        }
      }
      for (int i = 2 * d; i < n; i++) {
        if ((i & d) != 0) {
          int low = (i & -d) - 1;
          layer.and(p0, p1, i * m, p0, p1, low * m, m);
        }
      }
      layer.run();
      int at = 0;
      for (int i = 0; i < n; i++) {
        if ((i & d) != 0) {
          System.arraycopy(layer.first, at * m, g0, i * m, m);
          System.arraycopy(layer.second, at * m, g1, i * m, m);
          at++;
        }
      }
      for (int i = 2 * d; i < n; i++) {
        if ((i & d) != 0) {
          System.arraycopy(layer.first, at * m, p0, i * m, m);
          System.arraycopy(layer.second, at * m, p1, i * m, m);
          at++;
        }
      }
    }
    xor(sum.first, 2 * m, g0, 0, n * m);
    xor(sum.second, 2 * m, g1, 0, n * m);
  }

  private static void xor(long[] x, int at, long[] y, int from, int count) {
    for (int i = 0; i < count; i++) {
      x[at + i] ^= y[from + i];
    }
  }

  private static boolean isTree(int rows, int width, Link link) {
    int tile = Math.min(rows, TILE);
    return link.nanos(cost(tile, width, true)) < link.nanos(cost(tile, width, false));
  }

  /** Cost of the adder chosen for these rows and this link. */
  public static Cost cost(int rows, int width, Link link) {
    boolean tree = isTree(rows, width, link);
    Cost total = Cost.NONE;
    for (int from = 0; from < rows; from += TILE) {
      total = total.then(cost(Math.min(TILE, rows - from), width, tree));
    }
    return total;
  }

  static Cost cost(int rows, int width, boolean tree) {
    int n = Math.max(0, width - 2);
    int ands = width - 1 + n;
    int rounds = width == 1 ? 0 : 1 + n;
    if (tree && n > 0) {
      rounds = 2;
      for (int d = 1; d < n; d *= 2) {
        for (int i = 0; i < n; i++) {
          ands += (i & d) == 0 ? 0 : i < 2 * d ? 1 : 2;
        }
        rounds++;
      }
    }
    return Cost.longs((long) Bits.longs(rows) * ands, rounds);
  }
}
