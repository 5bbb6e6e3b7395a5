package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.CentralMomentAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Covariance;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.PearsonCorrelation;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrIntercept;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrSlope;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.type.DataType;
import org.trefoil.spark.SparkTypes;

/**
 * VAR, STDDEV, SKEWNESS, KURTOSIS, COVAR, CORR and REGR: counts, sums and sums of products are
 * revealed, exactly; what Spark makes of them, such as NULL for a single row, is Spark's own
 * expression over {@link Moments}.
 */
final class MomentCalls {
  /** Products of two such numbers, and their sums, have 38 digits at most. */
  private static final int FACTOR_DIGITS = 18;

  private static final int DIGITS = 38;
  private static final Expr ONE = new Expr.Literal(DataType.INT, 1L);

  private final CatalystExpressions expressions;
  private final CatalystAggregate.Calls calls;

  MomentCalls(CatalystExpressions expressions, CatalystAggregate.Calls calls) {
    this.expressions = expressions;
    this.calls = calls;
  }

  static boolean reads(AggregateFunction function) {
    return function instanceof CentralMomentAgg
        || function instanceof Covariance
        || function instanceof PearsonCorrelation
        || function instanceof RegrSlope
        || function instanceof RegrIntercept;
  }

  /** Whether {@code e} holds what only sums that are revealed can be made into. */
  static boolean isIn(Expression e) {
    return (e instanceof StaticInvoke invoke
            && invoke.staticObject() == Moments.class
            && !invoke.functionName().equals(Moments.FRACTION))
        || Trees.list(e.children()).stream().anyMatch(MomentCalls::isIn);
  }

  /** What Spark is to compute instead of {@code call}. */
  Expression read(AggregateExpression call, String name) {
    AggregateFunction function = call.aggregateFunction();
    List<Expression> children = Trees.list(function.children());
    // A slope is the covariance with the second argument by the variance of that.
    boolean swapped = function instanceof RegrSlope || function instanceof RegrIntercept;
    Expr first = factor(children.get(swapped ? 1 : 0), call);
    if (function instanceof CentralMomentAgg moment && moment.momentOrder() > 2) {
      first = forPower(first, moment.momentOrder(), call);
    }
    Expr second = children.size() == 1 ? first : factor(children.get(swapped ? 0 : 1), call);
    Optional<Expr> filter = Optional.empty();
    if (call.filter().isDefined()) {
      filter = Optional.of(expressions.read(call.filter().get()));
    }
    Parts parts = new Parts(filter, first, second, name);
    Map<ExprId, String> buffer = new HashMap<>();
    for (AttributeReference part : Trees.<AttributeReference>list(function.aggBufferAttributes())) {
      buffer.put(part.exprId(), part.name());
    }
    return Trees.replace(
        ((DeclarativeAggregate) function).evaluateExpression(),
        e ->
            e instanceof Attribute a && buffer.containsKey(a.exprId())
                ? Optional.of(parts.of(buffer.get(a.exprId())))
                : Optional.empty());
  }

  /** The parts of Spark's aggregation buffers, made of sums over the rows with both values. */
  private final class Parts {
    private final Optional<Expr> filter;
    private final Expr first;
    private final Expr second;
    private final String name;

    Parts(Optional<Expr> filter, Expr first, Expr second, String name) {
      this.filter = filter;
      this.first = first;
      this.second = second;
      this.name = name;
    }

    Expression of(String part) {
      return switch (part) {
        case "n" ->
            new Cast(
                count(),
                DataTypes.DoubleType,
                scala.Option.empty(),
                SQLConf.get().ansiEnabled() ? EvalMode.ANSI() : EvalMode.LEGACY());
        case "avg", "xAvg" -> moment("mean", List.of(sum(List.of(first)), count()));
        case "yAvg" -> moment("mean", List.of(sum(List.of(second)), count()));
        case "m2", "xMk" -> deviations(first, first);
        case "yMk" -> deviations(second, second);
        case "ck" -> deviations(first, second);
        case "m3" -> moment("thirds", List.of(power(3), power(2), power(1), count()));
        case "m4" -> moment("fourths", List.of(power(4), power(3), power(2), power(1), count()));
        default -> throw new IllegalArgumentException("no moment is called " + part);
      };
    }

    private Expression deviations(Expr x, Expr y) {
      return moment(
          "deviations", List.of(sum(List.of(x, y)), sum(List.of(x)), sum(List.of(y)), count()));
    }

    private Expression power(int times) {
      return sum(Collections.nCopies(times, first));
    }

    private Expression count() {
      Optional<Expr> argument = condition(List.of()).map(c -> where(c, ONE));
      if (filter.isEmpty() && first.equals(second) && first.nullable()) {
        argument = Optional.of(first);
      }
      return calls.add(
          AggregateCall.Kind.COUNT, argument, DataTypes.LongType, "count(" + name + ")", false);
    }

