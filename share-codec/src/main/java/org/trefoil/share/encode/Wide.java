package org.trefoil.share.encode;

import java.math.BigInteger;

/** A reusable 128-bit two's complement number: every value of at most 38 digits fits. */
final class Wide {
  private static final BigInteger LOW = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  long high;
  long low;

  static Wide of(BigInteger value) {
    Wide wide = new Wide();
    wide.set(value);
    return wide;
  }

  /** Whether a number fits at all. */
  static boolean fits(BigInteger value) {
    return value.bitLength() <= 127;
  }

  void set(long value) {
    low = value;
    high = value >> 63;
  }

  void set(BigInteger value) {
    low = value.longValue();
    high = value.bitLength() <= 63 ? low >> 63 : value.shiftRight(64).longValue();
  }

  boolean lessThan(Wide other) {
    return high != other.high ? high < other.high : Long.compareUnsigned(low, other.low) < 0;
  }

  /** Subtracts modulo 2^128: exact as an unsigned number where {@code other} is not greater. */
  void subtract(Wide other) {
    long borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
    low -= other.low;
    high = high - other.high - borrow;
  }

  /** Whether the number, unsigned, has at most {@code width} bits. */
  boolean hasWidth(int width) {
    if (width >= 128) {
      return true;
    }
    return width >= 64
        ? (width == 64 ? high : high >>> (width - 64)) == 0
        : high == 0 && low >>> width == 0;
  }

  /** The number of two limbs, as a signed one. */
  static BigInteger signed(long high, long low) {
    return BigInteger.valueOf(high).shiftLeft(64).or(BigInteger.valueOf(low).and(LOW));
  }
}
