package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.List;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** What several operators do locally with columns of any layout, and with wide constants. */
public final class Columns {
  private Columns() {}

  public static List<SharedColumn> rows(List<SharedColumn> columns, int[] from) {
    return columns.stream().map(c -> Local.rows(c, from)).toList();
  }

  public static List<SharedColumn> slice(List<SharedColumn> columns, int from, int to) {
    return columns.stream().map(c -> Local.slice(c, from, to)).toList();
  }

  public static List<ColumnShape> shapes(List<? extends SharedColumn> columns) {
    return columns.stream().map(Columns::shape).toList();
  }

  public static ColumnShape shape(SharedColumn column) {
    if (column instanceof Bits) {
      return ColumnShape.BIT;
    }
    return column instanceof Words
        ? ColumnShape.words(column.width())
        : ColumnShape.sums(column.width());
  }

  public static SharedColumn zero(ColumnShape shape, int rows) {
    return switch (shape.kind()) {
      case BITS -> Bits.zero(rows);
      case WORDS -> Words.zero(shape.width(), rows);
      case SUMS -> Sums.zero(shape.width(), rows);
    };
  }

  /** {@code before} rows of zeros, the rows of the column, {@code after} rows of zeros. */
  @SuppressWarnings("unchecked")
  public static <C extends SharedColumn> C padded(C column, int before, int after) {
    C all = column;
    if (before > 0) {
      all = Local.concat((C) zero(shape(column), before), all);
    }
    return after > 0 ? Local.concat(all, (C) zero(shape(column), after)) : all;
  }

  /** Every row less (xor) the row before it; the first row as it is. */
  static SharedColumn differences(SharedColumn column) {
    if (column instanceof Bits bits) {
      return Local.differences(bits);
    }
    return column instanceof Words words
        ? Local.differences(words)
        : Local.differences((Sums) column);
  }

  /** Every row plus (xor) all rows before it: undoes {@link #differences}. */
  static SharedColumn running(SharedColumn column) {
    if (column instanceof Bits bits) {
      return Local.runningXor(bits);
    }
    return column instanceof Words words
        ? Local.runningXor(words)
        : Local.runningSum((Sums) column);
  }

  /** Zeros in the first {@code zeros} rows, ones in the others. */
  static Bits onesAfter(Party party, int zeros, int rows) {
    return Local.concat(Bits.zero(zeros), Local.constant(party, true, rows - zeros));
  }

  /** 1, 2, 3, ... */
  static Sums positions(Party party, int rows) {
    return Local.runningSum(Local.sums(party, 64, rows, 1));
  }

  /** The words without their low {@code bits} bits. */
  static Words above(Words words, int bits) {
    return Local.field(words, bits, words.width() - bits);
  }

  static Sums constant(Party party, BigInteger value, int ring, int rows) {
    return Local.sums(party, ring, rows, value.longValue(), value.shiftRight(64).longValue());
  }

  /** Times a public number of any size. */
  static Sums times(Sums values, BigInteger factor) {
    if (factor.bitLength() < 64) {
      return Local.times(values, factor.longValue());
    }
    // factor = high 2^32 2^32 + low, with a low part that is not negative.
    BigInteger high = factor.shiftRight(62);
    BigInteger low = factor.subtract(high.shiftLeft(62));
    return Local.plus(
        Local.times(times(values, high), 1L << 62), Local.times(values, low.longValueExact()));
  }

  /** Times 10^{@code digits}. */
  static Sums rescaled(Sums values, int digits) {
    return digits == 0 ? values : times(values, BigInteger.TEN.pow(digits));
  }

  /** A number that is not negative, limb 0 its low bits. */
  static long[] limbs(BigInteger value, int width) {
    long[] limbs = new long[Words.limbs(width)];
    for (int k = 0; k < limbs.length; k++) {
      limbs[k] = value.shiftRight(64 * k).longValue();
    }
    return limbs;
  }
}