    /** The sum of a factor, or of a product of up to four. */
    private Expression sum(List<Expr> factors) {
      Expr value = product(factors);
      Expr summed = value;
      DataType type =
          DataType.decimal(Math.min(DIGITS, value.type().precision() + 10), value.type().scale());
      return calls.add(
          AggregateCall.Kind.SUM,
          Optional.of(condition(factors).map(c -> where(c, summed)).orElse(summed)),
          SparkTypes.toSpark(type),
          "sum(" + name + ")",
          true);
    }

    /** Which rows count, but for those in which one of {@code tested} is NULL. */
    private Optional<Expr> condition(List<Expr> tested) {
      List<Expr> all = new ArrayList<>(filter.stream().toList());
      for (Expr value : first.equals(second) ? List.of(first) : List.of(first, second)) {
        if (value.nullable() && !tested.contains(value)) {
          all.add(new Expr.Call(Function.IS_NOT_NULL, List.of(value), DataType.BOOLEAN, false));
        }
      }
      return all.stream()
          .reduce(
              (a, b) ->
                  new Expr.Call(
                      Function.AND, List.of(a, b), DataType.BOOLEAN, a.nullable() || b.nullable()));
    }
  }

  private static Expr product(List<Expr> factors) {
    int half = (factors.size() + 1) / 2;
    if (factors.size() == 1) {
      return factors.get(0);
    }
    Expr value = product(factors.subList(0, half));
    Expr by = product(factors.subList(half, factors.size()));
    DataType type =
        DataType.decimal(
            Math.min(DIGITS, value.type().precision() + by.type().precision() + 1),
            value.type().scale() + by.type().scale());
    return new Expr.Call(
        Function.MULTIPLY, List.of(value, by), type, value.nullable() || by.nullable());
  }

  /**
   * What skewness and kurtosis are taken of: they stay the same where all values are multiplied by
   * a number, so that values whose powers would have too many digits are made whole. Powers beyond
   * 38 digits are an error.
   */
  private static Expr forPower(Expr value, int power, AggregateExpression call) {
    DataType type = value.type();
    if (power * type.precision() + power - 1 <= DIGITS) {
      return value;
    }
    if (!SQLConf.get().ansiEnabled()) {
      throw refuse(
          call,
          "values whose powers have more than 38 digits would be left out without a word. Set"
              + " spark.sql.ansi.enabled to true, or cast them to DECIMAL("
              + (DIGITS + 1 - power) / power
              + ", n)");
    }
    if (type.scale() == 0) {
      return value;
    }
    BigDecimal units = BigDecimal.TEN.pow(type.scale());
    Expr times = new Expr.Literal(DataType.decimal(type.scale() + 1, 0), units);
    DataType wide = DataType.decimal(type.precision() + type.scale() + 2, type.scale());
    return new Expr.Call(
        Function.CAST,
        List.of(new Expr.Call(Function.MULTIPLY, List.of(value, times), wide, value.nullable())),
        DataType.decimal(type.precision() + type.scale(), 0),
        value.nullable());
  }

  private static Expr where(Expr condition, Expr value) {
    return new Expr.Call(
        Function.CASE,
        List.of(condition, value, new Expr.Literal(value.type(), null)),
        value.type(),
        true);
  }

  private static Expression moment(String method, List<Expression> arguments) {
    List<AbstractDataType> types =
        arguments.stream().map(a -> (AbstractDataType) a.dataType()).toList();
    return new StaticInvoke(
        Moments.class,
        DataTypes.DoubleType,
        method,
        Trees.<Expression>seq(arguments),
        Trees.<AbstractDataType>seq(types),
        true,
        true,
        true,
        scala.Option.empty());
  }

  /** An argument as a DECIMAL: what Spark has cast to DOUBLE, before it did. */
  private Expr factor(Expression argument, AggregateExpression call) {
    boolean widened =
        argument instanceof Cast cast
            && cast.dataType().equals(DataTypes.DoubleType)
            && cast.child().dataType() instanceof org.apache.spark.sql.types.NumericType;
    Expr value = expressions.read(widened ? ((Cast) argument).child() : argument);
    int digits =
        switch (value.type().kind()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INT -> 10;
          case BIGINT -> 19;
          case DECIMAL -> value.type().precision();
          case DOUBLE, FLOAT -> FACTOR_DIGITS;
          default -> throw refuse(call, "it takes numbers");
        };
    if (value.type().kind() == DataType.Kind.DECIMAL && digits > FACTOR_DIGITS) {
      throw refuse(
          call,
          "its values have more than "
              + FACTOR_DIGITS
              + " digits, and their products would not be exact. Cast them to DECIMAL(18, n)");
    }
    if (value.type().isFixedPoint() && !SQLConf.get().ansiEnabled()) {
      throw refuse(
          call,
          "a DOUBLE or FLOAT that does not fit DECIMAL(18, n) would be left out without a word. Set"
              + " spark.sql.ansi.enabled to true, or cast to DECIMAL");
    }
    DataType exact = DataType.decimal(digits, value.type().scale());
    return value.type().equals(exact)
        ? value
        : new Expr.Call(Function.CAST, List.of(value), exact, value.nullable());
  }

  private static TrefoilException refuse(AggregateExpression call, String reason) {
    return CatalystExpressions.unsupported(Condition.UNSUPPORTED_FUNCTION, call, reason);
  }
}
