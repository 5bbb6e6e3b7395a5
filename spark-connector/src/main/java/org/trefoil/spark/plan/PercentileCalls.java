package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CreateArray;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproximatePercentile;
import org.apache.spark.sql.catalyst.expressions.aggregate.PercentileBase;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.error.Condition;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.AggregateCall.Position;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.type.DataType;
import org.trefoil.spark.SparkTypes;

/**
 * Percentiles and medians: the values on both sides of the place are picked, and put together by
 * their distance from it, on shares; Spark divides by the denominator of the percentage. Neither
 * the two values nor how many there are is revealed. What Spark approximates is exact.
 */
final class PercentileCalls {
  private static final int DIGITS = 38;

  private final CatalystAggregate.Calls calls;

  PercentileCalls(CatalystAggregate.Calls calls) {
    this.calls = calls;
  }

  static boolean reads(AggregateFunction function) {
    return function instanceof PercentileBase || function instanceof ApproximatePercentile;
  }

  /** What Spark is to compute instead of {@code call}. */
  Expression read(AggregateExpression call, String name) {
    if (call.aggregateFunction() instanceof ApproximatePercentile approximate) {
      return exactly(approximate, call, name);
    }
    PercentileBase percentile = (PercentileBase) call.aggregateFunction();
    if (!(percentile.frequencyExpression() instanceof Literal once)
        || !String.valueOf(once.value()).equals("1")) {
      throw refuse(call, "values with frequencies are not in the profile. Leave them out");
    }
    Expr value = value(percentile.child(), call);
    List<Expression> all = new ArrayList<>();
    for (double fraction : percentile.percentages()) {
      all.add(one(percentile, call, value, fraction, name));
    }
    return allOf(all, percentile);
  }

  /** The values themselves: the first that so many of all do not exceed. */
  private Expression exactly(
      ApproximatePercentile approximate, AggregateExpression call, String name) {
    Expr value = value(approximate.child(), call);
    Object percentage = approximate.percentageExpression().eval(null);
    double[] parts =
        percentage instanceof ArrayData array
            ? array.toDoubleArray()
            : new double[] {(Double) percentage};
    List<Expression> all = new ArrayList<>();
    for (double part : parts) {
      Part of = Part.of(part, call);
      all.add(picked(value, discrete(of.times, of.by, false), name));
    }
    return allOf(all, approximate);
  }

  private static Expression allOf(List<Expression> all, AggregateFunction function) {
    return function.dataType() instanceof ArrayType
        ? new CreateArray(Trees.<Expression>seq(all), false)
        : all.get(0);
  }

  private Expr value(Expression child, AggregateExpression call) {
    Expr value = calls.argument(values(child), call).orElseThrow();
    if (!value.type().isNumeric()) {
      throw refuse(call, "only numbers are picked by their place. Use min or max");
    }
    return value;
  }

  /** {@code times} of {@code by} equal parts. */
  private record Part(long times, long by) {
    static Part of(double percentage, AggregateExpression call) {
      BigDecimal fraction = new BigDecimal(Double.toString(percentage)).stripTrailingZeros();
      BigInteger by = BigInteger.TEN.pow(Math.max(0, fraction.scale()));
      BigInteger times = fraction.multiply(new BigDecimal(by)).toBigIntegerExact();
      BigInteger common = times.gcd(by);
      if (by.divide(common).compareTo(BigInteger.valueOf(Position.MOST)) > 0) {
        throw refuse(call, "its percentage has too many digits. Write at most six");
      }
      return new Part(times.divide(common).longValueExact(), by.divide(common).longValueExact());
    }
  }

  /** What a percentile is taken of, before Spark cast it to DOUBLE. */
  static Expression values(Expression child) {
    return child instanceof Cast cast
            && cast.dataType().equals(DataTypes.DoubleType)
            && cast.child().dataType() instanceof org.apache.spark.sql.types.NumericType
        ? cast.child()
        : child;
  }

