package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.plans.LeftAnti$;
import org.apache.spark.sql.catalyst.plans.LeftSemi$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LeafNode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Subquery;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.internal.SQLConf;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Plan;
import org.trefoil.spark.QueryTable;
import org.trefoil.spark.TrefoilSparkException;
import org.trefoil.spark.TrefoilTable;
import org.trefoil.spark.result.ResultScan;

/**
 * Replaces every maximal subtree that aggregates owners' rows by one leaf that returns what the
 * executors reveal. Runs once per query and once per subquery, after Spark's operator optimisation
 * and before anything is pushed into a scan. A subquery over owners' rows is frozen when Spark
 * optimises it by itself, and put back when the query around it is absorbed, so that nothing inner
 * is revealed. What still reads rows afterwards is left for {@link RowLevelGuard} to refuse.
 */
public final class AbsorbAggregates extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (Leaves.unresolved(plan).isEmpty()) {
      return plan;
    }
    try {
      if (plan instanceof Subquery subquery) {
        return subquery(subquery);
      }
      return down(EmptyRows.propagated(thaw(plan)));
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  private LogicalPlan subquery(Subquery subquery) {
    if (subquery.correlated()) {
      // Spark is about to rewrite it into a join, for which it has to see inside.
      return subquery;
    }
    LogicalPlan child = EmptyRows.propagated(subquery.child());
    LogicalPlan changed =
        Leaves.allOurs(child) ? Frozen.freeze(child) : down(EmptyRows.propagated(thaw(child)));
    return new Subquery(changed, false);
  }

  private LogicalPlan down(LogicalPlan plan) {
    Optional<QueryTable> query = Leaves.query(plan);
    if (query.isPresent()) {
      return whole(query.get(), Trees.list(plan.output()));
    }
    if (Leaves.allOurs(plan) && !isSparks(plan)) {
      if (aggregatedEverywhere(plan)) {
        return absorb(Subqueries.inlined(plan));
      }
      if (RowsAsGroups.applies(plan)) {
        return RowsAsGroups.of(Subqueries.inlined(plan)).apply(this::absorb);
      }
    }
    return subqueries(Trees.withChildren(plan, this::down));
  }

  /**
   * What Spark does with the whole result after it is revealed, since it takes nothing away from
   * it: an order of all of it, any rows of it, windows over it, several results one after the
   * other.
   */
  private static boolean isSparks(LogicalPlan plan) {
    if (plan instanceof Project project) {
      return isSparks(project.child());
    }
    return !(plan instanceof Aggregate
        || plan instanceof Filter
        || plan instanceof Join
        || plan instanceof LeafNode
        || CatalystAggregate.sortUnderLimit(plan) != null);
  }

  private LogicalPlan absorb(LogicalPlan inlined) {
    LogicalPlan plan = EmptyRows.propagated(inlined);
    if (Leaves.unresolved(plan).isEmpty()) {
      return plan;
    }
    CatalystAggregate aggregate = CatalystAggregate.read(plan);
    List<Attribute> output = Trees.list(plan.output());
    Set<TrefoilTable> tables = aggregate.tables();
    TrefoilTable first = tables.iterator().next();
    if (first.options().quotients()) {
      aggregate.divide(output);
    }
    aggregate.prune(output);
    for (TrefoilTable table : tables) {
      if (table.execution() != first.execution()) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot join "
                + first.name()
                + " with "
                + table.name()
                + ": they are in different catalogs. Use the tables of one.");
      }
    }
    SQLConf conf = SQLConf.get();
    Plan trefoil =
        new Plan(
            aggregate.rel(),
            conf.ansiEnabled(),
            conf.sessionLocalTimeZone(),
            first.options().release(tables.stream().map(t -> t.descriptor().owner()).toList()));
    ResultScan scan =
        ResultScan.plan(
            SparkSession.active(),
            first.execution(),
            first.options(),
            trefoil,
            tables.stream().map(TrefoilTable::descriptor).toList());
    LogicalPlan leaf = Leaves.of(first.options().catalog(), scan, Trees.seq(aggregate.leaf()));
    List<NamedExpression> columns = new ArrayList<>();
    for (Attribute attribute : output) {
      columns.add(renamed(subqueries(aggregate.column(attribute)), attribute));
    }
    return new Project(Trees.seq(columns), leaf);
  }

  /** The plan of {@code option("query", ...)}, optimised by itself, under the given attributes. */
  private LogicalPlan whole(QueryTable query, List<Attribute> output) {
    LogicalPlan plan = query.optimized();
    PlannedQueries.withReadOptions(plan, query.readOptions());
    List<Attribute> inner = Trees.list(plan.output());
    List<NamedExpression> columns = new ArrayList<>();
    for (int i = 0; i < output.size(); i++) {
      columns.add(renamed(inner.get(i), output.get(i)));
    }
    return new Project(Trees.seq(columns), plan);
  }

  /** {@code value} under the name and identity of {@code attribute}. */
  private static NamedExpression renamed(Expression value, Attribute attribute) {
    return new Alias(
        value,
        attribute.name(),
        attribute.exprId(),
        attribute.qualifier(),
        scala.Option.apply(attribute.metadata()),
        Trees.seq(List.of()));
  }

  /** Whether an aggregate is between the root and every leaf whose columns it returns. */
  private static boolean aggregatedEverywhere(LogicalPlan plan) {
    if (plan instanceof Join join
        && (join.joinType() == LeftSemi$.MODULE$ || join.joinType() == LeftAnti$.MODULE$)) {
      return aggregatedEverywhere(join.left());
    }
    List<LogicalPlan> children = Trees.list(plan.children());
    return plan instanceof Aggregate
        || (!children.isEmpty()
            && children.stream().allMatch(AbsorbAggregates::aggregatedEverywhere));
  }

  /** Puts the plans of frozen subqueries back, in the tree and in its expressions. */
  private static LogicalPlan thaw(LogicalPlan plan) {
    Optional<LogicalPlan> thawed = Frozen.thaw(plan);
    if (thawed.isPresent()) {
      return thaw(thawed.get());
    }
    return withSubqueries(Trees.withChildren(plan, AbsorbAggregates::thaw), AbsorbAggregates::thaw);
  }

  private LogicalPlan subqueries(LogicalPlan plan) {
    return withSubqueries(plan, this::down);
  }

  private Expression subqueries(Expression expression) {
    return withSubqueries(expression, this::down);
  }

  private static LogicalPlan withSubqueries(LogicalPlan plan, UnaryOperator<LogicalPlan> change) {
    return (LogicalPlan)
        plan.mapExpressions(
            new scala.runtime.AbstractFunction1<Expression, Expression>() {
              @Override
              public Expression apply(Expression e) {
                return withSubqueries(e, change);
              }
            });
  }

  private static Expression withSubqueries(
      Expression expression, UnaryOperator<LogicalPlan> change) {
    List<Expression> children = Trees.list(expression.children());
    List<Expression> changed = new ArrayList<>();
    boolean differs = false;
    for (Expression child : children) {
      Expression now = withSubqueries(child, change);
      differs |= now != child;
      changed.add(now);
    }
    Expression result = differs ? expression.withNewChildren(Trees.seq(changed)) : expression;
    if (result instanceof PlanExpression<?> subquery
        && subquery.plan() instanceof LogicalPlan inner) {
      LogicalPlan now = change.apply(inner);
      if (now != inner) {
        @SuppressWarnings("unchecked")
        PlanExpression<LogicalPlan> typed = (PlanExpression<LogicalPlan>) subquery;
        return typed.withNewPlan(now);
      }
    }
    return result;
  }
}
