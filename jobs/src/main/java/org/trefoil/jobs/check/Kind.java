package org.trefoil.jobs.check;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.util.IntervalUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.type.IntervalText;

/** The types of random columns, their values and their literals. */
enum Kind {
  BOOLEAN("BOOLEAN"),
  TINYINT("TINYINT"),
  SMALLINT("SMALLINT"),
  INT("INT"),
  BIGINT("BIGINT"),
  DECIMAL("DECIMAL(9,2)"),
  WIDE_DECIMAL("DECIMAL(18,4)"),
  WHOLE_DECIMAL("DECIMAL(18,0)"),
  DOUBLE("DOUBLE"),
  STRING("VARCHAR(12)"),
  DATE("DATE"),
  TIMESTAMP("TIMESTAMP"),
  BINARY("BINARY(24)"),
  FLOAT("FLOAT"),
  DAY_TIME("INTERVAL DAY TO SECOND"),
  YEAR_MONTH("INTERVAL YEAR TO MONTH");

  static final List<Kind> NUMBERS =
      List.of(TINYINT, SMALLINT, INT, BIGINT, DECIMAL, WIDE_DECIMAL, WHOLE_DECIMAL, DOUBLE);

  /** Digits after the point that a DOUBLE or FLOAT is shared with. */
  static final int DOUBLE_SCALE = 4;

  private static final int MOST_SMALL = 40;
  private static final List<String> WORDS =
      List.of(
          "", "a", "A", "ab", "abc", "b", "żó", "Süd", "x_y", "100%", " a", "a ", "ab  ", "zz",
          "日本", "😀", "O'Neil");

  private final String ddl;

  Kind(String ddl) {
    this.ddl = ddl;
  }

  String ddl() {
    return ddl;
  }

  /** The type in Spark, which keeps no length of a string or of bytes. */
  DataType type() {
    return switch (this) {
      case STRING -> DataTypes.StringType;
      case BINARY -> DataTypes.BinaryType;
      default -> DataType.fromDDL(ddl);
    };
  }

  /** The value as Spark takes it from Java. */
  Object external(Object value) {
    return switch (this) {
      case TINYINT -> ((Long) value).byteValue();
      case SMALLINT -> ((Long) value).shortValue();
      case INT -> ((Long) value).intValue();
      default -> value;
    };
  }

  boolean isNumber() {
    return NUMBERS.contains(this);
  }

  /**
   * A value that sums and products of a few cannot make overflow, from a domain with repetition.
   */
  Object small(Dice dice) {
    int n = dice.below(2 * MOST_SMALL + 1) - MOST_SMALL;
    return switch (this) {
      case BOOLEAN -> dice.chance(0.5);
      case TINYINT, SMALLINT, INT, BIGINT -> (long) (dice.chance(0.5) ? n : n % 4);
      case DECIMAL -> new BigDecimal(BigInteger.valueOf(n * 25L), 2);
      case WIDE_DECIMAL -> new BigDecimal(BigInteger.valueOf(n * 1237L), 4);
      case WHOLE_DECIMAL -> BigDecimal.valueOf(n);
      // Quarters, so that plain Spark adds them up exactly, too.
      case DOUBLE -> n / 4.0;
      case STRING -> dice.one(WORDS);
      case DATE -> LocalDate.of(2024, 2, 27).plusDays(dice.chance(0.5) ? n % 3 : n * 20L);
      case TIMESTAMP ->
          Instant.parse("2024-03-10T01:59:59.999999Z")
              .plusSeconds(n % 3 * 1800L)
              .plusNanos(n * 1000L);
      case BINARY ->
          dice.chance(0.5)
              ? dice.one(WORDS).getBytes(StandardCharsets.UTF_8)
              : new byte[] {(byte) n, (byte) (n % 2)};
      case FLOAT -> n / 4.0f;
      case DAY_TIME -> Duration.ofMillis(n % 5 * 43_200_500L).plusNanos(n * 1000L);
      case YEAR_MONTH -> Period.ofMonths(n).normalized();
    };
  }

