package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.ScalarSubquery;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.catalyst.optimizer.BooleanSimplification$;
import org.apache.spark.sql.catalyst.optimizer.ConstantFolding$;
import org.apache.spark.sql.catalyst.optimizer.NullPropagation$;
import org.apache.spark.sql.catalyst.optimizer.PropagateEmptyRelation$;
import org.apache.spark.sql.catalyst.optimizer.PruneFilters$;
import org.apache.spark.sql.catalyst.plans.Cross$;
import org.apache.spark.sql.catalyst.plans.ExistenceJoin;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Relations of which Spark knows that they have no rows, such as those with a NOT NULL column that
 * is NULL. Spark puts them in place before Trefoil's rule runs, and makes the best of them only
 * afterwards: a union without that branch, the left side of an anti join. Trefoil's rule has to see
 * the latter, since an empty relation is no owner's.
 */
final class EmptyRows {
  private static final int MOST_PASSES = 20;
  private static final List<Rule<LogicalPlan>> RULES =
      List.of(
          PropagateEmptyRelation$.MODULE$,
          NullPropagation$.MODULE$,
          ConstantFolding$.MODULE$,
          BooleanSimplification$.MODULE$,
          PruneFilters$.MODULE$);

  private EmptyRows() {}

  /** {@code plan}, with the same output, without what follows to be empty. */
  static LogicalPlan propagated(LogicalPlan plan) {
    LogicalPlan now = plan;
    for (int i = 0; i < MOST_PASSES && isIn(now); i++) {
      LogicalPlan before = now;
      now = constants(now);
      for (Rule<LogicalPlan> rule : RULES) {
        now = rule.apply(now);
      }
      if (now.fastEquals(before)) {
        break;
      }
    }
    return now;
  }

  static boolean isEmpty(LogicalPlan plan) {
    return plan instanceof LocalRelation local && local.data().isEmpty() && !local.isStreaming();
  }

  private static boolean isIn(LogicalPlan plan) {
    return isEmpty(plan)
        || (plan instanceof Join join && join.condition().contains(Literal.FalseLiteral()))
        || Trees.list(plan.children()).stream().anyMatch(EmptyRows::isIn)
        || Trees.list(plan.expressions()).stream().anyMatch(EmptyRows::isIn);
  }

  private static boolean isIn(Expression expression) {
    return (expression instanceof PlanExpression<?> subquery
            && subquery.plan() instanceof LogicalPlan plan
            && isIn(plan))
        || Trees.list(expression.children()).stream().anyMatch(EmptyRows::isIn);
  }

  /** With literals for global aggregates of no rows, and for scalar subqueries that are such. */
  private static LogicalPlan constants(LogicalPlan plan) {
    LogicalPlan inner = Trees.withChildren(plan, EmptyRows::constants);
    if (inner instanceof Aggregate aggregate
        && aggregate.groupingExpressions().isEmpty()
        && isEmpty(aggregate.child())) {
      return ofNothing(aggregate);
    }
    if (inner instanceof Join join
        && join.joinType() instanceof ExistenceJoin existence
        && isEmpty(join.right())) {
      List<NamedExpression> columns = new ArrayList<>(Trees.list(join.left().output()));
      Attribute exists = existence.exists();
      columns.add(Trees.alias(Literal.FalseLiteral(), exists.name(), exists.exprId()));
      return new Project(Trees.seq(columns), join.left());
    }
    if (inner instanceof Join join) {
      return withoutOneRow(join);
    }
    return (LogicalPlan)
        inner.mapExpressions(
            new scala.runtime.AbstractFunction1<Expression, Expression>() {
              @Override
              public Expression apply(Expression e) {
                return Trees.replace(e, EmptyRows::value);
              }
            });
  }

  /** A join with one row of literals as a projection. */
  private static LogicalPlan withoutOneRow(Join join) {
    boolean inner = join.joinType() == Inner$.MODULE$ || join.joinType() == Cross$.MODULE$;
    boolean all = join.condition().isEmpty() || join.condition().contains(Literal.TrueLiteral());
    if (isOneRow(join.right()) && (inner || (all && join.joinType() == LeftOuter$.MODULE$))) {
      return beside(join, join.left(), (Project) join.right());
    }
    return isOneRow(join.left()) && inner
        ? beside(join, join.right(), (Project) join.left())
        : join;
  }

  private static boolean isOneRow(LogicalPlan plan) {
    return plan instanceof Project project && project.child() instanceof OneRowRelation;
  }

  private static LogicalPlan beside(Join join, LogicalPlan rows, Project literals) {
    List<NamedExpression> columns = new ArrayList<>(Trees.list(rows.output()));
    columns.addAll(Trees.list(literals.projectList()));
    LogicalPlan all = new Project(Trees.seq(columns), rows);
    if (join.condition().isDefined()) {
      all = new Filter(join.condition().get(), all);
    }
    return new Project(Trees.<NamedExpression>seq(Trees.list(join.output())), all);
  }

  private static LogicalPlan ofNothing(Aggregate aggregate) {
    if (!Trees.list(aggregate.aggregateExpressions()).stream()
        .allMatch(e -> isKnown((Expression) e))) {
      return aggregate;
    }
    List<NamedExpression> columns = new ArrayList<>();
    for (NamedExpression named : Trees.list(aggregate.aggregateExpressions())) {
      columns.add(
          (NamedExpression)
              Trees.replace(
                  (Expression) named,
                  e ->
                      e instanceof AggregateExpression call
                          ? Optional.of(ofNothing(call))
                          : Optional.empty()));
    }
    return new Project(Trees.seq(columns), new OneRowRelation());
  }

  /** Whether it is known what the aggregates in {@code e} make of no rows. */
  private static boolean isKnown(Expression e) {
    if (e instanceof AggregateExpression call) {
      AggregateFunction function = call.aggregateFunction();
      return function.defaultResult().isDefined()
          || function instanceof Sum
          || function instanceof Min
          || function instanceof Max
          || function instanceof Average
          || MomentCalls.reads(function);
    }
    return Trees.list(e.children()).stream().allMatch(EmptyRows::isKnown);
  }

  private static Expression ofNothing(AggregateExpression call) {
    return call.aggregateFunction().defaultResult().isDefined()
        ? call.aggregateFunction().defaultResult().get()
        : Literal.create(null, call.dataType());
  }

  private static Optional<Expression> value(Expression e) {
    if (!(e instanceof PlanExpression<?> subquery)
        || !(subquery.plan() instanceof LogicalPlan plan)
        || !isIn(plan)) {
      return Optional.empty();
    }
    LogicalPlan now = propagated(plan);
    if (e instanceof ScalarSubquery && isEmpty(now)) {
      return Optional.of(Literal.create(null, e.dataType()));
    }
    if (e instanceof ScalarSubquery
        && now instanceof Project project
        && project.child() instanceof OneRowRelation
        && project.projectList().head() instanceof Alias alias) {
      return Optional.of(alias.child());
    }
    @SuppressWarnings("unchecked")
    PlanExpression<LogicalPlan> typed = (PlanExpression<LogicalPlan>) subquery;
    return Optional.of(typed.withNewPlan(now));
  }
}
