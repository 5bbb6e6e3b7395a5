package org.trefoil.executor.clear;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.type.DataType;

/**
 * Evaluates expressions of the profile on one row in the clear, with Spark's ANSI semantics. Values
 * are null, Boolean, Long (integers, DATE, TIMESTAMP), BigDecimal (with the type's scale) and
 * String.
 */
public final class ClearExpressions {
  private ClearExpressions() {}

  public static Object evaluate(Expr expression, List<Object> row) {
    if (expression instanceof Expr.FieldRef field) {
      return row.get(field.index());
    }
    if (expression instanceof Expr.Literal literal) {
      return literal.value();
    }
    Expr.Call call = (Expr.Call) expression;
    List<Expr> arguments = call.arguments();
    return switch (call.function()) {
      case AND -> {
        Boolean left = (Boolean) evaluate(arguments.get(0), row);
        Boolean right = (Boolean) evaluate(arguments.get(1), row);
        if (Boolean.FALSE.equals(left) || Boolean.FALSE.equals(right)) {
          yield false;
        }
        yield (left == null || right == null) ? null : Boolean.TRUE;
      }
      case OR -> {
        Boolean left = (Boolean) evaluate(arguments.get(0), row);
        Boolean right = (Boolean) evaluate(arguments.get(1), row);
        if (Boolean.TRUE.equals(left) || Boolean.TRUE.equals(right)) {
          yield true;
        }
        yield (left == null || right == null) ? null : Boolean.FALSE;
      }
      case NOT -> {
        Boolean value = (Boolean) evaluate(arguments.get(0), row);
        yield value == null ? null : !value;
      }
      case IS_NULL -> evaluate(arguments.get(0), row) == null;
      case IS_NOT_NULL -> evaluate(arguments.get(0), row) != null;
      case CASE -> branch(arguments, row, call.type());
      case COALESCE -> {
        Object found = null;
        for (int i = 0; i < arguments.size() && found == null; i++) {
          found = evaluate(arguments.get(i), row);
        }
        yield convert(found, call.type());
      }
      case NULL_SAFE_EQUAL -> {
        Object left = evaluate(arguments.get(0), row);
        Object right = evaluate(arguments.get(1), row);
        yield (left == null || right == null) ? left == right : compare(left, right) == 0;
      }
      default -> strict(call, row);
    };
  }

  private static Object branch(List<Expr> arguments, List<Object> row, DataType type) {
    int last = arguments.size() - 1;
    for (int i = 0; i < last; i += 2) {
      if (Boolean.TRUE.equals(evaluate(arguments.get(i), row))) {
        return convert(evaluate(arguments.get(i + 1), row), type);
      }
    }
    return convert(evaluate(arguments.get(last), row), type);
  }

  /** The functions that are NULL where an argument is. */
  private static Object strict(Expr.Call call, List<Object> row) {
    Object[] values = call.arguments().stream().map(a -> evaluate(a, row)).toArray();
    if (Arrays.stream(values).anyMatch(v -> v == null)) {
      return null;
    }
    return switch (call.function()) {
      case EQUAL -> compare(values[0], values[1]) == 0;
      case LESS -> compare(values[0], values[1]) < 0;
      case LESS_OR_EQUAL -> compare(values[0], values[1]) <= 0;
      case GREATER -> compare(values[0], values[1]) > 0;
      case GREATER_OR_EQUAL -> compare(values[0], values[1]) >= 0;
      case ADD -> convert(number(values[0]).add(number(values[1])), call.type());
      case SUBTRACT -> convert(number(values[0]).subtract(number(values[1])), call.type());
      case MULTIPLY -> convert(number(values[0]).multiply(number(values[1])), call.type());
      case NEGATE -> convert(number(values[0]).negate(), call.type());
      case ABS -> convert(number(values[0]).abs(), call.type());
      case DIVIDE ->
          convert(
              number(values[0])
                  .divide(number(values[1]), call.type().scale(), RoundingMode.HALF_UP),
              call.type());
      case CAST -> convert(values[0], call.type());
      default ->
          throw new TrefoilException(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot evaluate "
                  + call.function().wireName()
                  + " over tables of several owners: it runs at one owner only. Apply it to columns"
                  + " of one table");
    };
  }

  /** The value in {@code type}; an ARITHMETIC_OVERFLOW where it does not fit. */
  static Object convert(Object value, DataType type) {
    if (value == null || value instanceof Boolean || value instanceof String) {
      return value;
    }
    BigDecimal number = number(value);
    if (type.kind() == DataType.Kind.DECIMAL) {
      BigDecimal scaled = number.setScale(type.scale(), RoundingMode.HALF_UP);
      if (scaled.precision() - scaled.scale() > type.precision() - type.scale()) {
        throw overflow(type);
      }
      return scaled;
    }
    BigInteger integer = number.toBigInteger();
    int bits =
        switch (type.kind()) {
          case TINYINT -> 7;
          case SMALLINT -> 15;
          case INT, DATE -> 31;
          default -> 63;
        };
    if (integer.bitLength() > bits) {
      throw overflow(type);
    }
    return integer.longValueExact();
  }

  static BigDecimal number(Object value) {
    return value instanceof BigDecimal decimal ? decimal : BigDecimal.valueOf((Long) value);
  }

  /** Spark's order of two values that are not NULL; strings by their UTF-8 bytes. */
  static int compare(Object left, Object right) {
    if (left instanceof Boolean bit) {
      return Boolean.compare(bit, (Boolean) right);
    }
    if (left instanceof String text) {
      return Arrays.compareUnsigned(
          text.getBytes(StandardCharsets.UTF_8), ((String) right).getBytes(StandardCharsets.UTF_8));
    }
    return number(left).compareTo(number(right));
  }

  private static TrefoilException overflow(DataType type) {
    return new TrefoilException(
        Condition.ARITHMETIC_OVERFLOW,
        "Cannot compute the query: a value does not fit "
            + type.sql()
            + ". Cast the arguments to a wider type");
  }
}
