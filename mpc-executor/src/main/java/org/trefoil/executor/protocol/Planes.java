package org.trefoil.executor.protocol;

import java.util.Arrays;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * A Boolean column bit-sliced: plane b holds bit b of all rows, 64 rows to a long, and begins at
 * long {@code b * longs}. Within a tile of 4096 rows the order is that of the interleaved 64x64
 * transpose: bit k of long j is row 64 k + j; {@link #bits} restores the order of {@link Bits}. The
 * last, shorter tile is in that order already.
 */
final class Planes {
  /** Rows of a tile: 64 interleaved transposes of 64x64 bits, 32 KiB. */
  static final int TILE = 4096;

  final int rows;
  final int longs;
  final long[] first;
  final long[] second;

  Planes(int rows, long[] first, long[] second) {
    this.rows = rows;
    longs = Bits.longs(rows);
    this.first = first;
    this.second = second;
  }

  /**
   * The planes of {@code x}, or of {@code x ^ y} if {@code y} is given, for rows {@code [from, from
   * + rows)}; {@code from} is a multiple of 64. With {@code invert} of their complement.
   */
  static Planes of(Party party, Words x, Words y, boolean invert, int from, int rows) {
    int longs = Bits.longs(rows);
    long[] first = new long[x.width() * longs];
    long[] second = new long[x.width() * longs];
    for (int limb = 0; limb < x.first().length; limb++) {
      slice(
          x.first()[limb],
          y == null ? null : y.first()[limb],
          invert && party.id() == 0 ? -1 : 0,
          from,
          rows,
          Math.min(64, x.width() - 64 * limb),
          first,
          64 * limb * longs);
      slice(
          x.second()[limb],
          y == null ? null : y.second()[limb],
          invert && party.id() == 2 ? -1 : 0,
          from,
          rows,
          Math.min(64, x.width() - 64 * limb),
          second,
          64 * limb * longs);
    }
    return new Planes(rows, first, second);
  }

  private static void slice(
      long[] x, long[] y, long flip, int from, int rows, int width, long[] planes, int at) {
    long[] tile = new long[TILE];
    int longs = Bits.longs(rows);
    for (int begin = 0; begin < rows; begin += TILE) {
      int lanes = Math.min(64, longs - begin / 64);
      if (rows - begin >= TILE) {
        for (int i = 0; i < TILE; i++) {
          tile[i] = x[from + begin + i] ^ flip;
        }
        if (y != null) {
          for (int i = 0; i < TILE; i++) {
            tile[i] ^= y[from + begin + i];
          }
        }
      } else {
        for (int r = 0; r < 64 * lanes; r++) {
          int row = from + begin + r;
          long value = begin + r >= rows ? 0 : y == null ? x[row] ^ flip : x[row] ^ y[row] ^ flip;
          tile[(r & 63) * lanes + (r >>> 6)] = value;
        }
      }
      transpose(tile, lanes);
      for (int b = 0; b < width; b++) {
        System.arraycopy(tile, b * lanes, planes, at + b * longs + begin / 64, lanes);
      }
    }
  }

  /** Puts the planes as words at {@code out}'s rows from {@code to}; the inverse of {@link #of}. */
  void words(Words out, int to) {
    for (int limb = 0; limb < out.first().length; limb++) {
      int width = Math.min(64, out.width() - 64 * limb);
      join(first, 64 * limb * longs, width, out.first()[limb], to);
      join(second, 64 * limb * longs, width, out.second()[limb], to);
    }
  }

  private void join(long[] planes, int at, int width, long[] out, int to) {
    long[] tile = new long[TILE];
    for (int begin = 0; begin < rows; begin += TILE) {
      int lanes = Math.min(64, longs - begin / 64);
      for (int b = 0; b < 64; b++) {
        if (b < width) {
          System.arraycopy(planes, at + b * longs + begin / 64, tile, b * lanes, lanes);
        } else {
          Arrays.fill(tile, b * lanes, (b + 1) * lanes, 0);
        }
      }
      transpose(tile, lanes);
      if (rows - begin >= TILE) {
        System.arraycopy(tile, 0, out, to + begin, TILE);
      } else {
        for (int r = 0; begin + r < rows; r++) {
          out[to + begin + r] = tile[(r & 63) * lanes + (r >>> 6)];
        }
      }
    }
  }

  /** Puts a plane in the order of {@link Bits}, at {@code out[to ..]}; its own inverse. */
  static void reorder(long[] plane, int at, int rows, long[] out, int to) {
    int longs = Bits.longs(rows);
    System.arraycopy(plane, at, out, to, longs);
    long[] tile = new long[64];
    for (int begin = 0; begin + 64 <= rows / 64; begin += 64) {
      System.arraycopy(out, to + begin, tile, 0, 64);
      transpose(tile, 1);
      System.arraycopy(tile, 0, out, to + begin, 64);
    }
  }

  /**
   * Transposes {@code lanes} interleaved matrices of 64x64 bits in place: bit c of row k of lane j,
   * which is bit c of {@code tile[k * lanes + j]}, changes places with bit k of row c.
   */
  static void transpose(long[] tile, int lanes) {
    long mask = 0x00000000FFFFFFFFL;
    for (int j = 32; j != 0; j >>>= 1, mask ^= mask << j) {
      for (int k = 0; k < 64; k = ((k | j) + 1) & ~j) {
        swap(tile, k * lanes, (k + j) * lanes, j, mask, lanes);
      }
    }
  }

  private static void swap(long[] tile, int a, int b, int shift, long mask, int lanes) {
    for (int i = 0; i < lanes; i++) {
      long t = ((tile[a + i] >>> shift) ^ tile[b + i]) & mask;
      tile[b + i] ^= t;
      tile[a + i] ^= t << shift;
    }
  }
}
