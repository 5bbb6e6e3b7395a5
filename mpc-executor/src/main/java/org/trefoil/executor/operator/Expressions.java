package org.trefoil.executor.operator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.LessThan;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Scalar expressions on shares, with Spark's semantics: three-valued logic, comparisons, IS NULL,
 * CASE, COALESCE, plus, minus, times, negation, quotients of decimals, casts that lose nothing.
 *
 * <p><b>Computes</b> conditions, numbers and the presence of values for every row; all branches of
 * a CASE are computed. Where public bounds do not exclude an overflow, {@link Overflow} is told.
 *
 * <p><b>Reveals</b> nothing. Public: rows and widths.
 *
 * <p><b>Costs</b> the sum over the expression's nodes of the protocols that they use; {@link #cost}
 * estimates it.
 *
 * <p><b>Secure</b> as the protocols that it uses.
 */
public final class Expressions {
  private final Party party;
  private final Step step;
  private final Fields fields;
  private final Function<Expr, Interval> bounds;
  private final Overflow overflow;
  private final Map<Expr, Truth> truths = new HashMap<>();
  private int steps;

  /**
   * Evaluates expressions over {@code fields}.
   *
   * @param bounds of numeric expressions, unscaled
   */
  public Expressions(
      Party party, Step step, Fields fields, Function<Expr, Interval> bounds, Overflow overflow) {
    this.party = party;
    this.step = step;
    this.fields = fields;
    this.bounds = bounds;
    this.overflow = overflow;
  }

  // ---- conditions

  /** A BOOLEAN expression. */
  public Truth condition(Expr expression) {
    Truth known = truths.get(expression);
    if (known == null) {
      known = truth(expression);
      truths.put(expression, known);
    }
    return known;
  }

  private Truth truth(Expr expression) {
    if (expression instanceof Expr.FieldRef field) {
      Bits bit = fields.bit(field.index());
      return fields
          .present(field.index())
          .map(present -> new Truth(bit, Local.xor(present, bit)))
          .orElse(new Truth(bit, null));
    }
    if (expression instanceof Expr.Literal literal) {
      boolean yes = Boolean.TRUE.equals(literal.value());
      return new Truth(constant(yes), literal.value() == null ? constant(false) : null);
    }
    Expr.Call call = (Expr.Call) expression;
    List<Expr> arguments = call.arguments();
    return switch (call.function()) {
      case AND -> {
        Truth left = condition(arguments.get(0));
        Truth right = condition(arguments.get(1));
        Bits yes = and(left.yes(), right.yes());
        yield left.no() == null && right.no() == null
            ? new Truth(yes, null)
            : new Truth(yes, or(no(left), no(right)));
      }
      case OR -> {
        Truth left = condition(arguments.get(0));
        Truth right = condition(arguments.get(1));
        Bits yes = or(left.yes(), right.yes());
        yield left.no() == null && right.no() == null
            ? new Truth(yes, null)
            : new Truth(yes, and(no(left), no(right)));
      }
      case NOT -> {
        Truth value = condition(arguments.get(0));
        yield new Truth(no(value), value.no() == null ? null : value.yes());
      }
      case IS_NULL -> new Truth(not(orOnes(present(arguments.get(0)))), null);
      case IS_NOT_NULL -> new Truth(orOnes(present(arguments.get(0))), null);
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, NULL_SAFE_EQUAL ->
          comparison(call);
      case CASE -> {
        Truth result = condition(arguments.get(arguments.size() - 1));
        for (int i = arguments.size() - 3; i >= 0; i -= 2) {
          Bits when = condition(arguments.get(i)).yes();
          Truth then = condition(arguments.get(i + 1));
          boolean total = then.no() == null && result.no() == null;
          Bits yes = select(when, then.yes(), result.yes());
          result = new Truth(yes, total ? null : select(when, no(then), no(result)));
        }
        yield result;
      }
      case COALESCE -> {
        Truth result = condition(arguments.get(arguments.size() - 1));
        for (int i = arguments.size() - 2; i >= 0; i--) {
          Truth first = condition(arguments.get(i));
          if (first.no() == null) {
            result = first;
          } else {
            Bits known = Local.xor(first.yes(), first.no());
            boolean total = result.no() == null;
            Bits yes = select(known, first.yes(), result.yes());
            result = new Truth(yes, total ? null : select(known, first.no(), result.no()));
          }
        }
        yield result;
      }
      case CAST -> condition(arguments.get(0));
      default -> throw unsupported(call);
    };
  }

