package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Equality of words.
 *
 * <p><b>Computes</b> a bit per row: x = y.
 *
 * <p><b>Reveals</b> nothing. Public: rows and width.
 *
 * <p><b>Costs</b> w - 1 bits sent per party per row, ceil(log2 w) rounds: {@link #cost}.
 *
 * <p><b>Secure</b> as {@link And}, of which it is a tree over the complement of x ^ y.
 */
public final class Equality {
  private Equality() {}

  public static Bits words(Party party, Step step, Words x, Words y) {
    And.sameRows(x.rows(), y.rows());
    And.sameWidth(x.width(), y.width());
    Planes equal = Planes.of(party, x, y, true, 0, x.rows());
    return conjunction(party, step, equal, x.width());
  }

  /** Which words are zero. */
  public static Bits zero(Party party, Step step, Words x) {
    return conjunction(party, step, Planes.of(party, x, null, true, 0, x.rows()), x.width());
  }

  /** Equality with a public value, whose limb 0 holds the low bits. */
  public static Bits constant(Party party, Step step, Words x, long... value) {
    return words(party, step, x, Local.constant(party, x.width(), x.rows(), value));
  }

  /** The AND of all planes. */
  private static Bits conjunction(Party party, Step step, Planes planes, int width) {
    int m = planes.longs;
    Masks masks = new Masks(party, step);
    Layer layer = new Layer(party, step, masks, 1);
    long[] first = planes.first;
    long[] second = planes.second;
    long[] spareFirst = new long[(width + 1) / 2 * m];
    long[] spareSecond = new long[(width + 1) / 2 * m];
    for (int left = width; left > 1; left = (left + 1) / 2) {
      int half = left / 2;
      layer.and(first, second, 0, first, second, half * m, half * m);
      layer.run(spareFirst, spareSecond);
      if (left % 2 == 1) {
        System.arraycopy(first, 2 * half * m, spareFirst, half * m, m);
        System.arraycopy(second, 2 * half * m, spareSecond, half * m, m);
      }
      long[] f = first;
      long[] s = second;
      first = spareFirst;
      second = spareSecond;
      spareFirst = f;
      spareSecond = s;
    }
    Bits out = Bits.zero(planes.rows);
    Planes.reorder(first, 0, planes.rows, out.first(), 0);
    Planes.reorder(second, 0, planes.rows, out.second(), 0);
    return out;
  }

  public static Cost cost(int rows, int width) {
    return Cost.longs((long) Bits.longs(rows) * (width - 1), ceilLog2(width));
  }

  static int ceilLog2(int value) {
    return value <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(value - 1);
  }
}
