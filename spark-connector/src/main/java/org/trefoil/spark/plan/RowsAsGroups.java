package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.ReplicateRows;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.plans.LeftAnti$;
import org.apache.spark.sql.catalyst.plans.LeftSemi$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.spark.TrefoilTable;

/**
 * A query that returns columns of owners' rows beside aggregates, or of rows that a subquery with
 * an aggregate has chosen: the same as grouping by all that it returns, with each group as often as
 * it has rows. What the policies say of grouping decides about it: every returned column needs
 * "group", and a table whose groups have a minimum size is left to {@link RowLevelGuard} to refuse,
 * as are queries without any aggregate.
 */
final class RowsAsGroups {
  private final LogicalPlan plan;

  private RowsAsGroups(LogicalPlan plan) {
    this.plan = plan;
  }

  /** Whether {@code plan}, over owners' tables only, is such a query. */
  static boolean applies(LogicalPlan plan) {
    Set<TrefoilTable> rows = new HashSet<>();
    collect(plan, rows);
    return aggregates(plan)
        && rows.stream()
            .allMatch(
                t ->
                    !t.descriptor().policy().holdsBack()
                        || t.options().release(List.of()).waives(t.descriptor()));
  }

  static RowsAsGroups of(LogicalPlan plan) {
    return new RowsAsGroups(plan);
  }

  /** The query with its groups, and all above that Spark does not do, as {@code absorb} says. */
  LogicalPlan apply(UnaryOperator<LogicalPlan> absorb) {
    Sort sort = CatalystAggregate.sortUnderLimit(plan);
    LogicalPlan body = sort == null ? plan : sort.child();
    Count one = new Count(Trees.<Expression>seq(List.of(Literal.create(1, DataTypes.IntegerType))));
    NamedExpression count = Trees.alias(one.toAggregateExpression(), "count");
    List<NamedExpression> columns = new ArrayList<>(Trees.list(body.output()));
    columns.add(count);
    LogicalPlan groups =
        new Aggregate(
            Trees.<Expression>seq(Trees.list(body.output())),
            Trees.seq(columns),
            body,
            scala.Option.empty());
    LogicalPlan absorbed = absorb.apply(above(plan, body, groups, count.toAttribute()));
    List<Attribute> output = Trees.list(plan.output());
    List<Expression> replicated = new ArrayList<>();
    replicated.add((Expression) count.toAttribute());
    List<Attribute> generated = new ArrayList<>();
    List<NamedExpression> renamed = new ArrayList<>();
    for (Attribute column : output) {
      replicated.add((Expression) column);
      AttributeReference copy =
          CatalystAggregate.attribute(column.name(), column.dataType(), column.nullable());
      generated.add(copy);
      renamed.add(Trees.alias(copy, column.name(), column.exprId()));
    }
    List<Object> unrequired = new ArrayList<>();
    for (int i = 0; i < absorbed.output().size(); i++) {
      unrequired.add(i);
    }
    LogicalPlan rows =
        new Project(
            Trees.seq(renamed),
            new Generate(
                new ReplicateRows(Trees.seq(replicated)),
                Trees.seq(unrequired),
                false,
                scala.Option.empty(),
                Trees.seq(generated),
                absorbed));
    return limited(plan, sort, rows);
  }

  /** The limits of {@code plan} once more, over the rows that the groups stand for. */
  private static LogicalPlan limited(LogicalPlan plan, Sort sort, LogicalPlan rows) {
    if (sort == null || plan == sort) {
      return rows;
    }
    LogicalPlan child = limited(Trees.list(plan.children()).get(0), sort, rows);
    return plan instanceof Project ? child : plan.withNewChildren(Trees.seq(List.of(child)));
  }

  /** What {@code plan} has above {@code body}, over {@code groups}, with their count kept. */
  private static LogicalPlan above(
      LogicalPlan plan, LogicalPlan body, LogicalPlan groups, Attribute count) {
    if (plan == body) {
      return groups;
    }
    LogicalPlan child = above(Trees.list(plan.children()).get(0), body, groups, count);
    if (plan instanceof Project project) {
      List<NamedExpression> columns = new ArrayList<>(Trees.list(project.projectList()));
      columns.add(count);
      return new Project(Trees.seq(columns), child);
    }
    return plan.withNewChildren(Trees.seq(List.of(child)));
  }

  private static boolean aggregates(LogicalPlan plan) {
    return plan instanceof Aggregate
        || Trees.list(plan.children()).stream().anyMatch(RowsAsGroups::aggregates)
        || Trees.list(plan.expressions()).stream().anyMatch(RowsAsGroups::aggregates);
  }

  private static boolean aggregates(Expression expression) {
    return (expression instanceof PlanExpression<?> subquery
            && subquery.plan() instanceof LogicalPlan plan
            && aggregates(plan))
        || Trees.list(expression.children()).stream().anyMatch(RowsAsGroups::aggregates);
  }

  /** The tables of which rows are returned. */
  private static void collect(LogicalPlan plan, Set<TrefoilTable> rows) {
    if (plan instanceof Aggregate) {
      return;
    }
    Leaves.rows(plan).ifPresent(rows::add);
    boolean leftOnly =
        plan instanceof Join join
            && (join.joinType() == LeftSemi$.MODULE$ || join.joinType() == LeftAnti$.MODULE$);
    List<LogicalPlan> children = Trees.list(plan.children());
    (leftOnly ? children.subList(0, 1) : children).forEach(c -> collect(c, rows));
  }
}