  private Truth comparison(Expr.Call call) {
    Expr left = call.arguments().get(0);
    Expr right = call.arguments().get(1);
    Bits outcome =
        switch (call.function()) {
          case EQUAL, NULL_SAFE_EQUAL -> equal(left, right);
          case LESS -> less(left, right);
          case GREATER -> less(right, left);
          case LESS_OR_EQUAL -> not(less(right, left));
          default -> not(less(left, right));
        };
    Bits leftPresent = present(left);
    Bits rightPresent = present(right);
    Bits both = andPresent(leftPresent, rightPresent);
    if (both == null) {
      return new Truth(outcome, null);
    }
    Bits yes = and(outcome, both);
    if (call.function() == org.trefoil.api.plan.Function.NULL_SAFE_EQUAL) {
      Bits neither = and(not(orOnes(leftPresent)), not(orOnes(rightPresent)));
      return new Truth(Local.xor(yes, neither), null);
    }
    return new Truth(yes, Local.xor(both, yes));
  }

  private Bits equal(Expr left, Expr right) {
    if (isNull(left) || isNull(right)) {
      return constant(false);
    }
    if (left.type().kind() == DataType.Kind.BOOLEAN) {
      return not(Local.xor(condition(left).yes(), condition(right).yes()));
    }
    if (left instanceof Expr.Literal && !(right instanceof Expr.Literal)) {
      return equal(right, left);
    }
    Fields.Ordered x = ordered(left);
    Fields.Ordered y = ordered(right);
    if (x != null && y != null && sameScale(left, right) && x.slot().equals(y.slot())) {
      return Equality.words(party, next("equal"), x.words(), y.words());
    }
    if (x != null && right instanceof Expr.Literal literal) {
      Threshold at = Threshold.of(literal, left.type(), x.slot());
      return at.exact() && at.within(x.slot())
          ? Equality.constant(
              party, next("equal"), x.words(), Columns.limbs(at.value(), x.slot().width()))
          : constant(false);
    }
    Words difference = difference(left, right);
    return Equality.constant(
        party, next("equal"), difference, new long[Words.limbs(difference.width())]);
  }

  private Bits less(Expr left, Expr right) {
    if (isNull(left) || isNull(right)) {
      return constant(false);
    }
    if (left.type().kind() == DataType.Kind.BOOLEAN) {
      return and(not(condition(left).yes()), condition(right).yes());
    }
    Fields.Ordered x = ordered(left);
    Fields.Ordered y = ordered(right);
    if (x != null && y != null && sameScale(left, right) && x.slot().equals(y.slot())) {
      return LessThan.words(party, next("less"), x.words(), y.words());
    }
    if (x != null && right instanceof Expr.Literal literal) {
      Threshold at = Threshold.of(literal, left.type(), x.slot());
      return below(x, at.exact() ? at.value() : at.value().add(BigInteger.ONE));
    }
    if (y != null && left instanceof Expr.Literal literal) {
      Threshold at = Threshold.of(literal, right.type(), y.slot());
      return not(below(y, at.value().add(BigInteger.ONE)));
    }
    Words difference = difference(left, right);
    return Local.plane(difference, difference.width() - 1);
  }

  private Bits below(Fields.Ordered x, BigInteger bound) {
    if (bound.signum() <= 0) {
      return constant(false);
    }
    if (bound.bitLength() > x.slot().width()) {
      return constant(true);
    }
    return LessThan.constant(
        party, next("less"), x.words(), Columns.limbs(bound, x.slot().width()));
  }

