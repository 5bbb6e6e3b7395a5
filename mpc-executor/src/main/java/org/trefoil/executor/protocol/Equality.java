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
    return equal(party, step, x, y);
  }

  /** Which words are zero. */
  public static Bits zero(Party party, Step step, Words x) {
    return equal(party, step, x, null);
  }

  /** Equality with a public value, whose limb 0 holds the low bits. */
  public static Bits constant(Party party, Step step, Words x, long... value) {
    return words(party, step, x, Local.constant(party, x.width(), x.rows(), value));
  }

  /** Where x ^ y, or x alone, is zero. */
  private static Bits equal(Party party, Step step, Words x, Words y) {
    Crew crew = party.crew(step, x.rows());
    Masks[] masks = crew.masks();
    Bits out = Bits.zero(x.rows());
    crew.run(
        x.rows(),
        (k, from, to) -> {
          Planes planes = Planes.of(party, x, y, true, from, to - from);
          conjunction(
              crew.party(k), crew.step(k), masks[k], planes, x.width(), out, from / Long.SIZE);
        });
    return out;
  }

  /** The AND of all planes, into the longs of {@code out} from {@code at} on. */
  private static void conjunction(
      Party party, Step step, Masks masks, Planes planes, int width, Bits out, int at) {
    int m = planes.longs;
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
    Planes.reorder(first, 0, planes.rows, out.first(), at);
    Planes.reorder(second, 0, planes.rows, out.second(), at);
  }

  public static Cost cost(int rows, int width) {
    return Cost.longs((long) Bits.longs(rows) * (width - 1), ceilLog2(width));
  }

  static int ceilLog2(int value) {
    return value <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(value - 1);
  }
}
