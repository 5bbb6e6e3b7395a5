package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Transport;

/**
 * Narrow values on the wire: a value of at most 32 bits takes 1, 2, 4, 8, 16 or 32 of them, wider
 * ones 64. Long j of a message of m longs holds values j, j + m, j + 2m, ... from its low bits up,
 * so that packing is a plain loop over arrays.
 */
final class Wire {
  private Wire() {}

  /** Bits on the wire of a value of {@code width} bits; a multi-limb value goes limb by limb. */
  static int width(int width) {
    return width > 32 ? 64 : width <= 1 ? 1 : Integer.highestOneBit(width - 1) << 1;
  }

  /** Values in a message of {@link Transport#PIECE} longs. */
  static int values(int wire) {
    return Transport.PIECE * (64 / wire);
  }

  /** Longs that {@code count} values take within one message. */
  static int longs(int count, int wire) {
    int each = 64 / wire;
    return (count + each - 1) / each;
  }

  /** Longs that a segment of {@code count} values takes in all its messages. */
  static long total(int count, int wire) {
    int values = values(wire);
    return (long) (count / values) * Transport.PIECE + longs(count % values, wire);
  }

  /**
   * Packs {@code values[from .. from + count)}, which have no bits above the width; their longs.
   */
  static int pack(long[] values, int from, int count, int wire, long[] packed) {
    int longs = longs(count, wire);
    System.arraycopy(values, from, packed, 0, longs);
    for (int lane = 1; lane * longs < count; lane++) {
      int shift = lane * wire;
      int at = from + lane * longs;
      int k = Math.min(longs, count - lane * longs);
      for (int j = 0; j < k; j++) {
        packed[j] |= values[at + j] << shift;
      }
    }
    return longs;
  }

  static void unpack(long[] packed, long[] values, int from, int count, int wire) {
    int longs = longs(count, wire);
    long mask = (1L << wire) - 1;
    for (int lane = 0; lane * longs < count; lane++) {
      int shift = lane * wire;
      int at = from + lane * longs;
      int k = Math.min(longs, count - lane * longs);
      for (int j = 0; j < k; j++) {
        values[at + j] = (packed[j] >>> shift) & mask;
      }
    }
  }
}