  private Expression one(
      PercentileBase percentile, AggregateExpression call, Expr value, double p, String name) {
    Part part = Part.of(p, call);
    long b = part.by;
    long a = part.times;
    if (percentile.discrete()) {
      return fraction(
          calls.made(exact(pick(value, discrete(a, b, percentile.reverse()), name)), name), 1);
    }
    if (percentile.reverse()) {
      a = b - a;
    }
    Expr lower = exact(pick(value, new Position(a, -a, b), name));
    if (b == 1) {
      return fraction(calls.made(lower, name), 1);
    }
    Expr upper = exact(pick(value, new Position(a, b - 1 - a, b), name));
    // Halfway between two values, or both are the same one.
    Expr sum =
        b == 2
            ? add(lower, upper)
            : add(
                times(lower, to(minus(whole(b), rest(value, a, b, name)))),
                times(upper, to(rest(value, a, b, name))));
    return fraction(calls.made(sum, name), b);
  }

  /** The first value that at least the given part of the values does not exceed. */
  private static Position discrete(long a, long b, boolean descending) {
    if (!descending) {
      return a == 0 ? new Position(0, 0, 1) : new Position(a, -1, b);
    }
    return a == 0 ? new Position(1, -1, 1) : new Position(b - a, 0, b);
  }

  /** ((n - 1) a) mod b. */
  private Expr rest(Expr value, long a, long b, String name) {
    Expr n =
        calls.column(
            calls.add(
                AggregateCall.Kind.COUNT,
                Optional.of(value).filter(Expr::nullable),
                DataTypes.LongType,
                "count(" + name + ")",
                false));
    Expr times = call(Function.MULTIPLY, DataType.BIGINT, minus(n, whole(1)), whole(a));
    return call(Function.REMAINDER, DataType.BIGINT, times, whole(b));
  }

  private Expr pick(Expr value, Position position, String name) {
    return calls.column(picked(value, position, name));
  }

  private Expression picked(Expr value, Position position, String name) {
    return calls.add(
        AggregateCall.quantile(value, position), SparkTypes.toSpark(value.type()), name);
  }

  /** A number as a DECIMAL that holds all numbers of its type, and their products with percents. */
  private static Expr exact(Expr value) {
    int digits =
        switch (value.type().kind()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INT -> 10;
          case DECIMAL -> value.type().precision();
          default -> 19;
        };
    DataType type = DataType.decimal(Math.min(DIGITS, digits + 7), value.type().scale());
    return new Expr.Call(Function.CAST, List.of(value), type, value.nullable());
  }

  private static Expr to(Expr factor) {
    return new Expr.Call(
        Function.CAST, List.of(factor), DataType.decimal(19, 0), factor.nullable());
  }

  private static Expr times(Expr value, Expr factor) {
    return call(Function.MULTIPLY, value.type(), value, factor);
  }

  private static Expr add(Expr left, Expr right) {
    return call(Function.ADD, left.type(), left, right);
  }

  private static Expr minus(Expr left, Expr right) {
    return call(Function.SUBTRACT, DataType.BIGINT, left, right);
  }

  private static Expr whole(long number) {
    return new Expr.Literal(DataType.BIGINT, number);
  }

  private static Expr call(Function function, DataType type, Expr left, Expr right) {
    return new Expr.Call(function, List.of(left, right), type, left.nullable() || right.nullable());
  }

  private static Expression fraction(AttributeReference sum, long of) {
    List<Expression> arguments = List.of(sum, Literal.create(of, DataTypes.LongType));
    return new StaticInvoke(
        Moments.class,
        DataTypes.DoubleType,
        Moments.FRACTION,
        Trees.<Expression>seq(arguments),
        Trees.<AbstractDataType>seq(
            arguments.stream().map(a -> (AbstractDataType) a.dataType()).toList()),
        true,
        true,
        true,
        scala.Option.empty());
  }

  private static RuntimeException refuse(AggregateExpression call, String reason) {
    return CatalystExpressions.unsupported(Condition.UNSUPPORTED_FUNCTION, call, reason);
  }
}
