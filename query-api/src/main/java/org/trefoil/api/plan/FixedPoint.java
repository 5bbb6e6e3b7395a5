package org.trefoil.api.plan;

import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/**
 * Which DOUBLE and FLOAT values are exact in fixed point. A column is, by its declared scale; sums,
 * products and choices of exact values are, with the scale of their type. A quotient is not: shared
 * with the digits of its operands it would be another number than Spark's; and neither is a FLOAT
 * as a DOUBLE, which has all the digits of its binary fraction.
 */
final class FixedPoint {
  private FixedPoint() {}

  /**
   * Refuses what would be rounded on its way into shares.
   *
   * @throws TrefoilException UNSUPPORTED_FUNCTION
   */
  static void require(Expr shared) {
    if (!shared.type().isFixedPoint() || !(shared instanceof Expr.Call call)) {
      return;
    }
    switch (call.function()) {
      case ADD, SUBTRACT, MULTIPLY, NEGATE, ABS, REMAINDER, LEAST, GREATEST, COALESCE, NULLIF -> {
        call.arguments().forEach(FixedPoint::require);
        requireScale(call);
      }
      case CASE -> {
        List<Expr> arguments = call.arguments();
        for (int i = 1; i < arguments.size(); i += 2) {
          require(arguments.get(i));
        }
        require(arguments.get(arguments.size() - 1));
        requireScale(call);
      }
      case CAST -> {
        Expr from = call.arguments().get(0);
        if (!from.type().isNumeric() && from.type().kind() != DataType.Kind.BOOLEAN) {
          throw inexact(cast(from, call));
        }
        if (from.type().kind() == DataType.Kind.FLOAT
            && call.type().kind() != DataType.Kind.FLOAT) {
          throw inexact(cast(from, call));
        }
        require(from);
        requireScale(call);
      }
      case ROUND -> {
        boolean toScale =
            call.arguments().size() == 1
                || (call.arguments().get(1) instanceof Expr.Literal digits
                    && digits.value() instanceof Long n
                    && n <= call.type().scale());
        if (!toScale) {
          throw inexact("ROUND to " + call.type().scale() + " digits or more");
        }
      }
      default -> throw inexact(call.function() + " with a result of type " + call.type().sql());
    }
  }

  private static void requireScale(Expr.Call call) {
    int needed =
        call.function() == Function.MULTIPLY
            ? call.arguments().stream().mapToInt(FixedPoint::scale).sum()
            : call.arguments().stream().mapToInt(FixedPoint::scale).max().orElse(0);
    if (needed > call.type().scale()) {
      throw inexact(
          call.function()
              + " of "
              + needed
              + " digits in a "
              + call.type().sql()
              + " of "
              + call.type().scale());
    }
  }

  private static int scale(Expr expr) {
    return expr.type().isNumeric() ? expr.type().scale() : 0;
  }

  private static String cast(Expr from, Expr.Call call) {
    return "a CAST of " + from.type().sql() + " to " + call.type().sql();
  }

  private static TrefoilException inexact(String what) {
    return new TrefoilException(
        Condition.UNSUPPORTED_FUNCTION,
        "Cannot share "
            + what
            + ": it has no exact fixed-point value. Divide after the aggregation, as in sum(x) / 2;"
            + " or cast to DECIMAL first; or round(..., n) the result. Compare a FLOAT with a FLOAT, as in"
            + " x > CAST(0.1 AS FLOAT).");
  }
}
