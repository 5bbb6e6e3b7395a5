package org.trefoil.executor.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * What needs no message: every function here is linear over the components, or moves rows by public
 * positions. A public value v is shared as (v, 0, 0).
 */
public final class Local {
  private Local() {}

  // Public values.

  /** The same bit in every row. */
  public static Bits constant(Party party, boolean bit, int rows) {
    Bits out = Bits.zero(rows);
    if (bit) {
      flip(party, out);
    }
    return out;
  }

  /** Public bits, 64 rows to a long. */
  public static Bits bits(Party party, int rows, long[] values) {
    Bits out = Bits.zero(rows);
    if (party.id() != 1) {
      System.arraycopy(
          values, 0, party.id() == 0 ? out.first() : out.second(), 0, Bits.longs(rows));
    }
    return out;
  }

  /** The same word in every row; limb 0 holds the low bits. */
  public static Words constant(Party party, int width, int rows, long... value) {
    Words out = Words.zero(width, rows);
    if (party.id() != 1) {
      long[][] held = party.id() == 0 ? out.first() : out.second();
      for (int limb = 0; limb < held.length; limb++) {
        long v = limb < value.length ? value[limb] & Words.mask(width, limb) : 0;
        Arrays.fill(held[limb], v);
      }
    }
    return out;
  }

  /** A public word per row, of at most 64 bits. */
  public static Words words(Party party, int width, long[] values) {
    Words out = Words.zero(width, values.length);
    if (party.id() != 1) {
      long[] held = party.id() == 0 ? out.first()[0] : out.second()[0];
      long mask = Words.mask(width, 0);
      for (int r = 0; r < values.length; r++) {
        held[r] = values[r] & mask;
      }
    }
    return out;
  }

  /** The rows' own numbers, 0, 1, 2, ...; {@code width} bits must hold them. */
  public static Words index(Party party, int width, int rows) {
    long[] values = new long[rows];
    for (int r = 0; r < rows; r++) {
      values[r] = r;
    }
    return words(party, width, values);
  }

  /** The same ring element in every row; sign-extended to 128 bits. */
  public static Sums sums(Party party, int width, int rows, long value) {
    return sums(party, width, rows, value, value >> 63);
  }

  /** The same ring element in every row; the high limb is left out of 64 bits. */
  public static Sums sums(Party party, int width, int rows, long low, long high) {
    Sums out = Sums.zero(width, rows);
    if (party.id() != 1) {
      long[][] held = party.id() == 0 ? out.first() : out.second();
      Arrays.fill(held[0], low);
      if (held.length == 2) {
        Arrays.fill(held[1], high);
      }
    }
    return out;
  }

  // Bits and words.

  public static Bits xor(Bits x, Bits y) {
    And.sameRows(x.rows(), y.rows());
    return new Bits(x.rows(), xor(x.first(), y.first()), xor(x.second(), y.second()));
  }

  public static Words xor(Words x, Words y) {
    And.sameRows(x.rows(), y.rows());
    And.sameWidth(x.width(), y.width());
    long[][] first = new long[x.first().length][];
    long[][] second = new long[x.first().length][];
    for (int limb = 0; limb < first.length; limb++) {
      first[limb] = xor(x.first()[limb], y.first()[limb]);
      second[limb] = xor(x.second()[limb], y.second()[limb]);
    }
    return new Words(x.width(), x.rows(), first, second);
  }

  private static long[] xor(long[] x, long[] y) {
    long[] out = new long[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = x[i] ^ y[i];
    }
    return out;
  }

  public static Bits not(Party party, Bits x) {
    Bits out = new Bits(x.rows(), x.first().clone(), x.second().clone());
    flip(party, out);
    return out;
  }

  /** The complement of every bit of the word. */
  public static Words not(Party party, Words x) {
    long[] ones = new long[x.first().length];
    Arrays.fill(ones, -1);
    return xor(x, constant(party, x.width(), x.rows(), ones));
  }

