package org.trefoil.executor.protocol;

import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;

/** Uniformly random permutations. */
final class Permutation {
  private static final int BATCH = 1024;

  /** A permutation of so many rows fits a core's cache. */
  private static final int SMALL = 1 << 14;

  private static final int MOST_HEAPS = 256;

  private Permutation() {}

  /**
   * A uniformly random permutation of 0 .. n - 1. Large ones are dealt into heaps that fit a cache,
   * every number to a heap drawn for it, and each heap is permuted for itself: of the permutations
   * that n draws of a heap and the permutations of all heaps lead to, each comes about in as many
   * ways (Rao 1961, Sandelius 1962).
   */
  static int[] random(RandomWords words, int n) {
    int[] out = new int[n];
    if (n <= SMALL) {
      for (int i = 0; i < n; i++) {
        out[i] = i;
      }
      permute(words, out, 0, n);
      return out;
    }
    int heaps = Math.min(MOST_HEAPS, Integer.highestOneBit((n - 1) / SMALL) << 1);
    int[] end = deal(words, out, heaps);
    int from = 0;
    for (int to : end) {
      permute(words, out, from, to);
      from = to;
    }
    return out;
  }

  /** Puts every number on a random heap, the heaps one after another; where each ends. */
  private static int[] deal(RandomWords words, int[] out, int heaps) {
    int n = out.length;
    // Eight numbers' heaps to a word, each in the low bits of a byte.
    long[] drawn = new long[(n + 7) >>> 3];
    for (int at = 0; at < drawn.length; at += BATCH) {
      words.next(drawn, at, Math.min(BATCH, drawn.length - at));
    }
    int mask = heaps - 1;
    int[] at = new int[heaps];
    for (int i = 0; i < n; i++) {
      at[(int) (drawn[i >>> 3] >>> ((i & 7) << 3)) & mask]++;
    }
    int before = 0;
    for (int h = 0; h < heaps; h++) {
      int size = at[h];
      at[h] = before;
      before += size;
    }
    for (int i = 0; i < n; i++) {
      out[at[(int) (drawn[i >>> 3] >>> ((i & 7) << 3)) & mask]++] = i;
    }
    return at;
  }

  /** Permutes entries {@code [from, to)}: Fisher-Yates with rejection sampling. */
  private static void permute(RandomWords words, int[] out, int from, int to) {
    long[] batch = new long[BATCH];
    int used = BATCH;
    for (int i = to - from - 1; i > 0; i--) {
      long bound = i + 1L;
      long low;
      long word;
      // Lemire 2019: the high word of word x bound is uniform unless the low one is below 2^64 mod
      // bound.
      do {
        if (used == BATCH) {
          words.next(batch, 0, BATCH);
          used = 0;
        }
        word = batch[used++];
        low = word * bound;
      } while (Long.compareUnsigned(low, bound) < 0
          && Long.compareUnsigned(low, Long.remainderUnsigned(-bound, bound)) < 0);
      int j = from + (int) Kernels.high(word, bound);
      int held = out[from + i];
      out[from + i] = out[j];
      out[j] = held;
    }
  }

  /** The permutation r to outer[inner[r]]. */
  static int[] compose(int[] outer, int[] inner) {
    int[] out = new int[inner.length];
    for (int r = 0; r < out.length; r++) {
      out[r] = outer[inner[r]];
    }
    return out;
  }

  /** EXECUTORS_DISAGREE unless these are destinations that make a permutation. */
  static void check(Step step, int[] values) {
    long[] seen = new long[Bits.longs(values.length)];
    for (int value : values) {
      if (value < 0 || value >= values.length || (seen[value >>> 6] >>> value & 1) != 0) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot move rows in step "
                + step.path()
                + ": the destinations are not a permutation. Run the query again; if it fails again, an executor deviates.");
      }
      seen[value >>> 6] |= 1L << value;
    }
  }
}
