package org.trefoil.executor.protocol;

/** Plain loops over pieces that the compiler vectorises: what a party computes before it sends. */
final class Kernels {
  private Kernels() {}

  /** out = x & y, this party's part: x0 y0 ^ x0 y1 ^ x1 y0, masked. */
  static void and(
      long[] x0,
      long[] x1,
      int x,
      long[] y0,
      long[] y1,
      int y,
      long[] mask,
      int m,
      long[] out,
      int at,
      int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = (x0[x + i] & (y0[y + i] ^ y1[y + i])) ^ (x1[x + i] & y0[y + i]) ^ mask[m + i];
    }
  }

  /** out = (x & y) ^ z. */
  static void andXor(
      long[] x0,
      long[] x1,
      int x,
      long[] y0,
      long[] y1,
      int y,
      long[] z0,
      int z,
      long[] mask,
      int m,
      long[] out,
      int at,
      int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] =
          (x0[x + i] & (y0[y + i] ^ y1[y + i])) ^ (x1[x + i] & y0[y + i]) ^ z0[z + i] ^ mask[m + i];
    }
  }

  /** out = (x & (y ^ z)) ^ z. */
  static void select(
      long[] x0,
      long[] x1,
      int x,
      long[] y0,
      long[] y1,
      int y,
      long[] z0,
      long[] z1,
      int z,
      long[] mask,
      int m,
      long[] out,
      int at,
      int count) {
    for (int i = 0; i < count; i++) {
      long d0 = y0[y + i] ^ z0[z + i];
      long d1 = y1[y + i] ^ z1[z + i];
      out[at + i] = (x0[x + i] & (d0 ^ d1)) ^ (x1[x + i] & d0) ^ z0[z + i] ^ mask[m + i];
    }
  }

  /** One bit of a borrow, x < y from the low bits up: out = x == y ? l : y, given n = not x. */
  static void borrow(
      long[] n0,
      long[] n1,
      long[] y0,
      long[] y1,
      int plane,
      long[] l0,
      long[] l1,
      long[] mask,
      long[] out,
      int at,
      int count) {
    for (int i = 0; i < count; i++) {
      long a0 = y0[plane + i];
      long a1 = y1[plane + i];
      long d0 = l0[at + i] ^ a0;
      long d1 = l1[at + i] ^ a1;
      out[at + i] = ((n0[plane + i] ^ a0) & (d0 ^ d1)) ^ ((n1[plane + i] ^ a1) & d0) ^ a0 ^ mask[i];
    }
  }

  /** out = x y over Z_2^64. */
  static void multiply(
      long[] x0, long[] x1, long[] y0, long[] y1, long[] mask, long[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = x0[at + i] * (y0[at + i] + y1[at + i]) + x1[at + i] * y0[at + i] + mask[i];
    }
  }

  /** The high 64 bits of the product of two unsigned words. */
  static long high(long x, long y) {
    return Math.multiplyHigh(x, y) + ((x >> 63) & y) + ((y >> 63) & x);
  }

  /** 1 if low words x + y = sum carried. */
  static long carry(long x, long sum) {
    return Long.compareUnsigned(sum, x) < 0 ? 1 : 0;
  }

  /** -1 where the row's bit is one, else 0, for rows from .. from + count. */
  static void spread(long[] bits, int from, long[] out, int count) {
    for (int i = 0; i < count; i++) {
      int r = from + i;
      out[i] = -((bits[r >>> 6] >>> r) & 1);
    }
  }

  /** What this party adds to the sum of x y over all rows. */
  static long inner(long[] x0, long[] x1, long[] y0, long[] y1) {
    long sum = 0;
    for (int i = 0; i < x0.length; i++) {
      sum += x0[i] * (y0[i] + y1[i]) + x1[i] * y0[i];
    }
    return sum;
  }
}