  private static void flip(Party party, Bits x) {
    if (party.id() != 1) {
      long[] held = party.id() == 0 ? x.first() : x.second();
      for (int i = 0; i < held.length; i++) {
        held[i] = ~held[i];
      }
    }
  }

  /** Bit {@code bit} of every word. */
  public static Bits plane(Words x, int bit) {
    if (bit < 0 || bit >= x.width()) {
      throw new IllegalArgumentException("bit " + bit + " of " + x.width());
    }
    return new Bits(x.rows(), plane(x.first()[bit >>> 6], bit), plane(x.second()[bit >>> 6], bit));
  }

  private static long[] plane(long[] words, int bit) {
    long[] out = new long[Bits.longs(words.length)];
    for (int w = 0; w < out.length; w++) {
      int from = w << 6;
      int k = Math.min(64, words.length - from);
      long bits = 0;
      for (int i = 0; i < k; i++) {
        bits |= ((words[from + i] >>> bit) & 1) << i;
      }
      out[w] = bits;
    }
    return out;
  }

  /** A bit as a word of one bit. */
  public static Words words(Bits x) {
    return new Words(
        1,
        x.rows(),
        new long[][] {word(x.first(), x.rows())},
        new long[][] {word(x.second(), x.rows())});
  }

  private static long[] word(long[] bits, int rows) {
    long[] out = new long[rows];
    for (int r = 0; r < rows; r++) {
      out[r] = (bits[r >>> 6] >>> r) & 1;
    }
    return out;
  }

  /** Bits {@code [from, from + width)} of every word. */
  public static Words field(Words x, int from, int width) {
    if (from < 0 || width < 1 || from + width > x.width()) {
      throw new IllegalArgumentException(
          "bits " + from + " to " + (from + width) + " of " + x.width());
    }
    if (from == 0 && width == x.width()) {
      return x;
    }
    return new Words(
        width, x.rows(), field(x.first(), from, width), field(x.second(), from, width));
  }

  private static long[][] field(long[][] x, int from, int width) {
    long[][] out = new long[Words.limbs(width)][];
    int shift = from & 63;
    for (int limb = 0; limb < out.length; limb++) {
      long[] low = x[limb + (from >>> 6)];
      long mask = Words.mask(width, limb);
      long[] to = new long[low.length];
      for (int r = 0; r < to.length; r++) {
        to[r] = (low[r] >>> shift) & mask;
      }
      int above = limb + (from >>> 6) + 1;
      if (shift != 0 && above < x.length) {
        long[] high = x[above];
        for (int r = 0; r < to.length; r++) {
          to[r] |= (high[r] << (64 - shift)) & mask;
        }
      }
      out[limb] = to;
    }
    return out;
  }

  /** Words with zero bits above, {@code width} bits wide. */
  public static Words widen(Words x, int width) {
    if (width < x.width()) {
      throw new IllegalArgumentException(x.width() + " bits do not fit " + width);
    }
    Words out = Words.zero(width, x.rows());
    place(out, x, 0);
    return out;
  }

  /** Bits and words next to each other in one word, the first the most significant. */
  public static Words beside(SharedColumn... columns) {
    return beside(List.of(columns));
  }

  public static Words beside(List<? extends SharedColumn> columns) {
    int width = 0;
    for (SharedColumn column : columns) {
      width += column.width();
    }
    Words out = Words.zero(width, columns.get(0).rows());
    int at = width;
    for (SharedColumn column : columns) {
      And.sameRows(out.rows(), column.rows());
      at -= column.width();
      if (column instanceof Bits bits) {
        place(out, words(bits), at);
      } else if (column instanceof Words words) {
        place(out, words, at);
      } else {
        throw new IllegalArgumentException("sums have no place in a word");
      }
    }
    return out;
  }

  /** XORs a word into the bits of {@code out} from {@code at} up. */
  private static void place(Words out, Words x, int at) {
    place(out.first(), x.first(), at);
    place(out.second(), x.second(), at);
  }

