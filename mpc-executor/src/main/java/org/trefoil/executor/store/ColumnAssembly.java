package org.trefoil.executor.store;

import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * One party's column of a source, filled chunk by chunk: rows of all chunks of the first branch,
 * then of the second, and so on. Local; every component is copied on its own.
 */
final class ColumnAssembly {
  private final ColumnShape shape;
  private final int rows;
  private final long[][] first;
  private final long[][] second;
  private int filled;

  ColumnAssembly(ColumnShape shape, int rows) {
    this.shape = shape;
    this.rows = rows;
    this.first = new long[shape.limbs()][shape.longsPerLimb(rows)];
    this.second = new long[shape.limbs()][shape.longsPerLimb(rows)];
  }

  /** Appends a chunk of the same shape. */
  void append(SharedColumn chunk) {
    if (filled + chunk.rows() > rows) {
      throw new IllegalArgumentException("more than " + rows + " rows");
    }
    if (chunk instanceof Bits bits) {
      appendBits(bits.first(), first[0], bits.rows());
      appendBits(bits.second(), second[0], bits.rows());
    } else if (chunk instanceof Words words) {
      appendLimbs(words.first(), first, words.rows());
      appendLimbs(words.second(), second, words.rows());
    } else if (chunk instanceof Sums sums) {
      appendLimbs(sums.first(), first, sums.rows());
      appendLimbs(sums.second(), second, sums.rows());
    }
    filled += chunk.rows();
  }

  /** The column, once it is full. */
  SharedColumn column() {
    if (filled != rows) {
      throw new IllegalStateException(filled + " of " + rows + " rows are there");
    }
    return shape.column(rows, first, second);
  }

  private void appendLimbs(long[][] from, long[][] to, int count) {
    for (int k = 0; k < to.length; k++) {
      System.arraycopy(from[k], 0, to[k], filled, count);
    }
  }

  private void appendBits(long[] from, long[] to, int count) {
    int shift = filled & 63;
    int at = filled >>> 6;
    for (int i = 0; i < Bits.longs(count); i++) {
      int left = count - 64 * i;
      // What lies past the last row of a chunk is unspecified and must not reach the next one.
      long word = left >= 64 ? from[i] : from[i] & ((1L << left) - 1);
      to[at + i] |= word << shift;
      if (shift != 0 && at + i + 1 < to.length) {
        to[at + i + 1] |= word >>> (64 - shift);
      }
    }
  }
}
