package org.trefoil.executor.protocol;

/** Uniformly random permutations. */
final class Permutation {
  private static final int BATCH = 1024;

  private Permutation() {}

  /** A uniformly random permutation of 0 .. n - 1, by Fisher-Yates with rejection sampling. */
  static int[] random(RandomWords words, int n) {
    int[] out = new int[n];
    for (int i = 0; i < n; i++) {
      out[i] = i;
    }
    long[] batch = new long[BATCH];
    int used = BATCH;
    for (int i = n - 1; i > 0; i--) {
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
      int j = (int) Kernels.high(word, bound);
      int held = out[i];
      out[i] = out[j];
      out[j] = held;
    }
    return out;
  }

  /** The permutation r to outer[inner[r]]. */
  static int[] compose(int[] outer, int[] inner) {
    int[] out = new int[inner.length];
    for (int r = 0; r < out.length; r++) {
      out[r] = outer[inner[r]];
    }
    return out;
  }
}
