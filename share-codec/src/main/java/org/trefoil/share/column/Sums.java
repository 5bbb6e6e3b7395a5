package org.trefoil.share.column;

/**
 * An arithmetically shared column over Z_2^64 (one limb) or Z_2^128 (two limbs, the low one first);
 * signed values are in two's complement.
 */
public record Sums(int rows, long[][] first, long[][] second) implements SharedColumn {
  public Sums {
    if (first.length < 1 || first.length > 2 || second.length != first.length) {
      throw new IllegalArgumentException("a ring element has 1 or 2 limbs");
    }
    for (int k = 0; k < first.length; k++) {
      if (first[k].length != rows || second[k].length != rows) {
        throw new IllegalArgumentException("limb " + k + " does not have " + rows + " rows");
      }
    }
  }

  public static Sums zero(int width, int rows) {
    return new Sums(rows, new long[width / 64][rows], new long[width / 64][rows]);
  }

  public int limbs() {
    return first.length;
  }

  @Override
  public int width() {
    return 64 * first.length;
  }

  @Override
  public String toString() {
    return "Sums[" + rows + " x " + width() + "]";
  }
}
