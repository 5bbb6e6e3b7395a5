package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.type.DataType;

/**
 * Functions in terms of those that executors compute: choices become CASE, rounding becomes a
 * quotient, which is rounded half up. What truncates is a quotient of which half a unit, less a
 * bit, is taken first: floor(u / m) is (2u - m + 1) / 2m rounded, which is never halfway.
 */
final class SpelledOut {
  private static final int DIGITS = 38;
  private static final DataType WHOLE = DataType.decimal(DIGITS, 0);

  private SpelledOut() {}

  /** {@code call} in terms of other functions; empty where there is no other form. */
  static Optional<Expr> of(Expr.Call call) {
    List<Expr> a = call.arguments();
    Expr x = a.get(0);
    return switch (call.function()) {
      case ABS -> Optional.of(choice(call, test(Function.LESS, x, zero(x.type())), negated(x), x));
      case LEAST -> Optional.of(extreme(call, Function.LESS_OR_EQUAL));
      case GREATEST -> Optional.of(extreme(call, Function.GREATER_OR_EQUAL));
      case NULLIF ->
          Optional.of(
              choice(
                  call, test(Function.EQUAL, x, a.get(1)), new Expr.Literal(call.type(), null), x));
      case IN ->
          Optional.of(
              Expressions.joined(
                  Function.OR,
                  a.subList(1, a.size()).stream().map(c -> test(Function.EQUAL, x, c)).toList()));
      case ROUND -> rounded(call);
      case FLOOR -> Optional.of(fitted(below(x, false), call.type()));
      case CEIL -> Optional.of(fitted(below(x, true), call.type()));
      case CAST -> cast(x, call.type());
      case INTEGRAL_DIVIDE -> exact(a) ? Optional.of(whole(a, call.type())) : Optional.empty();
      case REMAINDER -> {
        if (!exact(a)) {
          yield Optional.empty();
        }
        DataType units = DataType.decimal(DIGITS, scale(a));
        Expr times = binary(Function.MULTIPLY, whole(a, WHOLE), fitted(a.get(1), units), units);
        yield Optional.of(
            fitted(binary(Function.SUBTRACT, fitted(x, units), times, units), call.type()));
      }
      default -> Optional.empty();
    };
  }

  /** The first argument that no other one beats; NULLs are beaten by all. */
  private static Expr extreme(Expr.Call call, Function beats) {
    List<Expr> a = call.arguments();
    List<Expr> cases = new ArrayList<>();
    for (int i = 0; i + 1 < a.size(); i++) {
      List<Expr> all = new ArrayList<>();
      if (a.get(i).nullable()) {
        all.add(Expressions.notNull(a.get(i)));
      }
      for (int j = 0; j < a.size(); j++) {
        if (i != j) {
          Expr wins = test(beats, a.get(i), a.get(j));
          Expr alone = call(Function.IS_NULL, List.of(a.get(j)), DataType.BOOLEAN, false);
          all.add(
              a.get(j).nullable() ? Expressions.joined(Function.OR, List.of(alone, wins)) : wins);
        }
      }
      cases.add(Expressions.joined(Function.AND, all));
      cases.add(a.get(i));
    }
    cases.add(a.get(a.size() - 1));
    return call(Function.CASE, cases, call.type(), call.nullable());
  }

  private static Optional<Expr> rounded(Expr.Call call) {
    Expr x = call.arguments().get(0);
    boolean afterThePoint =
        call.arguments().size() == 1
            || (call.arguments().get(1) instanceof Expr.Literal digits
                && digits.value() instanceof Long n
                && n >= 0);
    return afterThePoint ? Optional.of(fitted(x, call.type())) : Optional.empty();
  }

  private static Optional<Expr> cast(Expr x, DataType to) {
    if (x.type().kind() == DataType.Kind.BOOLEAN && to.isNumeric()) {
      Expr one = number(to, 1);
      List<Expr> cases = new ArrayList<>(List.of(x, one));
      if (x.nullable()) {
        cases.add(call(Function.NOT, List.of(x), DataType.BOOLEAN, true));
        cases.add(number(to, 0));
        cases.add(new Expr.Literal(to, null));
      } else {
        cases.add(number(to, 0));
      }
      return Optional.of(call(Function.CASE, cases, to, x.nullable()));
    }
    boolean numbers =
        x.type().isNumeric()
            && to.isNumeric()
            && (x.type().kind() == DataType.Kind.FLOAT) == (to.kind() == DataType.Kind.FLOAT);
    if (!numbers || to.scale() >= x.type().scale()) {
      return Optional.empty();
    }
    if (!to.isInteger()) {
      return Optional.of(fitted(x, to));
    }
    Expr negative = test(Function.LESS, x, zero(x.type()));
    Expr truncated =
        call(
            Function.CASE, List.of(negative, below(x, true), below(x, false)), WHOLE, x.nullable());
    return Optional.of(fitted(truncated, to));
  }

