package org.trefoil.api.type;

import java.io.Serializable;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A column type of the plan profile.
 *
 * @param precision digits of a DECIMAL, greatest length in bytes of a STRING (in UTF-8) or a
 *     BINARY, else 0
 * @param scale digits after the point of a DECIMAL, or of the declared fixed point of a DOUBLE or
 *     FLOAT
 */
public record DataType(Kind kind, int precision, int scale) implements Serializable {
  /** The type families. */
  public enum Kind {
    BOOLEAN,
    TINYINT,
    SMALLINT,
    INT,
    BIGINT,
    DATE,
    TIMESTAMP,
    DECIMAL,
    STRING,
    DOUBLE,
    BINARY,
    FLOAT,
    DAY_TIME,
    YEAR_MONTH
  }

  /** The length in bytes of a STRING or BINARY for which none is declared. */
  public static final int DEFAULT_STRING_BYTES = 64;

  public static final DataType BOOLEAN = new DataType(Kind.BOOLEAN, 0, 0);
  public static final DataType TINYINT = new DataType(Kind.TINYINT, 0, 0);
  public static final DataType SMALLINT = new DataType(Kind.SMALLINT, 0, 0);
  public static final DataType INT = new DataType(Kind.INT, 0, 0);
  public static final DataType BIGINT = new DataType(Kind.BIGINT, 0, 0);

  /** Days since 1970-01-01. */
  public static final DataType DATE = new DataType(Kind.DATE, 0, 0);

  /** Microseconds since 1970-01-01T00:00:00Z. */
  public static final DataType TIMESTAMP = new DataType(Kind.TIMESTAMP, 0, 0);

  /** INTERVAL DAY TO SECOND: microseconds. */
  public static final DataType DAY_TIME = new DataType(Kind.DAY_TIME, 0, 0);

  /** INTERVAL YEAR TO MONTH: months. */
  public static final DataType YEAR_MONTH = new DataType(Kind.YEAR_MONTH, 0, 0);

  public DataType {
    if (kind == Kind.DECIMAL
        && (precision < 1 || precision > 38 || scale < 0 || scale > precision)) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_TYPE,
          "Cannot use type DECIMAL(" + precision + "," + scale + "): it has at most 38 digits");
    }
    if ((kind == Kind.STRING || kind == Kind.BINARY) && precision < 1) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_TYPE, "Cannot use a " + kind + " of " + precision + " bytes");
    }
  }

  public static DataType decimal(int precision, int scale) {
    return new DataType(Kind.DECIMAL, precision, scale);
  }

  /** A string of at most {@code bytes} bytes in UTF-8. */
  public static DataType string(int bytes) {
    return new DataType(Kind.STRING, bytes, 0);
  }

  /** At most {@code bytes} bytes. */
  public static DataType binary(int bytes) {
    return new DataType(Kind.BINARY, bytes, 0);
  }

  /** A double that is shared as a fixed-point number with {@code scale} decimal digits. */
  public static DataType fixedPoint(int scale) {
    return new DataType(Kind.DOUBLE, 0, scale);
  }

  /** Whether values are bytes, up to a greatest length: a STRING or a BINARY. */
  public boolean isBytes() {
    return kind == Kind.STRING || kind == Kind.BINARY;
  }

  /** A float that is shared as a fixed-point number with {@code scale} decimal digits. */
  public static DataType fixedPointFloat(int scale) {
    return new DataType(Kind.FLOAT, 0, scale);
  }

  /** Whether values are shared with a declared number of digits: a DOUBLE or a FLOAT. */
  public boolean isFixedPoint() {
    return kind == Kind.DOUBLE || kind == Kind.FLOAT;
  }

  public boolean isInteger() {
    return switch (kind) {
      case TINYINT, SMALLINT, INT, BIGINT -> true;
      default -> false;
    };
  }

  public boolean isNumeric() {
    return isInteger() || kind == Kind.DECIMAL || isFixedPoint();
  }

  public boolean isInterval() {
    return kind == Kind.DAY_TIME || kind == Kind.YEAR_MONTH;
  }

  /** Whether values are added up: a number or an interval. */
  public boolean isSummable() {
    return isNumeric() || isInterval();
  }

  /** The type in Spark's words, such as {@code DECIMAL(12,2)}. */
  public String sql() {
    return switch (kind) {
      case DECIMAL -> "DECIMAL(" + precision + "," + scale + ")";
      case DAY_TIME -> "INTERVAL DAY TO SECOND";
      case YEAR_MONTH -> "INTERVAL YEAR TO MONTH";
      default -> kind.name();
    };
  }
}
