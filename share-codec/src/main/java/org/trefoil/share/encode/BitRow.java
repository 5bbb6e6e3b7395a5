package org.trefoil.share.encode;

/** The bits of one row of a WORDS column: limb 0 holds the least significant 64. */
final class BitRow {
  private BitRow() {}

  /**
   * Sets bits {@code offset} and up, which are zero, to the low {@code width} bits of a number that
   * has no others.
   */
  static void or(long[] bits, int offset, int width, long high, long low) {
    orWord(bits, offset, Math.min(width, 64), low);
    if (width > 64) {
      orWord(bits, offset + 64, width - 64, high);
    }
  }

  private static void orWord(long[] bits, int offset, int width, long word) {
    int limb = offset >>> 6;
    int shift = offset & 63;
    bits[limb] |= word << shift;
    if (shift + width > 64) {
      bits[limb + 1] |= word >>> (64 - shift);
    }
  }

  /** Bits {@code offset} to {@code offset + width}, at most 64. */
  static long read(long[] bits, int offset, int width) {
    if (width == 0) {
      return 0;
    }
    int limb = offset >>> 6;
    int shift = offset & 63;
    long word = bits[limb] >>> shift;
    if (shift + width > 64) {
      word |= bits[limb + 1] << (64 - shift);
    }
    return width == 64 ? word : word & ((1L << width) - 1);
  }
}