  private static void place(long[][] out, long[][] x, int at) {
    int shift = at & 63;
    for (int limb = 0; limb < x.length; limb++) {
      long[] from = x[limb];
      long[] low = out[limb + (at >>> 6)];
      for (int r = 0; r < from.length; r++) {
        low[r] ^= from[r] << shift;
      }
      int above = limb + (at >>> 6) + 1;
      if (shift != 0 && above < out.length) {
        long[] high = out[above];
        for (int r = 0; r < from.length; r++) {
          high[r] ^= from[r] >>> (64 - shift);
        }
      }
    }
  }

  // Sums.

  public static Sums plus(Sums x, Sums y) {
    return combine(x, y, 1);
  }

  public static Sums minus(Sums x, Sums y) {
    return combine(x, y, -1);
  }

  private static Sums combine(Sums x, Sums y, int sign) {
    And.sameRows(x.rows(), y.rows());
    And.sameWidth(x.width(), y.width());
    Sums out = Sums.zero(x.width(), x.rows());
    combine(x.first(), y.first(), sign, out.first());
    combine(x.second(), y.second(), sign, out.second());
    return out;
  }

  private static void combine(long[][] x, long[][] y, int sign, long[][] out) {
    Ring.combine(x, 0, y, 0, sign, out, 0, x[0].length);
  }

  public static Sums negate(Sums x) {
    return minus(Sums.zero(x.width(), x.rows()), x);
  }

  /** Times a public signed number. */
  public static Sums times(Sums x, long factor) {
    Sums out = Sums.zero(x.width(), x.rows());
    times(x.first(), factor, out.first());
    times(x.second(), factor, out.second());
    return out;
  }

  private static void times(long[][] x, long factor, long[][] out) {
    for (int r = 0; r < x[0].length; r++) {
      out[0][r] = x[0][r] * factor;
    }
    if (x.length == 2) {
      for (int r = 0; r < x[0].length; r++) {
        out[1][r] = Kernels.high(x[0][r], factor) + x[1][r] * factor + x[0][r] * (factor >> 63);
      }
    }
  }

  /** The low 64 bits of every element. */
  public static Sums narrow(Sums x) {
    return new Sums(x.rows(), new long[][] {x.first()[0]}, new long[][] {x.second()[0]});
  }

  /** Row r holds the sum of rows 0 .. r. */
  public static Sums runningSum(Sums x) {
    Sums out = Sums.zero(x.width(), x.rows());
    runningSum(x.first(), out.first());
    runningSum(x.second(), out.second());
    return out;
  }

  private static void runningSum(long[][] x, long[][] out) {
    long low = 0;
    long high = 0;
    for (int r = 0; r < x[0].length; r++) {
      long sum = low + x[0][r];
      if (x.length == 2) {
        high += x[1][r] + Kernels.carry(low, sum);
        out[1][r] = high;
      }
      low = sum;
      out[0][r] = low;
    }
  }

  /** Row r less the row before it; row 0 as it is. */
  public static Sums differences(Sums x) {
    return minus(x, shiftDown(x));
  }

  // Running XORs and their inverse.

  /** Row r holds the XOR of rows 0 .. r. */
  public static Bits runningXor(Bits x) {
    return new Bits(x.rows(), runningXorOfBits(x.first()), runningXorOfBits(x.second()));
  }

  private static long[] runningXorOfBits(long[] x) {
    return runningXorOfBits(x, new long[x.length]);
  }

  private static long[] runningXorOfBits(long[] x, long[] out) {
    long before = 0;
    for (int k = 0; k < x.length; k++) {
      long v = x[k];
      for (int s = 1; s < 64; s <<= 1) {
        v ^= v << s;
      }
      out[k] = v ^ before;
      before = out[k] >> 63;
    }
    return out;
  }

  public static Words runningXor(Words x) {
    return each(x, x.rows(), null, Local::runningXorOfWords);
  }

