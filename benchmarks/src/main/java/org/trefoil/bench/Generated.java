package org.trefoil.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;
import org.trefoil.share.random.StreamKeys;

/**
 * Columns that every process generates for itself, in the clear and as its shares, from a seed that
 * everybody knows: there is nothing to hide in a benchmark, and no owner is needed.
 */
final class Generated {
  private static final byte[] SEED = new byte[Prg.KEY_BYTES];

  private Generated() {}

  /** A stream for one use, the same in every process. */
  static Prg stream(String label) {
    return StreamKeys.ofSeed(SEED, label);
  }

  /** Uniform words of so many bits, at most 64. */
  static ClearColumn words(String label, int rows, int width) {
    long[] values = new long[rows];
    stream(label).next(values, 0, values.length);
    long mask = Words.mask(width, 0);
    for (int r = 0; r < rows; r++) {
      values[r] &= mask;
    }
    return words(width, values);
  }

  static ClearColumn words(int width, long[] values) {
    return new ClearColumn(ColumnShape.words(width), values.length, new long[][] {values});
  }

  static ClearColumn words(int width, int rows, IntToLongFunction value) {
    long[] values = new long[rows];
    for (int r = 0; r < rows; r++) {
      values[r] = value.applyAsLong(r);
    }
    return words(width, values);
  }

  /** Uniform ring elements over Z_2^64 below {@code bound}. */
  static ClearColumn sums(String label, int rows, long bound) {
    long[] values = new long[rows];
    stream(label).next(values, 0, values.length);
    for (int r = 0; r < rows; r++) {
      values[r] = Long.remainderUnsigned(values[r], bound);
    }
    return sums(values);
  }

  static ClearColumn sums(long[] values) {
    return new ClearColumn(ColumnShape.sums(64), values.length, new long[][] {values});
  }

  static ClearColumn bits(String label, int rows) {
    long[] values = new long[Bits.longs(rows)];
    stream(label).next(values, 0, values.length);
    return new ClearColumn(ColumnShape.BIT, rows, new long[][] {values});
  }

  /** The bit of a row. */
  static boolean bit(ClearColumn bits, int row) {
    return (bits.limbs()[0][row >>> 6] >>> row & 1) != 0;
  }

  /** The numbers 0 .. rows - 1 in an order of their own. */
  static int[] permutation(String label, int rows) {
    return stream(label).permutation(rows);
  }

  /** A party's shares of columns of one limb; {@code label} names their randomness. */
  static List<SharedColumn> shares(int party, String label, List<ClearColumn> columns) {
    List<SharedColumn> shares = new ArrayList<>();
    for (int c = 0; c < columns.size(); c++) {
      ClearColumn column = columns.get(c);
      if (column.limbs().length != 1) {
        throw new IllegalArgumentException("generated columns have one limb");
      }
      String name = label + "/" + c;
      long[][] first = {component(party, name, column)};
      long[][] second = {component((party + 1) % 3, name, column)};
      shares.add(column.shape().column(column.rows(), first, second));
    }
    return shares;
  }

  /** Two components are drawn, the third is what is missing. */
  private static long[] component(int which, String label, ClearColumn column) {
    long[] values = column.limbs()[0];
    long mask =
        column.shape().kind() == ColumnShape.Kind.WORDS
            ? Words.mask(column.shape().width(), 0)
            : -1;
    long[] a = new long[values.length];
    stream(label + "/" + Math.min(which, 1)).next(a, 0, a.length);
    if (which == 2) {
      long[] b = new long[values.length];
      stream(label + "/0").next(b, 0, b.length);
      boolean additive = column.shape().kind() == ColumnShape.Kind.SUMS;
      for (int r = 0; r < a.length; r++) {
        a[r] = additive ? values[r] - a[r] - b[r] : values[r] ^ a[r] ^ b[r];
      }
    }
    for (int r = 0; r < a.length; r++) {
      a[r] &= mask;
    }
    return a;
  }
}