  private static Expr number(DataType type, int value) {
    return new Expr.Literal(
        type,
        switch (type.kind()) {
          case DECIMAL -> BigDecimal.valueOf(value).setScale(type.scale());
          case DOUBLE, FLOAT -> (double) value;
          default -> (long) value;
        });
  }

  /** A number in a type, rounded half up where that has fewer digits. */
  private static Expr fitted(Expr x, DataType to) {
    int digits = x.type().scale() - to.scale();
    Expr fewer =
        digits <= 0
            ? x
            : binary(Function.DIVIDE, x, one(digits), DataType.decimal(DIGITS, to.scale()));
    return fewer.type().equals(to) ? fewer : call(Function.CAST, List.of(fewer), to, x.nullable());
  }

  /** The greatest integer that is not above {@code x}, or the least that is not below it. */
  private static Expr below(Expr x, boolean above) {
    int scale = x.type().scale();
    if (scale == 0) {
      return fitted(x, WHOLE);
    }
    BigInteger nearlyHalf =
        BigInteger.TEN.pow(scale + 1).shiftRight(1).subtract(BigInteger.valueOf(5));
    DataType type = DataType.decimal(DIGITS, scale + 1);
    Expr shift = new Expr.Literal(type, new BigDecimal(nearlyHalf, scale + 1));
    Expr shifted = binary(above ? Function.ADD : Function.SUBTRACT, x, shift, type);
    return binary(Function.DIVIDE, shifted, one(scale + 1), WHOLE);
  }

  /** The quotient of two numbers without its fraction, in units of the smaller of both scales. */
  private static Expr whole(List<Expr> a, DataType to) {
    DataType units = DataType.decimal(DIGITS, scale(a));
    Expr left = size(a.get(0), units);
    Expr right = size(a.get(1), units);
    Expr two = new Expr.Literal(WHOLE, BigDecimal.valueOf(2));
    Expr dividend =
        binary(
            Function.ADD,
            binary(Function.SUBTRACT, binary(Function.MULTIPLY, left, two, units), right, units),
            new Expr.Literal(units, BigDecimal.ONE.movePointLeft(units.scale())),
            units);
    Expr size =
        call(
            Function.DIVIDE,
            List.of(dividend, binary(Function.MULTIPLY, right, two, units)),
            WHOLE,
            left.nullable() || right.nullable());
    Expr alike =
        test(
            Function.EQUAL,
            test(Function.LESS, a.get(0), zero(a.get(0).type())),
            test(Function.LESS, a.get(1), zero(a.get(1).type())));
    return fitted(
        call(Function.CASE, List.of(alike, size, negated(size)), WHOLE, size.nullable()), to);
  }

  private static Expr size(Expr x, DataType units) {
    Expr wide = fitted(x, units);
    return call(
        Function.CASE,
        List.of(test(Function.LESS, x, zero(x.type())), negated(wide), wide),
        units,
        x.nullable());
  }

  private static int scale(List<Expr> a) {
    return a.stream().mapToInt(e -> e.type().scale()).max().orElse(0);
  }

  private static boolean exact(List<Expr> a) {
    return a.stream().allMatch(e -> e.type().isNumeric())
        && a.stream().noneMatch(e -> e.type().isFixedPoint());
  }

  private static Expr one(int digits) {
    return new Expr.Literal(DataType.decimal(digits + 1, digits), BigDecimal.ONE.setScale(digits));
  }

  private static Expr zero(DataType type) {
    return number(type, 0);
  }

  private static Expr negated(Expr x) {
    return call(Function.NEGATE, List.of(x), x.type(), x.nullable());
  }

  private static Expr choice(Expr.Call of, Expr condition, Expr yes, Expr no) {
    return call(Function.CASE, List.of(condition, yes, no), of.type(), of.nullable());
  }

  private static Expr test(Function function, Expr left, Expr right) {
    return binary(function, left, right, DataType.BOOLEAN);
  }

  private static Expr binary(Function function, Expr left, Expr right, DataType type) {
    return call(function, List.of(left, right), type, left.nullable() || right.nullable());
  }

  private static Expr call(Function function, List<Expr> arguments, DataType type, boolean nulls) {
    return new Expr.Call(function, arguments, type, nulls);
  }
}