  /**
   * Puts the running XOR or sum of a column into its own arrays, which nobody else may hold: large
   * columns are then neither copied nor left to the collector.
   */
  public static void accumulate(SharedColumn x) {
    if (x instanceof Bits bits) {
      runningXorOfBits(bits.first(), bits.first());
      runningXorOfBits(bits.second(), bits.second());
    } else if (x instanceof Words words) {
      for (int limb = 0; limb < words.first().length; limb++) {
        runningXorOfWords(words.first()[limb], words.first()[limb]);
        runningXorOfWords(words.second()[limb], words.second()[limb]);
      }
    } else if (x instanceof Sums sums) {
      runningSum(sums.first(), sums.first());
      runningSum(sums.second(), sums.second());
    }
  }

  /** XORs {@code x} into the rows from {@code at} on of a column that nobody else holds. */
  public static void xorInto(Words out, int at, Words x) {
    And.sameWidth(out.width(), x.width());
    for (int limb = 0; limb < x.first().length; limb++) {
      xorInto(out.first()[limb], at, x.first()[limb]);
      xorInto(out.second()[limb], at, x.second()[limb]);
    }
  }

  private static void xorInto(long[] out, int at, long[] x) {
    for (int r = 0; r < x.length; r++) {
      out[at + r] ^= x[r];
    }
  }

  private static long[] runningXorOfWords(long[] x) {
    return runningXorOfWords(x, new long[x.length]);
  }

  private static long[] runningXorOfWords(long[] x, long[] out) {
    long v = 0;
    for (int r = 0; r < x.length; r++) {
      v ^= x[r];
      out[r] = v;
    }
    return out;
  }

  /** Row r and the row before it XORed; row 0 as it is. */
  public static Bits differences(Bits x) {
    return xor(x, shiftDown(x));
  }

  public static Words differences(Words x) {
    return xor(x, shiftDown(x));
  }

  // Rows.

  /** Row r holds what row r - 1 held; row 0 is zero. */
  public static <C extends SharedColumn> C shiftDown(C x) {
    return each(
        x,
        x.rows(),
        bits -> {
          long[] out = new long[bits.length];
          long carried = 0;
          for (int k = 0; k < bits.length; k++) {
            out[k] = bits[k] << 1 | carried;
            carried = bits[k] >>> 63;
          }
          return out;
        },
        words -> {
          long[] out = new long[words.length];
          System.arraycopy(
              words, 0, out, 1 - (out.length == 0 ? 1 : 0), Math.max(0, words.length - 1));
          return out;
        });
  }

  /** Row r holds what row r + 1 held; the last row is zero. */
  public static <C extends SharedColumn> C shiftUp(C x) {
    int rows = x.rows();
    return each(
        x,
        rows,
        bits -> {
          long[] out = new long[bits.length];
          for (int k = 0; k < bits.length; k++) {
            out[k] = bits[k] >>> 1 | (k + 1 < bits.length ? bits[k + 1] << 63 : 0);
          }
          if (rows > 0) {
            out[(rows - 1) >>> 6] &= ~(1L << (rows - 1));
          }
          return out;
        },
        words -> {
          long[] out = new long[words.length];
          System.arraycopy(words, Math.min(1, words.length), out, 0, Math.max(0, words.length - 1));
          return out;
        });
  }

  /** Row k of the result is row {@code index[k]}. */
  public static <C extends SharedColumn> C rows(C x, int[] index) {
    int rows = index.length;
    return each(
        x,
        rows,
        bits -> {
          long[] out = new long[Bits.longs(rows)];
          for (int k = 0; k < out.length; k++) {
            int from = k << 6;
            int count = Math.min(64, rows - from);
            long v = 0;
            for (int i = 0; i < count; i++) {
              int r = index[from + i];
              v |= ((bits[r >>> 6] >>> r) & 1) << i;
            }
            out[k] = v;
          }
          return out;
        },
        words -> {
          long[] out = new long[rows];
          for (int k = 0; k < rows; k++) {
            out[k] = words[index[k]];
          }
          return out;
        });
  }

  /** Row {@code destination[r]} of the result is row r. */
  public static <C extends SharedColumn> C put(C x, int[] destination) {
    return rows(x, inverse(destination));
  }

