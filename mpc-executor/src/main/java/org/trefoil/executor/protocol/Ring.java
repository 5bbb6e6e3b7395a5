package org.trefoil.executor.protocol;

/** Sums and differences of arrays over Z_2^64 (one limb) or Z_2^128 (two, the low one first). */
final class Ring {
  private Ring() {}

  /** out = x + sign y for {@code count} elements; {@code out} may be {@code x} or {@code y}. */
  static void combine(
      long[][] x, int xAt, long[][] y, int yAt, int sign, long[][] out, int at, int count) {
    if (x.length == 1) {
      if (sign > 0) {
        plus(x[0], xAt, y[0], yAt, out[0], at, count);
      } else {
        minus(x[0], xAt, y[0], yAt, out[0], at, count);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      long a = x[0][xAt + i];
      long b = y[0][yAt + i];
      if (sign > 0) {
        out[0][at + i] = a + b;
        out[1][at + i] = x[1][xAt + i] + y[1][yAt + i] + Kernels.carry(a, a + b);
      } else {
        out[0][at + i] = a - b;
        out[1][at + i] = x[1][xAt + i] - y[1][yAt + i] - (Long.compareUnsigned(a, b) < 0 ? 1 : 0);
      }
    }
  }

  private static void plus(long[] x, int xAt, long[] y, int yAt, long[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = x[xAt + i] + y[yAt + i];
    }
  }

  private static void minus(long[] x, int xAt, long[] y, int yAt, long[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = x[xAt + i] - y[yAt + i];
    }
  }
}
