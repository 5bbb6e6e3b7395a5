package org.trefoil.share.column;

/**
 * A column of one secret bit per row, 64 rows to a long: row r is bit r mod 64 of long r / 64. Bits
 * past the last row are unspecified and must not be relied upon.
 */
public record Bits(int rows, long[] first, long[] second) implements SharedColumn {
  public Bits {
    if (first.length != longs(rows) || second.length != longs(rows)) {
      throw new IllegalArgumentException(rows + " rows need " + longs(rows) + " longs");
    }
  }

  /** Longs that hold one bit for each of {@code rows} rows. */
  public static int longs(int rows) {
    return (rows + 63) >>> 6;
  }

  public static Bits zero(int rows) {
    return new Bits(rows, new long[longs(rows)], new long[longs(rows)]);
  }

  @Override
  public int width() {
    return 1;
  }

  @Override
  public String toString() {
    return "Bits[" + rows + "]";
  }
}