  /** left - right in two's complement, in as many bits as its bounds need. */
  private Words difference(Expr left, Expr right) {
    if (left.type().isBytes()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot compare computed strings or bytes over tables of several owners: only columns of one"
              + " table and constants can be. Compute them from columns of one table");
    }
    int scale = Math.max(left.type().scale(), right.type().scale());
    Interval range =
        scaled(bounds.apply(left), scale - left.type().scale())
            .minus(scaled(bounds.apply(right), scale - right.type().scale()));
    int bits = range.signedBits();
    if (bits > 128) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compare two numbers over tables of several owners: their difference may have "
              + bits
              + " bits. Declare a range for their columns");
    }
    int ring = bits <= 64 ? 64 : 128;
    Sums x = Columns.rescaled(number(left, ring).values(), scale - left.type().scale());
    Sums y = Columns.rescaled(number(right, ring).values(), scale - right.type().scale());
    return ArithmeticToBoolean.convert(party, next("difference"), Local.minus(x, y), bits);
  }

  private Fields.Ordered ordered(Expr expression) {
    return expression instanceof Expr.FieldRef field
        ? fields.ordered(field.index()).orElse(null)
        : null;
  }

  // ---- presence

  /** 1 where the expression is not NULL; null where NULL cannot occur. */
  public Bits present(Expr expression) {
    if (expression instanceof Expr.FieldRef field) {
      return fields.present(field.index()).orElse(null);
    }
    if (expression.type().kind() == DataType.Kind.BOOLEAN) {
      Truth truth = condition(expression);
      return truth.no() == null ? null : Local.xor(truth.yes(), truth.no());
    }
    if (expression instanceof Expr.Literal literal) {
      return literal.value() == null ? constant(false) : null;
    }
    Expr.Call call = (Expr.Call) expression;
    List<Expr> arguments = call.arguments();
    switch (call.function()) {
      case CASE -> {
        Bits result = present(arguments.get(arguments.size() - 1));
        for (int i = arguments.size() - 3; i >= 0; i -= 2) {
          Bits then = present(arguments.get(i + 1));
          if (then != null || result != null) {
            result = select(condition(arguments.get(i)).yes(), orOnes(then), orOnes(result));
          }
        }
        return result;
      }
      case COALESCE -> {
        Bits result = constant(false);
        for (Expr argument : arguments) {
          Bits one = present(argument);
          if (one == null) {
            return null;
          }
          result = or(result, one);
        }
        return result;
      }
      default -> {
        Bits result = null;
        for (Expr argument : arguments) {
          result = andPresent(result, present(argument));
        }
        return result;
      }
    }
  }

  // ---- numbers

  /** A numeric expression, unscaled, in the ring of {@code ring} bits. */
  public Numbers number(Expr expression, int ring) {
    if (expression instanceof Expr.FieldRef field) {
      return new Numbers(sums(field, ring), present(field), true);
    }
    if (expression instanceof Expr.Literal literal) {
      BigInteger value = literal.value() == null ? BigInteger.ZERO : unscaled(literal);
      return new Numbers(
          Columns.constant(party, value, ring, fields.rows()), present(literal), true);
    }
    Expr.Call call = (Expr.Call) expression;
    Numbers result = call(call, ring);
    if (overflow.possible(raw(call), call.type())) {
      overflow.check(next("overflow"), result.values(), raw(call), call.type(), result.present());
    }
    return result;
  }

  private Numbers call(Expr.Call call, int ring) {
    List<Expr> arguments = call.arguments();
    int scale = call.type().scale();
    return switch (call.function()) {
      case ADD, SUBTRACT -> {
        Numbers left = number(arguments.get(0), ring, scale);
        Numbers right = number(arguments.get(1), ring, scale);
        Sums values =
            call.function() == org.trefoil.api.plan.Function.ADD
                ? Local.plus(left.values(), right.values())
                : Local.minus(left.values(), right.values());
        Bits present = andPresent(left.present(), right.present());
        yield new Numbers(values, present, present == null);
      }
      case MULTIPLY -> {
        Expr a = arguments.get(0);
        Expr b = arguments.get(1);
        requireScale(call, a.type().scale() + b.type().scale());
        Numbers left = number(a, ring);
        Numbers right = number(b, ring);
        Sums product;
        if (b instanceof Expr.Literal literal && literal.value() != null) {
          product = Columns.times(left.values(), unscaled(literal));
        } else if (a instanceof Expr.Literal literal && literal.value() != null) {
          product = Columns.times(right.values(), unscaled(literal));
        } else {
          product = Multiply.sums(party, next("times"), left.values(), right.values());
        }
        yield new Numbers(
            product,
            andPresent(left.present(), right.present()),
            left.zeroWhereNull() && right.zeroWhereNull());
      }
      case NEGATE -> {
        Numbers value = number(arguments.get(0), ring, scale);
        yield new Numbers(
            Columns.times(value.values(), BigInteger.ONE.negate()),
            value.present(),
            value.zeroWhereNull());
      }
      case CAST -> number(arguments.get(0), ring, scale);
      case DIVIDE -> quotient(call, ring);
      case CASE -> {
        Numbers result = number(arguments.get(arguments.size() - 1), ring, scale);
        for (int i = arguments.size() - 3; i >= 0; i -= 2) {
          Bits when = condition(arguments.get(i)).yes();
          result = select(when, number(arguments.get(i + 1), ring, scale), result);
        }
        yield new Numbers(result.values(), present(call), result.zeroWhereNull());
      }
      case COALESCE -> {
        Numbers result = number(arguments.get(arguments.size() - 1), ring, scale);
        for (int i = arguments.size() - 2; i >= 0; i--) {
          Numbers first = number(arguments.get(i), ring, scale);
          result = first.present() == null ? first : select(first.present(), first, result);
        }
        yield new Numbers(result.values(), present(call), result.zeroWhereNull());
      }
      default -> throw unsupported(call);
    };
  }

  private Numbers quotient(Expr.Call call, int ring) {
    Expr a = call.arguments().get(0);
    Expr b = call.arguments().get(1);
    int digits = call.type().scale() - a.type().scale() + b.type().scale();
    Numbers dividend = number(a, ring, a.type().scale() + digits);
    Numbers divisor = number(b, ring);
    Bits present = andPresent(dividend.present(), divisor.present());
    Interval ofDivisor = bounds.apply(b);
    Step at = next("quotient");
    if (ofDivisor.least().signum() <= 0 && ofDivisor.greatest().signum() >= 0) {
      int bits = ofDivisor.signedBits();
      Words words = ArithmeticToBoolean.convert(party, at.child("divisor"), divisor.values(), bits);
      overflow.zero(
          at.child("overflow"),
          Equality.constant(party, at.child("zero"), words, new long[Words.limbs(bits)]),
          present);
    }
    Sums values =
        Divide.rounded(
            party,
            at.child("divide"),
            dividend.values(),
            divisor.values(),
            scaled(bounds.apply(a), digits),
            ofDivisor);
    return new Numbers(values, present, present == null);
  }

  private Numbers number(Expr expression, int ring, int scale) {
    int digits = scale - expression.type().scale();
    if (digits < 0) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot round a number from "
              + expression.type().sql()
              + " over tables of several owners: "
              + -digits
              + " digits would be lost. Round columns of one table, or the result");
    }
    Numbers value = number(expression, ring);
    return new Numbers(
        Columns.rescaled(value.values(), digits), value.present(), value.zeroWhereNull());
  }

  private Numbers select(Bits when, Numbers yes, Numbers no) {
    Sums difference = Local.minus(yes.values(), no.values());
    Sums chosen = Multiply.byBit(party, next("select"), when, difference);
    return new Numbers(
        Local.plus(no.values(), chosen), null, yes.zeroWhereNull() && no.zeroWhereNull());
  }

  /** A number that is zero where it is NULL, so that it can be summed. */
  public Numbers summable(Expr expression, int ring) {
    Numbers value = number(expression, ring);
    if (value.present() == null || value.zeroWhereNull()) {
      return value;
    }
    return new Numbers(
        Multiply.byBit(party, next("present"), value.present(), value.values()),
        value.present(),
        true);
  }

  private Sums sums(Expr.FieldRef field, int ring) {
    if (fields.sums(field.index()).isPresent()) {
      return Reencode.toRing(party, next("ring"), fields.sums(field.index()).get(), ring);
    }
    Fields.Ordered ordered =
        fields
            .ordered(field.index())
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.INTERNAL,
                        "Cannot compute with a column: it is not shared as a number. Report this"
                            + " error."));
    return Reencode.toSums(party, next("number"), ordered.words(), ordered.slot(), ring);
  }

  /** What the function may give before it is fitted to its type. */
  private Interval raw(Expr.Call call) {
    List<Expr> arguments = call.arguments();
    int scale = call.type().scale();
    return switch (call.function()) {
      case ADD -> at(arguments.get(0), scale).plus(at(arguments.get(1), scale));
      case SUBTRACT -> at(arguments.get(0), scale).minus(at(arguments.get(1), scale));
      case MULTIPLY -> bounds.apply(arguments.get(0)).times(bounds.apply(arguments.get(1)));
      case NEGATE -> at(arguments.get(0), scale).negated();
      case CAST -> at(arguments.get(0), scale);
      case DIVIDE -> {
        int digits = scale - arguments.get(0).type().scale() + arguments.get(1).type().scale();
        yield scaled(bounds.apply(arguments.get(0)), digits)
            .dividedBy(bounds.apply(arguments.get(1)));
      }
      default -> bounds.apply(call);
    };
  }

  private Interval at(Expr expression, int scale) {
    return scaled(bounds.apply(expression), scale - expression.type().scale());
  }

  private static Interval scaled(Interval interval, int digits) {
    return interval.times(Interval.of(BigInteger.TEN.pow(Math.max(0, digits))));
  }

  private static void requireScale(Expr.Call call, int scale) {
    if (call.type().scale() != scale) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot multiply into "
              + call.type().sql()
              + " over tables of several owners: the exact product has "
              + scale
              + " decimal digits. Cast the factors to fewer digits");
    }
  }

  static BigInteger unscaled(Expr.Literal literal) {
    return number(literal)
        .setScale(literal.type().scale(), RoundingMode.UNNECESSARY)
        .unscaledValue();
  }

  private static BigDecimal number(Expr.Literal literal) {
    Object value = literal.value();
    if (value instanceof Double d) {
      return new BigDecimal(Double.toString(d));
    }
    return value instanceof BigDecimal decimal ? decimal : BigDecimal.valueOf((Long) value);
  }

  private static boolean isNull(Expr expression) {
    return expression instanceof Expr.Literal literal && literal.value() == null;
  }

  private static boolean sameScale(Expr left, Expr right) {
    return left.type().scale() == right.type().scale();
  }

  /** A text in every row, as an ORDERED column in {@code slot} has it; nothing of a NULL. */
  public static Words constant(Party party, Expr.Literal text, Slot slot, int rows) {
    return text.value() == null
        ? Words.zero(slot.width(), rows)
        : Local.constant(
            party,
            slot.width(),
            rows,
            Columns.limbs(Threshold.of(text, text.type(), slot).value(), slot.width()));
  }

  /** Where a constant lies among the codes of a slot: at {@code value}, or just above it. */
  private record Threshold(BigInteger value, boolean exact) {
    static Threshold of(Expr.Literal literal, DataType type, Slot slot) {
      if (literal.type().isBytes()) {
        byte[] all = literal.bytes();
        int bytes = slot.stringBytes();
        byte[] padded = Arrays.copyOf(all, bytes);
        int lengthBits = slot.width() - 8 * bytes;
        BigInteger code =
            new BigInteger(1, padded)
                .shiftLeft(lengthBits)
                .add(BigInteger.valueOf(Math.min(all.length, bytes)));
        return new Threshold(code, all.length <= bytes);
      }
      BigDecimal scaled = number(literal).movePointRight(type.scale());
      BigInteger floor = scaled.setScale(0, RoundingMode.FLOOR).unscaledValue();
      return new Threshold(
          floor.subtract(slot.least()), scaled.compareTo(new BigDecimal(floor)) == 0);
    }

    boolean within(Slot slot) {
      return value.signum() >= 0 && value.bitLength() <= slot.width();
    }
  }

  // ---- bits

  private Bits and(Bits x, Bits y) {
    return And.bits(party, next("and"), x, y);
  }

  private Bits or(Bits x, Bits y) {
    return not(and(not(x), not(y)));
  }

  private Bits not(Bits x) {
    return Local.not(party, x);
  }

  private Bits no(Truth truth) {
    return truth.no() == null ? not(truth.yes()) : truth.no();
  }

  private Bits select(Bits when, Bits yes, Bits no) {
    return And.select(party, next("select"), when, yes, no);
  }

  private Bits andPresent(Bits x, Bits y) {
    if (x == null || y == null || x == y) {
      return x == null ? y : x;
    }
    return and(x, y);
  }

  private Bits orOnes(Bits x) {
    return x == null ? constant(true) : x;
  }

  private Bits constant(boolean one) {
    return Local.constant(party, one, fields.rows());
  }

  private Step next(String name) {
    return step.child(name + steps++);
  }

  private static TrefoilException unsupported(Expr.Call call) {
    return new TrefoilException(
        Condition.UNSUPPORTED_FUNCTION,
        "Cannot evaluate "
            + call.function().wireName()
            + " over tables of several owners: it runs at one owner only. Apply it to columns of"
            + " one table");
  }

  /**
   * An estimate of what evaluating an expression sends, within a factor of two.
   *
   * @param width bits of compared columns
   * @param ring bits of numbers
   */
  public static Cost cost(Expr expression, int rows, int width, int ring, Link link) {
    if (!(expression instanceof Expr.Call call)) {
      return Cost.NONE;
    }
    Cost cost = Cost.NONE;
    boolean computed = false;
    int nullable = 0;
    for (Expr argument : call.arguments()) {
      cost = cost.then(cost(argument, rows, width, ring, link));
      computed |= argument instanceof Expr.Call && argument.type().kind() != DataType.Kind.BOOLEAN;
      nullable += argument.nullable() ? 1 : 0;
    }
    Cost and = And.cost(rows, 1);
    boolean number = call.type().kind() != DataType.Kind.BOOLEAN;
    int choices = call.arguments().size() / 2;
    return switch (call.function()) {
      case AND, OR -> cost.then(and.times(nullable > 0 ? 2 : 1));
      case EQUAL, NULL_SAFE_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
        boolean equality =
            call.function() == org.trefoil.api.plan.Function.EQUAL
                || call.function() == org.trefoil.api.plan.Function.NULL_SAFE_EQUAL;
        if (call.arguments().get(0).type().kind() == DataType.Kind.BOOLEAN) {
          yield cost.then(and.times(2));
        }
        Cost comparison =
            computed
                ? ArithmeticToBoolean.cost(rows, 2 * width, link)
                : equality ? Equality.cost(rows, width) : LessThan.cost(rows, width, link);
        yield cost.then(comparison).then(and.times(nullable));
      }
      case MULTIPLY -> cost.then(Multiply.cost(rows, ring)).then(and.times(nullable / 2));
      case DIVIDE -> {
        Interval dividend = Interval.signed(width);
        Interval divisor = Interval.of(0, (1L << (Math.min(62, width) / 2)) - 1);
        yield cost.then(Divide.cost(rows, ring, dividend, divisor, link))
            .then(ArithmeticToBoolean.cost(rows, divisor.signedBits(), link))
            .then(Equality.cost(rows, divisor.signedBits()));
      }
      case ADD, SUBTRACT -> {
        // Made zero where it is NULL when it is summed.
        Cost masked = nullable > 0 ? Multiply.costByBit(rows, ring) : Cost.NONE;
        yield cost.then(masked).then(and.times(nullable / 2));
      }
      case CASE ->
          cost.then(number ? Multiply.costByBit(rows, ring).times(choices) : Cost.NONE)
              .then(and.times(2L * choices));
      case COALESCE ->
          cost.then(
                  number
                      ? Multiply.costByBit(rows, ring).times(call.arguments().size() - 1)
                      : Cost.NONE)
              .then(and.times(2L * (call.arguments().size() - 1)));
      default -> cost;
    };
  }
}
