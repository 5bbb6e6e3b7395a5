package org.trefoil.api.plan;

import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/** What can be computed on shares, by types. */
final class Computable {
  private static final int QUOTIENT_DIGITS = 18;

  private Computable() {}

  /** Refuses types that a function does not have on shares. */
  static void require(Expr.Call call) {
    DataType to = call.type();
    switch (call.function()) {
      case CASE, COALESCE -> {
        if (!to.isSummable() && to.kind() != DataType.Kind.BOOLEAN) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot choose between values of several tables of type "
                  + to.sql()
                  + ": only numbers and booleans. Choose within one table.");
        }
      }
      case CAST -> {
        DataType from = call.arguments().get(0).type();
        if ((from.kind() == DataType.Kind.FLOAT) != (to.kind() == DataType.Kind.FLOAT)) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot cast "
                  + from.sql()
                  + " to "
                  + to.sql()
                  + " on values of several tables, or on aggregates: a FLOAT has other digits as any"
                  + " other type. Compare it with a FLOAT, as in x > CAST(0.1 AS FLOAT), or round the"
                  + " columns of each table, as in round(CAST(x AS DOUBLE), 2).");
        }
        boolean exact =
            to.isNumeric()
                && (from.isNumeric() || from.kind() == DataType.Kind.BOOLEAN)
                && to.scale() >= from.scale();
        if (!exact) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot cast "
                  + from.sql()
                  + " to "
                  + to.sql()
                  + " on values of several tables. Cast the columns of each table.");
        }
      }
      case ADD, SUBTRACT, MULTIPLY -> {
        if (to.kind() == DataType.Kind.FLOAT) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot compute "
                  + call.function().wireName()
                  + " of FLOAT on values of several tables, or on aggregates: Spark rounds each result to"
                  + " 24 bits. Compute with round(CAST(x AS DOUBLE), 2) of the columns of each table.");
        }
        requireDigits(call, to);
      }
      case DIVIDE -> {
        int digits =
            to.scale()
                - call.arguments().get(0).type().scale()
                + call.arguments().get(1).type().scale();
        // Spark rounds to 38 digits first: with few digits, and divisors of few, that is the same.
        if (to.kind() != DataType.Kind.DECIMAL || digits < 0 || to.scale() > QUOTIENT_DIGITS) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot divide values of several tables, or aggregates, into "
                  + to.sql()
                  + ": only decimals of up to "
                  + QUOTIENT_DIGITS
                  + " digits after the point are divided on shares. Cast them to DECIMAL, or divide"
                  + " what is revealed.");
        }
      }
      case INTEGRAL_DIVIDE, REMAINDER, ROUND ->
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot compute "
                  + call.function().wireName()
                  + " on values of several tables, or on aggregates, into "
                  + to.sql()
                  + ": only integers and decimals are divided so, and ROUND takes a number of digits after the"
                  + " point. Apply it to each table's columns, or to what is revealed.");
      default -> {}
    }
  }

  private static void requireDigits(Expr.Call call, DataType to) {
    switch (call.function()) {
      case ADD, SUBTRACT -> {
        if (call.arguments().stream().anyMatch(a -> a.type().scale() > to.scale())) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot add values of several tables into "
                  + to.sql()
                  + ": they have more digits after the point. Cast them to fewer digits.");
        }
      }
      case MULTIPLY -> {
        int scale = call.arguments().get(0).type().scale() + call.arguments().get(1).type().scale();
        if (to.scale() != scale) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot multiply values of several tables into "
                  + to.sql()
                  + ": the exact product has "
                  + scale
                  + " digits after the point. Cast the factors to fewer digits.");
        }
      }
      default -> {}
    }
  }

  private static TrefoilException unsupported(Condition condition, String reason) {
    return new TrefoilException(condition, reason);
  }
}
