package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.List;
import org.trefoil.api.type.DataType;

/**
 * Interval arithmetic over expressions, on unscaled values.
 *
 * <p>In the clear, where the owner's Spark evaluates, no value leaves its type: a result that could
 * is an error or wraps there. On shares nothing holds a value back, so that bounds may exceed the
 * type.
 */
final class Intervals {
  /** Finds the bounds of a column. */
  @FunctionalInterface
  interface Columns {
    Bounds of(Expr.FieldRef ref);
  }

  private final Columns columns;
  private final boolean clear;

  private Intervals(Columns columns, boolean clear) {
    this.columns = columns;
    this.clear = clear;
  }

  static Bounds inTheClear(Expr expr, Columns columns) {
    return new Intervals(columns, true).of(expr);
  }

  static Bounds onShares(Expr expr, Columns columns) {
    return new Intervals(columns, false).of(expr);
  }

  /** The unscaled value of a literal that is not NULL and no string. */
  static BigInteger unscaled(Expr.Literal literal) {
    Object v = literal.value();
    if (v instanceof Boolean b) {
      return b ? BigInteger.ONE : BigInteger.ZERO;
    }
    if (v instanceof Long l) {
      return BigInteger.valueOf(l);
    }
    BigDecimal decimal = v instanceof BigDecimal d ? d : BigDecimal.valueOf((Double) v);
    return decimal.setScale(literal.type().scale(), RoundingMode.HALF_UP).unscaledValue();
  }

  private Bounds of(Expr expr) {
    if (expr instanceof Expr.FieldRef ref) {
      return columns.of(ref);
    }
    if (expr instanceof Expr.Literal literal) {
      return literal.value() == null ? Bounds.ZERO : Bounds.ofValue(unscaled(literal));
    }
    Expr.Call call = (Expr.Call) expr;
    if (call.type().isBytes()) {
      throw new IllegalArgumentException(call.type().sql() + " is not a number");
    }
    Bounds type = Bounds.ofType(call.type());
    Bounds result = call(call, type);
    return clear && !result.within(type) ? type : result;
  }

  private Bounds call(Expr.Call call, Bounds type) {
    List<Expr> a = call.arguments();
    int scale = call.type().scale();
    return switch (call.function()) {
      case ADD -> scaled(a.get(0), scale).plus(scaled(a.get(1), scale));
      case SUBTRACT -> scaled(a.get(0), scale).plus(scaled(a.get(1), scale).negated());
      case MULTIPLY -> {
        int exact = a.get(0).type().scale() + a.get(1).type().scale();
        yield of(a.get(0)).times(of(a.get(1))).rescaled(scale - exact);
      }
      case NEGATE -> of(a.get(0)).negated();
      case DIVIDE -> {
        if (clear || call.type().kind() != DataType.Kind.DECIMAL) {
          yield type;
        }
        int digits = scale - a.get(0).type().scale() + a.get(1).type().scale();
        yield of(a.get(0)).rescaled(digits).dividedBy(of(a.get(1)));
      }
      case ABS -> {
        Bounds b = of(a.get(0));
        BigInteger most = b.least().abs().max(b.greatest().abs());
        yield new Bounds(BigInteger.ZERO, most);
      }
      case CAST ->
          a.get(0).type().isNumeric() || a.get(0).type().kind() == DataType.Kind.BOOLEAN
              ? castTo(call.type(), a.get(0), type)
              : type;
      case CASE -> {
        Bounds all = a.size() % 2 == 1 ? scaled(a.get(a.size() - 1), scale) : Bounds.ZERO;
        for (int i = 1; i < a.size(); i += 2) {
          all = all.hull(scaled(a.get(i), scale));
        }
        yield all;
      }
      case COALESCE, LEAST, GREATEST ->
          a.stream().map(e -> scaled(e, scale)).reduce(Bounds::hull).orElseThrow();
      case QUARTER -> Bounds.of(1, 4);
      case MONTH -> Bounds.of(1, 12);
      case DAY -> Bounds.of(1, 31);
      case DAY_OF_WEEK -> Bounds.of(1, 7);
      case HOUR -> Bounds.of(0, 23);
      case YEAR -> years(a.get(0), type);
      default -> type;
    };
  }

  private Bounds castTo(DataType to, Expr from, Bounds type) {
    if (!to.isNumeric()) {
      return type;
    }
    Bounds same = of(from).rescaled(to.scale() - from.type().scale());
    return to.isFixedPoint() && !from.type().isFixedPoint()
        ? same.rounded(to.kind() == DataType.Kind.FLOAT ? 24 : 53)
        : same;
  }

  private Bounds scaled(Expr expr, int scale) {
    return expr.type().isBytes() ? Bounds.ZERO : of(expr).rescaled(scale - expr.type().scale());
  }

  private Bounds years(Expr day, Bounds type) {
    if (day.type().kind() != DataType.Kind.DATE) {
      return type;
    }
    Bounds days = of(day);
    return Bounds.of(
        LocalDate.ofEpochDay(days.least().longValueExact()).getYear(),
        LocalDate.ofEpochDay(days.greatest().longValueExact()).getYear());
  }
}
