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
    Planes planes = new Planes(x.width(), rows);
    planes.fill(party, x, y, null, invert, from);
    return planes;
  }

  /** Memory for planes of at most {@code rows} rows; the first are planes of none. */
  Planes(int width, int rows) {
    this(rows, new long[width * Bits.longs(rows)], new long[width * Bits.longs(rows)]);
  }

  /** Planes of {@code rows} rows in the memory of entry {@code k}, or in more if need be. */
  static Planes in(Planes[] memory, int k, int width, int rows) {
    if (memory[k] == null || memory[k].first.length < width * Bits.longs(rows)) {
      memory[k] = null;
      memory[k] = new Planes(width, rows);
    }
    return memory[k].reused(rows);
  }

  /** Planes of {@code rows} rows in the memory of these, which are no longer used. */
  Planes reused(int rows) {
    return new Planes(rows, first, second);
  }

  /**
   * The planes of {@code x}, with {@code invert} of its complement, for the rows {@code [from, from
   * + rows)} or, if given, for the rows at these places of {@code index}.
   */
  void fill(Party party, Words x, int[] index, boolean invert, int from) {
    fill(party, x, null, index, invert, from);
  }

  private void fill(Party party, Words x, Words y, int[] index, boolean invert, int from) {
    for (int limb = 0; limb < x.first().length; limb++) {
      slice(
          x.first()[limb],
          y == null ? null : y.first()[limb],
          index,
          invert && party.id() == 0 ? -1 : 0,
          from,
          Math.min(64, x.width() - 64 * limb),
          first,
          64 * limb * longs);
      slice(
          x.second()[limb],
          y == null ? null : y.second()[limb],
          index,
          invert && party.id() == 2 ? -1 : 0,
          from,
          Math.min(64, x.width() - 64 * limb),
          second,
          64 * limb * longs);
    }
  }

  private void slice(
      long[] x, long[] y, int[] index, long flip, int from, int width, long[] planes, int at) {
    int full = rows / TILE * TILE;
    long[] tile = new long[TILE];
    for (int begin = 0; begin < full; begin += TILE) {
      read(x, y, index, flip, from + begin, TILE, tile);
      if (width <= 32) {
        transposeNarrowTile(tile);
      } else {
        transposeTile(tile);
      }
      for (int b = 0; b < width; b++) {
        System.arraycopy(tile, b * 64, planes, at + b * longs + begin / 64, 64);
      }
    }
    if (full < rows) {
      int lanes = longs - full / 64;
      long[] last = new long[rows - full];
      read(x, y, index, flip, from + full, last.length, last);
      Arrays.fill(tile, 0);
      for (int r = 0; r < last.length; r++) {
        tile[(r & 63) * lanes + (r >>> 6)] = last[r];
      }
      transpose(tile, lanes);
      for (int b = 0; b < width; b++) {
        System.arraycopy(tile, b * lanes, planes, at + b * longs + full / 64, lanes);
      }
    }
  }

  private static void read(
      long[] x, long[] y, int[] index, long flip, int from, int count, long[] out) {
    if (index != null) {
      for (int i = 0; i < count; i++) {
        out[i] = x[index[from + i]] ^ flip;
      }
    } else if (y != null) {
      for (int i = 0; i < count; i++) {
        out[i] = x[from + i] ^ y[from + i] ^ flip;
      }
    } else {
      for (int i = 0; i < count; i++) {
        out[i] = x[from + i] ^ flip;
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
    if (lanes == 64) {
      transposeTile(tile);
      return;
    }
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

  // A full tile, two of the six stages per pass. The distances are literals: with distances in
  // variables the
  // compiler cannot tell that loads and stores are apart, and does not vectorise (6 times slower).

  private static void transposeTile(long[] tile) {
    swap32And16(tile);
    for (int k = 0; k < TILE; k += 16 * 64) {
      swap8And4(tile, k);
    }
    for (int k = 0; k < TILE; k += 4 * 64) {
      swap2And1(tile, k);
    }
  }

  /** The low 32 bits of all rows: half of the tile and half of the work. */
  private static void transposeNarrowTile(long[] tile) {
    for (int i = 0; i < TILE / 2; i++) {
      tile[i] = (tile[i] & 0xFFFFFFFFL) | (tile[i + TILE / 2] << 32);
    }
    for (int i = 0; i < 1024; i++) {
      long p = tile[i];
      long q = tile[i + 1024];
      long d = ((p >>> 16) ^ q) & 0x0000FFFF0000FFFFL;
      tile[i] = p ^ (d << 16);
      tile[i + 1024] = q ^ d;
    }
    for (int k = 0; k < TILE / 2; k += 16 * 64) {
      swap8And4(tile, k);
    }
    for (int k = 0; k < TILE / 2; k += 4 * 64) {
      swap2And1(tile, k);
    }
  }

  private static void swap32And16(long[] tile) {
    for (int i = 0; i < 1024; i++) {
      long p = tile[i];
      long q = tile[i + 1024];
      long r = tile[i + 2048];
      long s = tile[i + 3072];
      long d = ((p >>> 32) ^ r) & 0x00000000FFFFFFFFL;
      r ^= d;
      p ^= d << 32;
      d = ((q >>> 32) ^ s) & 0x00000000FFFFFFFFL;
      s ^= d;
      q ^= d << 32;
      d = ((p >>> 16) ^ q) & 0x0000FFFF0000FFFFL;
      q ^= d;
      p ^= d << 16;
      d = ((r >>> 16) ^ s) & 0x0000FFFF0000FFFFL;
      s ^= d;
      r ^= d << 16;
      tile[i] = p;
      tile[i + 1024] = q;
      tile[i + 2048] = r;
      tile[i + 3072] = s;
    }
  }

  private static void swap8And4(long[] tile, int from) {
    for (int i = from; i < from + 256; i++) {
      long p = tile[i];
      long q = tile[i + 256];
      long r = tile[i + 512];
      long s = tile[i + 768];
      long d = ((p >>> 8) ^ r) & 0x00FF00FF00FF00FFL;
      r ^= d;
      p ^= d << 8;
      d = ((q >>> 8) ^ s) & 0x00FF00FF00FF00FFL;
      s ^= d;
      q ^= d << 8;
      d = ((p >>> 4) ^ q) & 0x0F0F0F0F0F0F0F0FL;
      q ^= d;
      p ^= d << 4;
      d = ((r >>> 4) ^ s) & 0x0F0F0F0F0F0F0F0FL;
      s ^= d;
      r ^= d << 4;
      tile[i] = p;
      tile[i + 256] = q;
      tile[i + 512] = r;
      tile[i + 768] = s;
    }
  }

  private static void swap2And1(long[] tile, int from) {
    for (int i = from; i < from + 64; i++) {
      long p = tile[i];
      long q = tile[i + 64];
      long r = tile[i + 128];
      long s = tile[i + 192];
      long d = ((p >>> 2) ^ r) & 0x3333333333333333L;
      r ^= d;
      p ^= d << 2;
      d = ((q >>> 2) ^ s) & 0x3333333333333333L;
      s ^= d;
      q ^= d << 2;
      d = ((p >>> 1) ^ q) & 0x5555555555555555L;
      q ^= d;
      p ^= d << 1;
      d = ((r >>> 1) ^ s) & 0x5555555555555555L;
      s ^= d;
      r ^= d << 1;
      tile[i] = p;
      tile[i + 64] = q;
      tile[i + 128] = r;
      tile[i + 192] = s;
    }
  }
}
