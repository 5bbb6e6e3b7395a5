package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.stream.Stream;

/** The least and greatest unscaled value that something may have; both inclusive, both public. */
public record Interval(BigInteger least, BigInteger greatest) {
  public static final Interval BIT = of(0, 1);

  public static Interval of(long least, long greatest) {
    return new Interval(BigInteger.valueOf(least), BigInteger.valueOf(greatest));
  }

  public static Interval of(BigInteger value) {
    return new Interval(value, value);
  }

  /** All numbers of {@code bits} bits in two's complement. */
  public static Interval signed(int bits) {
    BigInteger half = BigInteger.ONE.shiftLeft(bits - 1);
    return new Interval(half.negate(), half.subtract(BigInteger.ONE));
  }

  public Interval plus(Interval other) {
    return new Interval(least.add(other.least), greatest.add(other.greatest));
  }

  public Interval negated() {
    return new Interval(greatest.negate(), least.negate());
  }

  public Interval minus(Interval other) {
    return plus(other.negated());
  }

  public Interval times(Interval other) {
    BigInteger[] corners =
        Stream.of(
                least.multiply(other.least),
                least.multiply(other.greatest),
                greatest.multiply(other.least),
                greatest.multiply(other.greatest))
            .sorted()
            .toArray(BigInteger[]::new);
    return new Interval(corners[0], corners[3]);
  }

  public Interval hull(Interval other) {
    return new Interval(least.min(other.least), greatest.max(other.greatest));
  }

  /** Rounded quotients; a divisor has the magnitude 1 at least. */
  public Interval dividedBy(Interval divisor) {
    if (divisor.least.signum() <= 0) {
      Interval most = hull(of(BigInteger.ZERO));
      return divisor.least.signum() < 0 ? most.hull(most.negated()) : most;
    }
    return new Interval(
        least
            .divide(least.signum() < 0 ? divisor.least : divisor.greatest)
            .subtract(BigInteger.ONE),
        greatest
            .divide(greatest.signum() < 0 ? divisor.greatest : divisor.least)
            .add(BigInteger.ONE));
  }

  public boolean within(Interval other) {
    return least.compareTo(other.least) >= 0 && greatest.compareTo(other.greatest) <= 0;
  }

  /** The bits of its values in two's complement, at least 1. */
  public int signedBits() {
    return Math.max(least.bitLength(), greatest.bitLength()) + 1;
  }

  /** The sum of 0 to {@code rows} such values. */
  public Interval summed(long rows) {
    return times(of(0, rows));
  }
}
