package org.trefoil.spark.plan;

import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Divide;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MakeDecimal;
import org.apache.spark.sql.catalyst.expressions.UnscaledValue;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;

/**
 * Takes back what Spark's optimizer has made of sums and averages of short decimals in a subquery:
 * a sum of unscaled values is the sum of the decimals, with the same type.
 */
final class DecimalSums {
  private DecimalSums() {}

  /** {@code expression} with aggregates of decimals. */
  static Expression of(Expression expression) {
    return Trees.replace(expression, e -> decimal(e).or(() -> windowed(e)));
  }

  private static Optional<Expression> decimal(Expression e) {
    if (e instanceof MakeDecimal made
        && made.child() instanceof AggregateExpression call
        && call.aggregateFunction() instanceof Sum sum
        && sum.child() instanceof UnscaledValue unscaled) {
      return same(e, over(call, new Sum(unscaled.child(), sum.evalContext())));
    }
    if (e instanceof Cast cast
        && cast.child() instanceof Divide quotient
        && quotient.left() instanceof AggregateExpression call
        && quotient.right() instanceof Literal
        && call.aggregateFunction() instanceof Average average
        && average.child() instanceof UnscaledValue unscaled) {
      return same(e, over(call, new Average(unscaled.child(), average.evalMode())));
    }
    return Optional.empty();
  }

  /** The aggregate of a window is one level further down. */
  private static Optional<Expression> windowed(Expression e) {
    Optional<WindowExpression> over =
        e instanceof MakeDecimal made && made.child() instanceof WindowExpression w
            ? Optional.of(w)
            : e instanceof Cast cast
                    && cast.child() instanceof Divide quotient
                    && quotient.left() instanceof WindowExpression w
                ? Optional.of(w)
                : Optional.empty();
    if (over.isEmpty()) {
      return Optional.empty();
    }
    WindowExpression of = over.get();
    Expression inner =
        Trees.replace(
            e, x -> x == of ? Optional.of(of.windowFunction()) : Optional.<Expression>empty());
    return decimal(inner).map(call -> new WindowExpression(call, of.windowSpec()));
  }

  private static Optional<Expression> same(Expression of, AggregateExpression call) {
    return call.dataType().equals(of.dataType()) ? Optional.of(call) : Optional.empty();
  }

  private static AggregateExpression over(AggregateExpression call, AggregateFunction function) {
    return call.copy(function, call.mode(), call.isDistinct(), call.filter(), call.resultId());
  }
}