  /** The least, the greatest, or something next to them. */
  Object extreme(Dice dice) {
    boolean least = dice.chance(0.5);
    return switch (this) {
      case BOOLEAN -> least;
      case TINYINT -> (long) (least ? Byte.MIN_VALUE : Byte.MAX_VALUE);
      case SMALLINT -> (long) (least ? Short.MIN_VALUE : Short.MAX_VALUE);
      case INT -> (long) (least ? Integer.MIN_VALUE : Integer.MAX_VALUE);
      case BIGINT -> least ? Long.MIN_VALUE : Long.MAX_VALUE;
      case DECIMAL ->
          new BigDecimal(BigInteger.TEN.pow(9).subtract(BigInteger.ONE), 2).multiply(sign(least));
      case WIDE_DECIMAL ->
          new BigDecimal(BigInteger.TEN.pow(18).subtract(BigInteger.ONE), 4).multiply(sign(least));
      case WHOLE_DECIMAL ->
          new BigDecimal(BigInteger.TEN.pow(18).subtract(BigInteger.ONE)).multiply(sign(least));
      case DOUBLE -> least ? -1048576.75 : 1048576.5;
      case STRING -> least ? "" : "zzzzzzzzzzzz";
      case DATE -> least ? LocalDate.of(1, 1, 1) : LocalDate.of(9999, 12, 31);
      case TIMESTAMP ->
          least
              ? Instant.parse("1900-01-01T00:00:00Z")
              : Instant.parse("2261-12-31T23:59:59.999999Z");
      case BINARY -> least ? new byte[0] : "\u00ff".repeat(12).getBytes(StandardCharsets.UTF_8);
      case FLOAT -> least ? -1048576.75f : 1048576.5f;
      case DAY_TIME -> Duration.of(least ? Long.MIN_VALUE : Long.MAX_VALUE, ChronoUnit.MICROS);
      case YEAR_MONTH ->
          Period.ofMonths(least ? Integer.MIN_VALUE : Integer.MAX_VALUE).normalized();
    };
  }

  private static BigDecimal sign(boolean negative) {
    return BigDecimal.valueOf(negative ? -1 : 1);
  }

  /** The value in a line of JSON. */
  static String json(Object value) {
    if (value instanceof String s) {
      return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
    if (value instanceof byte[] bytes) {
      return '"' + HexFormat.of().formatHex(bytes) + '"';
    }
    return value instanceof LocalDate
            || value instanceof Instant
            || value instanceof Duration
            || value instanceof Period
        ? "\"" + value + "\""
        : value instanceof BigDecimal d ? d.toPlainString() : String.valueOf(value);
  }

  /** The value as a literal of SQL. */
  String literal(Object value) {
    return switch (this) {
      case STRING -> "'" + ((String) value).replace("'", "\\'") + "'";
      case DATE -> "DATE '" + value + "'";
      case TIMESTAMP -> "TIMESTAMP '" + value + "'";
      case DECIMAL, WIDE_DECIMAL, WHOLE_DECIMAL -> ((BigDecimal) value).toPlainString() + "BD";
      case DOUBLE -> value + "D";
      case BINARY -> "X'" + HexFormat.of().formatHex((byte[]) value) + "'";
      case FLOAT -> "CAST('" + value + "' AS FLOAT)";
      case DAY_TIME -> IntervalText.ofMicros(IntervalUtils.durationToMicros((Duration) value));
      case YEAR_MONTH -> IntervalText.ofMonths(((Period) value).toTotalMonths());
      case BIGINT -> value.equals(Long.MIN_VALUE) ? "(-9223372036854775807L - 1L)" : value + "L";
      default -> String.valueOf(value).toUpperCase(Locale.ROOT);
    };
  }
}
