package org.trefoil.api.plan;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.stream.Stream;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.type.DataType;

/**
 * The least and the greatest unscaled value that an expression can have, both inclusive. Travels in
 * closures of Spark tasks.
 */
public record Bounds(BigInteger least, BigInteger greatest) implements Serializable {
  public Bounds {
    if (least.compareTo(greatest) > 0) {
      throw new IllegalArgumentException(least + " is more than " + greatest);
    }
  }

  static final Bounds ZERO = of(0, 0);

  static Bounds of(long least, long greatest) {
    return new Bounds(BigInteger.valueOf(least), BigInteger.valueOf(greatest));
  }

  /** All values from {@code -limit} to {@code limit}. */
  static Bounds symmetric(BigInteger limit) {
    return new Bounds(limit.negate(), limit);
  }

  /**
   * All values of a type other than STRING and BINARY; of a DOUBLE or FLOAT in fixed point those
   * whose unscaled value has at most 62 bits.
   */
  static Bounds ofType(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> of(0, 1);
      case TINYINT -> of(Byte.MIN_VALUE, Byte.MAX_VALUE);
      case SMALLINT -> of(Short.MIN_VALUE, Short.MAX_VALUE);
      case INT, DATE, YEAR_MONTH -> of(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case BIGINT, TIMESTAMP, DAY_TIME -> of(Long.MIN_VALUE, Long.MAX_VALUE);
      case DECIMAL -> symmetric(BigInteger.TEN.pow(type.precision()).subtract(BigInteger.ONE));
      case DOUBLE, FLOAT -> symmetric(BigInteger.ONE.shiftLeft(62));
      case STRING, BINARY -> throw new IllegalArgumentException(type.sql() + " is not a number");
    };
  }

  /** The values of {@code range} that a column of type {@code type} can have. */
  public static Bounds ofRange(Range range, DataType type) {
    Bounds all = ofType(type);
    BigInteger least =
        range.least().movePointRight(type.scale()).setScale(0, RoundingMode.CEILING).toBigInteger();
    BigInteger greatest =
        range
            .greatest()
            .movePointRight(type.scale())
            .setScale(0, RoundingMode.FLOOR)
            .toBigInteger();
    least = least.max(all.least).min(all.greatest);
    return new Bounds(least, greatest.min(all.greatest).max(least));
  }

  static Bounds ofValue(BigInteger value) {
    return new Bounds(value, value);
  }

  boolean within(Bounds other) {
    return least.compareTo(other.least) >= 0 && greatest.compareTo(other.greatest) <= 0;
  }

  /** The smallest bounds that hold both. */
  Bounds hull(Bounds other) {
    return new Bounds(least.min(other.least), greatest.max(other.greatest));
  }

  Bounds plus(Bounds other) {
    return new Bounds(least.add(other.least), greatest.add(other.greatest));
  }

  /** The bounds of the values as floating point has them, with so many digits of two. */
  Bounds rounded(int digits) {
    return new Bounds(
        least.subtract(least.abs().shiftRight(digits)),
        greatest.add(greatest.abs().shiftRight(digits)));
  }

  Bounds negated() {
    return new Bounds(greatest.negate(), least.negate());
  }

  Bounds times(Bounds other) {
    BigInteger[] products = {
      least.multiply(other.least),
      least.multiply(other.greatest),
      greatest.multiply(other.least),
      greatest.multiply(other.greatest)
    };
    return new Bounds(
        Stream.of(products).reduce(BigInteger::min).orElseThrow(),
        Stream.of(products).reduce(BigInteger::max).orElseThrow());
  }

  /** Bounds of quotients, rounded; a divisor has the magnitude 1 at least. */
  Bounds dividedBy(Bounds divisor) {
    if (divisor.least.signum() <= 0) {
      Bounds most = hull(ZERO);
      return divisor.least.signum() < 0 ? most.hull(most.negated()) : most;
    }
    return new Bounds(
        least
            .divide(least.signum() < 0 ? divisor.least : divisor.greatest)
            .subtract(BigInteger.ONE),
        greatest
            .divide(greatest.signum() < 0 ? divisor.greatest : divisor.least)
            .add(BigInteger.ONE));
  }

  /** Bounds of the sum of up to {@code rows} values. */
  Bounds summed(long rows) {
    BigInteger n = BigInteger.valueOf(rows);
    return new Bounds(
        least.min(BigInteger.ZERO).multiply(n), greatest.max(BigInteger.ZERO).multiply(n));
  }

  /** The unscaled values when {@code digits} are added after the point, or rounded away. */
  Bounds rescaled(int digits) {
    if (digits == 0) {
      return this;
    }
    return new Bounds(
        new BigDecimal(least).movePointRight(digits).setScale(0, RoundingMode.FLOOR).toBigInteger(),
        new BigDecimal(greatest)
            .movePointRight(digits)
            .setScale(0, RoundingMode.CEILING)
            .toBigInteger());
  }

  /** Bits of two's complement that hold every value, sign included. */
  int signedBits() {
    return Math.max(least.bitLength(), greatest.bitLength()) + 1;
  }

  /** Bits that hold every value less the least one; at least 1. */
  int width() {
    return Math.max(1, greatest.subtract(least).bitLength());
  }
}