  /** The permutation that undoes {@code permutation}. */
  public static int[] inverse(int[] permutation) {
    int[] out = new int[permutation.length];
    for (int r = 0; r < out.length; r++) {
      out[permutation[r]] = r;
    }
    return out;
  }

  /** Rows {@code [from, to)}. */
  public static <C extends SharedColumn> C slice(C x, int from, int to) {
    int rows = to - from;
    if (from < 0 || rows < 0 || to > x.rows()) {
      throw new IllegalArgumentException("rows " + from + " to " + to + " of " + x.rows());
    }
    return each(
        x,
        rows,
        bits -> {
          long[] out = new long[Bits.longs(rows)];
          int shift = from & 63;
          for (int k = 0; k < out.length; k++) {
            int at = (from >>> 6) + k;
            out[k] = bits[at] >>> shift;
            if (shift != 0 && at + 1 < bits.length) {
              out[k] |= bits[at + 1] << (64 - shift);
            }
          }
          return out;
        },
        words -> Arrays.copyOfRange(words, from, to));
  }

  /** The rows of {@code x}, then those of {@code y}, which has the same shape. */
  @SuppressWarnings("unchecked")
  public static <C extends SharedColumn> C concat(C x, C y) {
    And.sameWidth(x.width(), y.width());
    int rows = Math.addExact(x.rows(), y.rows());
    if (x instanceof Bits a && y instanceof Bits b) {
      return (C)
          new Bits(
              rows,
              concatBits(a.first(), a.rows(), b.first(), b.rows()),
              concatBits(a.second(), a.rows(), b.second(), b.rows()));
    }
    if (x instanceof Words a && y instanceof Words b) {
      return (C)
          new Words(a.width(), rows, concat(a.first(), b.first()), concat(a.second(), b.second()));
    }
    if (x instanceof Sums a && y instanceof Sums b) {
      return (C) new Sums(rows, concat(a.first(), b.first()), concat(a.second(), b.second()));
    }
    throw new IllegalArgumentException(x + " and " + y + " differ in kind");
  }

  private static long[][] concat(long[][] x, long[][] y) {
    long[][] out = new long[x.length][];
    for (int limb = 0; limb < out.length; limb++) {
      out[limb] = Arrays.copyOf(x[limb], x[limb].length + y[limb].length);
      System.arraycopy(y[limb], 0, out[limb], x[limb].length, y[limb].length);
    }
    return out;
  }

  private static long[] concatBits(long[] x, int rows, long[] y, int more) {
    long[] out = Arrays.copyOf(x, Bits.longs(rows + more));
    int shift = rows & 63;
    int at = rows >>> 6;
    if (shift == 0) {
      System.arraycopy(y, 0, out, at, y.length);
      return out;
    }
    out[at] &= (1L << shift) - 1;
    for (int k = 0; k < y.length; k++) {
      out[at + k] |= y[k] << shift;
      if (at + k + 1 < out.length) {
        out[at + k + 1] = y[k] >>> (64 - shift);
      }
    }
    return out;
  }

  /** Applies a function to every array of both components. */
  @SuppressWarnings("unchecked")
  private static <C extends SharedColumn> C each(
      C x, int rows, UnaryOperator<long[]> bits, UnaryOperator<long[]> words) {
    if (x instanceof Bits b) {
      return (C) new Bits(rows, bits.apply(b.first()), bits.apply(b.second()));
    }
    if (x instanceof Words w) {
      return (C) new Words(w.width(), rows, each(w.first(), words), each(w.second(), words));
    }
    Sums s = (Sums) x;
    return (C) new Sums(rows, each(s.first(), words), each(s.second(), words));
  }

  private static long[][] each(long[][] limbs, UnaryOperator<long[]> words) {
    long[][] out = new long[limbs.length][];
    for (int limb = 0; limb < out.length; limb++) {
      out[limb] = words.apply(limbs[limb]);
    }
    return out;
  }
}
