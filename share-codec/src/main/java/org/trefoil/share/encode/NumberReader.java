package org.trefoil.share.encode;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Reads the unscaled value of everything but strings and bytes, and checks it against what is
 * declared. Fails with {@code VALUE_OUT_OF_RANGE}, which names the column and never the value.
 */
final class NumberReader {
  /** Below it, a double times a power of ten is off by less than a hundredth. */
  private static final double EXACT_ENOUGH = 1L << 45;

  private final Field field;
  private final Wide least;
  private final Wide greatest;
  private final double power;

  /**
   * @param bounds of the unscaled value, or null for those of the type alone
   */
  NumberReader(Field field, Bounds bounds) {
    this.field = field;
    Bounds type = typeBounds(field.type());
    BigInteger low = bounds == null ? type.least() : bounds.least().max(type.least());
    BigInteger high = bounds == null ? type.greatest() : bounds.greatest().min(type.greatest());
    least = Wide.of(low);
    greatest = Wide.of(high);
    power = Math.pow(10, field.type().scale());
  }

  private static Bounds typeBounds(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> new Bounds(BigInteger.ZERO, BigInteger.ONE);
      case TINYINT -> signed(8);
      case SMALLINT -> signed(16);
      case INT, DATE, YEAR_MONTH -> signed(32);
      case BIGINT, TIMESTAMP, DAY_TIME -> signed(64);
      case DOUBLE, FLOAT -> signed(128);
      case DECIMAL -> {
        BigInteger greatest = BigInteger.TEN.pow(type.precision()).subtract(BigInteger.ONE);
        yield new Bounds(greatest.negate(), greatest);
      }
      case STRING, BINARY -> throw new IllegalArgumentException(type.sql() + " is not a number");
    };
  }

  private static Bounds signed(int bits) {
    BigInteger half = BigInteger.ONE.shiftLeft(bits - 1);
    return new Bounds(half.negate(), half.subtract(BigInteger.ONE));
  }

  /** Sets {@code out} to the unscaled value of {@code value}, which is not null. */
  void read(Object value, Wide out) {
    switch (field.type().kind()) {
      case BOOLEAN -> out.set(require(value, Boolean.class) ? 1 : 0);
      case TINYINT, SMALLINT, INT, BIGINT, DATE, TIMESTAMP, DAY_TIME, YEAR_MONTH ->
          out.set(integer(value));
      case DECIMAL -> decimal(value, out);
      case DOUBLE, FLOAT -> fixedPoint(require(value, Number.class).doubleValue(), out);
      case STRING, BINARY -> throw new IllegalStateException();
    }
    if (out.lessThan(least) || greatest.lessThan(out)) {
      throw outOfRange();
    }
  }

  private long integer(Object value) {
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    throw Mismatch.of(field, value);
  }

  private void decimal(Object value, Wide out) {
    if (value instanceof Long unscaled) {
      out.set(unscaled);
      return;
    }
    BigInteger unscaled;
    if (value instanceof BigDecimal decimal) {
      unscaled = rescaled(decimal).unscaledValue();
    } else if (value instanceof BigInteger integer) {
      unscaled = integer;
    } else {
      throw Mismatch.of(field, value);
    }
    if (!Wide.fits(unscaled)) {
      throw outOfRange();
    }
    out.set(unscaled);
  }

  private BigDecimal rescaled(BigDecimal decimal) {
    if (decimal.scale() == field.type().scale()) {
      return decimal;
    }
    // A huge exponent must not make a huge number before it is refused.
    if (decimal.signum() != 0 && (long) decimal.precision() - decimal.scale() > 38) {
      throw outOfRange();
    }
    try {
      return decimal.setScale(field.type().scale(), RoundingMode.UNNECESSARY);
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  /** Rounds half up the shortest decimal that names the double, as Spark's cast to DECIMAL does. */
  private void fixedPoint(double value, Wide out) {
    double scaled = value * power;
    double nearest = Math.rint(scaled);
    if (Math.abs(scaled) < EXACT_ENOUGH && Math.abs(scaled - nearest) < 0.4) {
      out.set((long) nearest);
      return;
    }
    if (!Double.isFinite(value) || Math.abs(scaled) > 1e38) {
      throw outOfRange();
    }
    BigDecimal decimal = BigDecimal.valueOf(value);
    BigInteger unscaled =
        decimal.setScale(field.type().scale(), RoundingMode.HALF_UP).unscaledValue();
    if (!Wide.fits(unscaled)) {
      throw outOfRange();
    }
    out.set(unscaled);
  }

  private <T> T require(Object value, Class<T> type) {
    if (!type.isInstance(value)) {
      throw Mismatch.of(field, value);
    }
    return type.cast(value);
  }

  TrefoilException outOfRange() {
    return new TrefoilException(
        Condition.VALUE_OUT_OF_RANGE,
        "Cannot share column "
            + field.name()
            + ": a value is outside the range of its type "
            + field.type().sql()
            + " or the range that is declared for it. Correct the data, or declare a wider range.");
  }
}
