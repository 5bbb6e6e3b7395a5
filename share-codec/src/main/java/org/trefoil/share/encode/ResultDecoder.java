package org.trefoil.share.encode;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.type.DataType;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/**
 * Turns the reconstructed columns of a result into values: null, or by type {@code Boolean}; {@code
 * Long} for integers, DATE (days), TIMESTAMP and INTERVAL (microseconds or months); {@code
 * BigDecimal} with the type's scale; {@code String}; {@code byte[]}; {@code Double}; {@code Float}.
 */
public final class ResultDecoder {
  private final List<ResultColumn> columns;

  public ResultDecoder(List<ResultColumn> columns) {
    this.columns = List.copyOf(columns);
  }

  /** The shapes of the result shares: each column, followed by a bit if it is nullable. */
  public List<ColumnShape> shapes() {
    List<ColumnShape> shapes = new ArrayList<>();
    for (ResultColumn column : columns) {
      shapes.add(shape(column));
      if (column.field().nullable()) {
        shapes.add(ColumnShape.BIT);
      }
    }
    return shapes;
  }

  private static ColumnShape shape(ResultColumn column) {
    return switch (column.form()) {
      case BIT -> ColumnShape.BIT;
      case ORDERED -> ColumnShape.words(column.width());
      case ARITHMETIC -> ColumnShape.sums(column.width());
      default -> throw new IllegalArgumentException(column.form() + " is not a result's form");
    };
  }

  /**
   * The rows. Fails with {@code ARITHMETIC_OVERFLOW} if a sum does not fit its SQL type and with
   * {@code MALFORMED_SHARES} if the columns are not what the plan says; both name the column.
   *
   * @param opened in the shapes of {@link #shapes}
   */
  public List<Object[]> rows(List<ClearColumn> opened) {
    List<ColumnShape> shapes = shapes();
    if (opened.size() != shapes.size()) {
      throw malformed("it has " + opened.size() + " columns instead of " + shapes.size());
    }
    int count = opened.isEmpty() ? 0 : opened.get(0).rows();
    for (int c = 0; c < shapes.size(); c++) {
      if (!opened.get(c).shape().equals(shapes.get(c)) || opened.get(c).rows() != count) {
        throw malformed("share column " + c + " does not have the shape that the plan says");
      }
    }
    List<Object[]> rows = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      rows.add(new Object[columns.size()]);
    }
    int at = 0;
    for (int c = 0; c < columns.size(); c++) {
      ResultColumn column = columns.get(c);
      ClearColumn values = opened.get(at++);
      ClearColumn valid = column.field().nullable() ? opened.get(at++) : null;
      for (int r = 0; r < count; r++) {
        rows.get(r)[c] = valid == null || bit(valid, r) ? value(column, values, r) : null;
      }
    }
    return rows;
  }

  private static boolean bit(ClearColumn column, int r) {
    return (column.limbs()[0][r >>> 6] >>> r & 1) != 0;
  }

  private static Object value(ResultColumn column, ClearColumn values, int r) {
    DataType type = column.field().type();
    if (column.form() == Form.BIT) {
      return bit(values, r);
    }
    if (type.isBytes()) {
      byte[] bytes = bytes(column, values, r);
      return type.kind() == DataType.Kind.BINARY
          ? bytes
          : new String(bytes, StandardCharsets.UTF_8);
    }
    BigInteger unscaled =
        column.form() == Form.ARITHMETIC
            ? signed(values, r)
            : unsigned(values, r).add(column.slot().least());
    if (!fits(unscaled, type)) {
      throw new TrefoilException(
          Condition.ARITHMETIC_OVERFLOW,
          "Cannot return column "
              + column.field().name()
              + ": a value does not fit its type "
              + type.sql()
              + ". Cast the argument of the aggregate to a wider type.");
    }
    return switch (type.kind()) {
      case BOOLEAN -> unscaled.signum() != 0;
      case DECIMAL -> new BigDecimal(unscaled, type.scale());
      case DOUBLE -> new BigDecimal(unscaled, type.scale()).doubleValue();
      case FLOAT -> new BigDecimal(unscaled, type.scale()).floatValue();
      default -> unscaled.longValue();
    };
  }

  private static boolean fits(BigInteger unscaled, DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> unscaled.signum() >= 0 && unscaled.bitLength() <= 1;
      case TINYINT -> unscaled.bitLength() <= 7;
      case SMALLINT -> unscaled.bitLength() <= 15;
      case INT, DATE, YEAR_MONTH -> unscaled.bitLength() <= 31;
      case BIGINT, TIMESTAMP, DAY_TIME -> unscaled.bitLength() <= 63;
      case DECIMAL -> unscaled.abs().compareTo(BigInteger.TEN.pow(type.precision())) < 0;
      case DOUBLE, FLOAT, STRING, BINARY -> true;
    };
  }

  private static BigInteger signed(ClearColumn values, int r) {
    long low = values.limbs()[0][r];
    return values.limbs().length == 1
        ? BigInteger.valueOf(low)
        : Wide.signed(values.limbs()[1][r], low);
  }

  private static BigInteger unsigned(ClearColumn values, int r) {
    BigInteger number = BigInteger.ZERO;
    for (int k = values.limbs().length - 1; k >= 0; k--) {
      number = number.shiftLeft(64).or(Wide.signed(0, values.limbs()[k][r]));
    }
    return number;
  }

  private static byte[] bytes(ResultColumn column, ClearColumn values, int r) {
    int greatest = column.slot().stringBytes();
    int lengthBits = column.slot().width() - 8 * greatest;
    long[] bits = new long[values.limbs().length];
    for (int k = 0; k < bits.length; k++) {
      bits[k] = values.limbs()[k][r];
    }
    int length = (int) BitRow.read(bits, 0, lengthBits);
    if (length > greatest) {
      throw malformed(
          "column " + column.field().name() + " holds no " + column.field().type().sql() + "");
    }
    byte[] bytes = new byte[length];
    int at = lengthBits + 8 * greatest;
    for (int i = 0; i < length; i++) {
      at -= 8;
      bytes[i] = (byte) BitRow.read(bits, at, 8);
    }
    return bytes;
  }

  private static TrefoilException malformed(String reason) {
    return new TrefoilException(
        Condition.MALFORMED_SHARES,
        "Cannot read the result: "
            + reason
            + ". Use the same version of Trefoil at the analyst and on all executors.");
  }
}
