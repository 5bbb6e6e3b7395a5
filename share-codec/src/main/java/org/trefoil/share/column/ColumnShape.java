package org.trefoil.share.column;

/**
 * Which of the three column layouts, and how wide: all that is public of a column but its length.
 *
 * @param width 1 for BITS; bits per row for WORDS; 64 or 128 for SUMS
 */
public record ColumnShape(Kind kind, int width) {
  /** The layouts {@link Bits}, {@link Words} and {@link Sums}. */
  public enum Kind {
    BITS,
    WORDS,
    SUMS
  }

  public static final ColumnShape BIT = new ColumnShape(Kind.BITS, 1);

  public static ColumnShape words(int width) {
    return new ColumnShape(Kind.WORDS, width);
  }

  public static ColumnShape sums(int width) {
    return new ColumnShape(Kind.SUMS, width);
  }

  /** Longs per limb of a column of {@code rows} rows. */
  public int longsPerLimb(int rows) {
    return kind == Kind.BITS ? Bits.longs(rows) : rows;
  }

  /** A column of this shape, of its two components by limb. */
  public SharedColumn column(int rows, long[][] first, long[][] second) {
    return switch (kind) {
      case BITS -> new Bits(rows, first[0], second[0]);
      case WORDS -> new Words(width, rows, first, second);
      case SUMS -> new Sums(rows, first, second);
    };
  }

  public int limbs() {
    return Words.limbs(width);
  }
}
