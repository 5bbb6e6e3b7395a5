package org.trefoil.share.owner;

import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;
import org.trefoil.share.random.StreamKeys;

/** One component of a chunk, expanded from its seed column by column, limb by limb. */
final class SeedExpansion {
  private final Prg prg;

  SeedExpansion(byte[] seed, int component) {
    prg = StreamKeys.ofSeed(seed, "share component " + component);
  }

  long[][] next(ColumnShape shape, int rows) {
    long[][] limbs = new long[shape.limbs()][shape.longsPerLimb(rows)];
    for (int k = 0; k < limbs.length; k++) {
      prg.next(limbs[k], 0, limbs[k].length);
      trim(shape, rows, k, limbs[k]);
    }
    return limbs;
  }

  /** Clears the bits above a word's width and past the last packed row. */
  static void trim(ColumnShape shape, int rows, int k, long[] limb) {
    switch (shape.kind()) {
      case BITS -> {
        if ((rows & 63) != 0) {
          limb[limb.length - 1] &= (1L << (rows & 63)) - 1;
        }
      }
      case WORDS -> {
        long mask = Words.mask(shape.width(), k);
        if (mask != -1L) {
          for (int i = 0; i < limb.length; i++) {
            limb[i] &= mask;
          }
        }
      }
      case SUMS -> {}
    }
  }
}
