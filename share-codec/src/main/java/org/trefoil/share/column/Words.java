package org.trefoil.share.column;

/**
 * A Boolean-shared column of {@code width} bits per row: limb k of row r is {@code first[k][r]},
 * limb 0 the least significant 64 bits. Bits at and above {@code width} are zero in both
 * components.
 */
public record Words(int width, int rows, long[][] first, long[][] second) implements SharedColumn {
  public Words {
    if (first.length != limbs(width) || second.length != limbs(width)) {
      throw new IllegalArgumentException(width + " bits need " + limbs(width) + " limbs");
    }
    for (int k = 0; k < first.length; k++) {
      if (first[k].length != rows || second[k].length != rows) {
        throw new IllegalArgumentException("limb " + k + " does not have " + rows + " rows");
      }
    }
  }

  /** Longs that hold {@code width} bits. */
  public static int limbs(int width) {
    return (width + 63) >>> 6;
  }

  /** The bits of limb {@code limb} that belong to a value of {@code width} bits. */
  public static long mask(int width, int limb) {
    int bits = width - 64 * limb;
    return bits >= 64 ? -1L : bits <= 0 ? 0 : (1L << bits) - 1;
  }

  public static Words zero(int width, int rows) {
    return new Words(width, rows, new long[limbs(width)][rows], new long[limbs(width)][rows]);
  }

  @Override
  public String toString() {
    return "Words[" + rows + " x " + width + "]";
  }
}
