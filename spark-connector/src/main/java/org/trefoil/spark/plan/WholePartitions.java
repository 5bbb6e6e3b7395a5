package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SpecifiedWindowFrame;
import org.apache.spark.sql.catalyst.expressions.UnboundedFollowing$;
import org.apache.spark.sql.catalyst.expressions.UnboundedPreceding$;
import org.apache.spark.sql.catalyst.expressions.UnspecifiedFrame$;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.WindowSpecDefinition;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.JoinHint;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.types.DataTypes;

/**
 * Windows that aggregate whole partitions, {@code sum(x) OVER (PARTITION BY p)}, as joins with the
 * aggregate by these partitions. Those in which an order matters are {@link OrderedWindows}.
 */
final class WholePartitions {
  private WholePartitions() {}

  /** Whether all that {@code window} computes is of whole partitions. */
  static boolean isWhole(Window window) {
    return Trees.list(window.windowExpressions()).stream()
        .allMatch(
            e ->
                DecimalSums.of((Expression) e) instanceof Alias alias
                    && alias.child() instanceof WindowExpression over
                    && over.windowFunction() instanceof AggregateExpression
                    && isWhole(over.windowSpec()));
  }

  /** A join with the output of {@code window}, which {@link #isWhole}. */
  static LogicalPlan joined(Window window) {
    List<NamedExpression> columns = new ArrayList<>();
    List<Expression> equal = new ArrayList<>();
    List<Expression> partitions =
        Trees.list(window.partitionSpec()).stream().map(WholePartitions::keyed).toList();
    for (Expression partition : partitions) {
      Alias column = Trees.alias(partition, name(partition));
      columns.add(column);
      equal.add(new EqualNullSafe(partition, (Expression) column.toAttribute()));
    }
    for (NamedExpression named : Trees.list(window.windowExpressions())) {
      columns.add(Trees.alias(aggregate(named), named.name(), named.exprId()));
    }
    LogicalPlan whole =
        new Aggregate(
            Trees.seq(partitions), Trees.seq(columns), window.child(), scala.Option.empty());
    Expression condition = equal.isEmpty() ? Literal.TrueLiteral() : Trees.conjunction(equal);
    Join join =
        new Join(
            window.child(), whole, Inner$.MODULE$, scala.Option.apply(condition), JoinHint.NONE());
    return new Project(Trees.<NamedExpression>seq(Trees.list(window.output())), join);
  }

  /** What tells the same partitions apart; a BOOLEAN with its NULL as a number. */
  private static Expression keyed(Expression partition) {
    return partition.dataType() == DataTypes.BooleanType && partition.nullable()
        ? new If(new IsNull(partition), number(2), new If(partition, number(1), number(0)))
        : partition;
  }

  private static Literal number(int value) {
    return Literal.create(value, DataTypes.IntegerType);
  }

  private static Expression aggregate(NamedExpression named) {
    return ((WindowExpression) ((Alias) DecimalSums.of((Expression) named)).child())
        .windowFunction();
  }

  private static boolean isWhole(WindowSpecDefinition spec) {
    return spec.orderSpec().isEmpty()
        && (spec.frameSpecification() == UnspecifiedFrame$.MODULE$
            || (spec.frameSpecification() instanceof SpecifiedWindowFrame frame
                && frame.lower() == UnboundedPreceding$.MODULE$
                && frame.upper() == UnboundedFollowing$.MODULE$));
  }

  private static String name(Expression partition) {
    return partition instanceof Attribute attribute ? attribute.name() : "partition";
  }
}
