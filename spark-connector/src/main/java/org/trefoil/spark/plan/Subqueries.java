package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.InSubquery;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.ScalarSubquery;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.optimizer.RewritePredicateSubquery$;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.JoinType;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.RightOuter$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.JoinHint;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Makes joins of the subqueries in a plan's expressions: EXISTS and IN become semi, anti and
 * existence joins by Spark's own rule; a scalar subquery, which is one row at most, is joined to
 * every row. A copy of an IN subquery that Spark has made for the other side of an inner join is
 * left out, because it would be computed twice and restricts nothing.
 */
final class Subqueries {
  private static final Literal TRUE = Literal.TrueLiteral();

  private Subqueries() {}

  /**
   * {@code plan} without subqueries in its expressions, and with the same output.
   *
   * @throws TrefoilException for a subquery that reads tables outside of Trefoil, or that may
   *     return several rows
   */
  static LogicalPlan inlined(LogicalPlan plan) {
    refuseForeign(plan);
    return scalars(RewritePredicateSubquery$.MODULE$.apply(withoutCopies(plan)));
  }

  private static void refuseForeign(LogicalPlan plan) {
    for (Expression expression : Trees.list(plan.expressions())) {
      subqueries(expression).forEach(s -> refuseForeign(s, (LogicalPlan) s.plan()));
    }
    Trees.list(plan.children()).forEach(Subqueries::refuseForeign);
  }

  private static void refuseForeign(PlanExpression<?> subquery, LogicalPlan plan) {
    for (LogicalPlan leaf : Leaves.others(plan)) {
      if (EmptyRows.isEmpty(leaf)) {
        continue;
      }
      throw CatalystExpressions.unsupported(
          Condition.UNSUPPORTED_OPERATION,
          subquery,
          "its subquery reads "
              + leaf.nodeName().toLowerCase(Locale.ROOT)
              + " outside of Trefoil. List that table in an OWNERS.yaml too, or run the subquery by"
              + " itself and put its result in as literals");
    }
    refuseForeign(plan);
  }

  private static List<PlanExpression<?>> subqueries(Expression expression) {
    List<PlanExpression<?>> found = new ArrayList<>();
    if (expression instanceof PlanExpression<?> subquery
        && subquery.plan() instanceof LogicalPlan) {
      found.add(subquery);
    }
    Trees.list(expression.children()).forEach(c -> found.addAll(subqueries(c)));
    return found;
  }

  // ------------------------------------------------------------------ copies

  /** Leaves out what a region of inner joins asks of equal keys more than once. */
  private static LogicalPlan withoutCopies(LogicalPlan plan) {
    if (!(plan instanceof Join join) || !isInner(join)) {
      return Trees.withChildren(plan, Subqueries::withoutCopies);
    }
    Region region = new Region();
    region.collect(plan);
    return region.cleaned(plan);
  }

  private static boolean isInner(Join join) {
    return join.joinType() == Inner$.MODULE$;
  }

  /** Inner joins, and the filters and projections between them. */
  private static final class Region {
    private final Map<ExprId, ExprId> parents = new HashMap<>();
    private final Map<ExprId, List<LogicalPlan>> asked = new HashMap<>();

    void collect(LogicalPlan plan) {
      if (plan instanceof Join join && isInner(join)) {
        join.condition()
            .foreach(
                c -> {
                  Trees.conjuncts(c).forEach(this::equate);
                  return null;
                });
      } else if (plan instanceof Filter filter) {
        Trees.conjuncts(filter.condition()).forEach(this::equate);
      } else if (!(plan instanceof Project)) {
        return;
      }
      Trees.list(plan.children()).forEach(this::collect);
    }

    private void equate(Expression conjunct) {
      if (conjunct instanceof EqualTo equal
          && equal.left() instanceof Attribute a
          && equal.right() instanceof Attribute b) {
        parents.put(find(a.exprId()), find(b.exprId()));
      }
    }

    private ExprId find(ExprId id) {
      ExprId root = id;
      while (parents.containsKey(root) && !parents.get(root).equals(root)) {
        root = parents.get(root);
      }
      return root;
    }

    LogicalPlan cleaned(LogicalPlan plan) {
      if (plan instanceof Join join && isInner(join)) {
        return Trees.withChildren(plan, this::cleaned);
      }
      if (plan instanceof Filter filter) {
        List<Expression> kept = new ArrayList<>();
        boolean dropped = false;
        for (Expression conjunct : Trees.conjuncts(filter.condition())) {
          if (isCopy(conjunct)) {
            dropped = true;
          } else {
            kept.add(conjunct);
          }
        }
        LogicalPlan child = cleaned(filter.child());
        if (!dropped) {
          return filter.child() == child ? filter : new Filter(filter.condition(), child);
        }
        return kept.isEmpty() ? child : new Filter(Trees.conjunction(kept), child);
      }
      if (plan instanceof Project) {
        return Trees.withChildren(plan, this::cleaned);
      }
      return withoutCopies(plan);
    }

    private boolean isCopy(Expression conjunct) {
      if (!(conjunct instanceof InSubquery in)
          || !(in.values().size() == 1 && in.values().head() instanceof Attribute key)
          || !in.query().joinCond().isEmpty()
          || !in.query().outerAttrs().isEmpty()) {
        return false;
      }
      List<LogicalPlan> before = asked.computeIfAbsent(find(key.exprId()), k -> new ArrayList<>());
      LogicalPlan plan = in.query().plan();
      if (before.stream().anyMatch(plan::sameResult)) {
        return true;
      }
      before.add(plan);
      return false;
    }
  }

  // ----------------------------------------------------------------- scalars

  private static LogicalPlan scalars(LogicalPlan plan) {
    LogicalPlan inner = Trees.withChildren(plan, Subqueries::scalars);
    if (inner instanceof Aggregate aggregate && scalarOutsideOfCalls(aggregate)) {
      return scalars(split(aggregate));
    }
    Joined joined = new Joined();
    LogicalPlan changed = joined.replaced(inner);
    if (joined.plans.isEmpty()) {
      return inner;
    }
    List<LogicalPlan> children = new ArrayList<>(Trees.list(changed.children()));
    int side = inner instanceof Join join && join.joinType() == RightOuter$.MODULE$ ? 1 : 0;
    LogicalPlan child = children.get(side);
    for (int i = 0; i < joined.plans.size(); i++) {
      child =
          new Join(
              child,
              joined.plans.get(i),
              joined.types.get(i),
              scala.Option.apply(TRUE),
              JoinHint.NONE());
    }
    children.set(side, child);
    LogicalPlan result = changed.withNewChildren(Trees.seq(children));
    List<Attribute> output = Trees.list(inner.output());
    return result.output().size() == output.size()
        ? result
        : new Project(Trees.<NamedExpression>seq(output), result);
  }

  /** The subqueries of one operator, and the columns that stand for them. */
  private static final class Joined {
    final List<LogicalPlan> plans = new ArrayList<>();
    final List<JoinType> types = new ArrayList<>();
    private final List<LogicalPlan> subqueries = new ArrayList<>();

    LogicalPlan replaced(LogicalPlan plan) {
      boolean takes =
          plan instanceof Filter
              || plan instanceof Project
              || plan instanceof Aggregate
              || plan instanceof Join
              || plan instanceof Sort;
      return takes
          ? (LogicalPlan)
              plan.mapExpressions(
                  new scala.runtime.AbstractFunction1<Expression, Expression>() {
                    @Override
                    public Expression apply(Expression e) {
                      return Trees.replace(e, Joined.this::column);
                    }
                  })
          : plan;
    }

    private Optional<Expression> column(Expression e) {
      if (e instanceof IsNotNull check && existence(check.child()).isPresent()) {
        return Optional.of(
            new GreaterThan(count(existence(check.child()).get()), Literal.create(0L, longType())));
      }
      if (e instanceof IsNull check && existence(check.child()).isPresent()) {
        return Optional.of(
            new LessThanOrEqual(
                count(existence(check.child()).get()), Literal.create(0L, longType())));
      }
      if (e instanceof ScalarSubquery scalar && scalar.outerAttrs().isEmpty()) {
        return Optional.of(value(scalar));
      }
      return Optional.empty();
    }

    private static org.apache.spark.sql.types.DataType longType() {
      return DataTypes.LongType;
    }

    /**
     * Spark writes EXISTS without correlation as {@code (SELECT 1 FROM ... LIMIT 1) IS NOT NULL}.
     */
    private static Optional<LogicalPlan> existence(Expression e) {
      if (e instanceof ScalarSubquery scalar
          && scalar.outerAttrs().isEmpty()
          && scalar.plan() instanceof GlobalLimit limit
          && limit.child() instanceof LocalLimit local
          && limit.limitExpr().equals(Literal.create(1, DataTypes.IntegerType))
          && local.child() instanceof Project project
          && Trees.list(project.projectList()).stream()
              .allMatch(
                  n ->
                      n instanceof Alias a
                          && a.child() instanceof Literal l
                          && l.value() != null)) {
        return Optional.of(project.child());
      }
      return Optional.empty();
    }

    private Attribute count(LogicalPlan rows) {
      for (int i = 0; i < subqueries.size(); i++) {
        if (subqueries.get(i).sameResult(rows) && plans.get(i) instanceof Aggregate known) {
          return known.output().head();
        }
      }
      Count count =
          new Count(Trees.<Expression>seq(List.of(Literal.create(1, DataTypes.IntegerType))));
      Alias named = Trees.alias(count.toAggregateExpression(), "count");
      Aggregate counted =
          new Aggregate(
              Trees.seq(List.of()), Trees.seq(List.of(named)), inlined(rows), scala.Option.empty());
      subqueries.add(rows);
      plans.add(counted);
      types.add(Inner$.MODULE$);
      return counted.output().head();
    }

    private Attribute value(ScalarSubquery scalar) {
      LogicalPlan subquery = scalar.plan();
      for (int i = 0; i < subqueries.size(); i++) {
        if (subqueries.get(i).sameResult(subquery)) {
          return plans.get(i).output().head();
        }
      }
      boolean one = subquery.maxRows().isDefined() && (Long) subquery.maxRows().get() <= 1;
      boolean sure = one || isOfOneRowTable(subquery);
      if (!sure && !mayFail(subquery)) {
        throw CatalystExpressions.unsupported(
            Condition.UNSUPPORTED_OPERATION,
            scalar,
            "its subquery may return several rows. Aggregate it, join with it, or have the owner"
                + " declare that the table has one row (keys: [[]])");
      }
      LogicalPlan rows = sure ? subquery : atMostOne(subquery);
      LogicalPlan plan = renewed(inlined(rows));
      subqueries.add(subquery);
      plans.add(plan);
      types.add(isOneRow(rows) ? Inner$.MODULE$ : LeftOuter$.MODULE$);
      return plan.output().head();
    }

    /**
     * Whether the query may fail if there are several rows: where an overflow is an error, and it
     * tells of no table with a minimum.
     */
    private static boolean mayFail(LogicalPlan plan) {
      return SQLConf.get().ansiEnabled()
          && Leaves.unresolved(plan).stream()
              .allMatch(
                  leaf ->
                      Leaves.rows(leaf)
                          .filter(t -> !t.descriptor().policy().holdsBack())
                          .isPresent());
    }

    /** The only value, NULL of none; of several an overflow, as of numbers that do not fit. */
    private static LogicalPlan atMostOne(LogicalPlan plan) {
      Attribute value = plan.output().head();
      Alias greatest =
          Trees.alias(new Max((Expression) value).toAggregateExpression(), value.name());
      Count one =
          new Count(Trees.<Expression>seq(List.of(Literal.create(1, DataTypes.IntegerType))));
      Alias count = Trees.alias(one.toAggregateExpression(), "count");
      LogicalPlan all =
          new Aggregate(
              Trees.seq(List.of()),
              Trees.seq(List.of(greatest, count)),
              plan,
              scala.Option.empty());
      Expression fits =
          new GreaterThan(
              new Cast(
                  new Add(count.toAttribute(), Literal.create(Byte.MAX_VALUE - 1L, longType())),
                  DataTypes.ByteType,
                  scala.Option.empty()),
              Literal.create((byte) 0, DataTypes.ByteType));
      Expression checked =
          new If(
              fits, greatest.toAttribute(), Literal.create(null, ((Expression) value).dataType()));
      return new Project(
          Trees.<NamedExpression>seq(List.of(Trees.alias(checked, value.name()))), all);
    }

    /** The plan under a name of its own, so that a plan that is used twice is told apart. */
    private static LogicalPlan renewed(LogicalPlan plan) {
      Attribute first = plan.output().head();
      return new Project(
          Trees.<NamedExpression>seq(List.of(Trees.alias((Expression) first, first.name()))), plan);
    }

    private static boolean isOfOneRowTable(LogicalPlan plan) {
      return (plan instanceof Project || plan instanceof Filter)
          ? isOfOneRowTable(Trees.list(plan.children()).get(0))
          : Leaves.rows(plan).filter(t -> t.descriptor().isOneRow()).isPresent();
    }

    private static boolean isOneRow(LogicalPlan plan) {
      return plan instanceof Aggregate aggregate
          ? aggregate.groupingExpressions().isEmpty()
          : plan instanceof Project project && isOneRow(project.child());
    }
  }

  private static boolean scalarOutsideOfCalls(Aggregate aggregate) {
    return Trees.list(aggregate.aggregateExpressions()).stream()
        .anyMatch(e -> scalarOutsideOfCalls((Expression) e));
  }

  private static boolean scalarOutsideOfCalls(Expression expression) {
    return !(expression instanceof AggregateExpression)
        && (expression instanceof ScalarSubquery
            || Trees.list(expression.children()).stream()
                .anyMatch(Subqueries::scalarOutsideOfCalls));
  }

  /** The aggregate by itself, and above it what is computed of its results. */
  private static LogicalPlan split(Aggregate aggregate) {
    List<Expression> groups = Trees.list(aggregate.groupingExpressions());
    List<NamedExpression> inner = new ArrayList<>();
    List<Expression> known = new ArrayList<>();
    List<NamedExpression> outer = new ArrayList<>();
    for (NamedExpression named : Trees.list(aggregate.aggregateExpressions())) {
      outer.add(
          (NamedExpression)
              Trees.replace(
                  (Expression) named,
                  e -> {
                    boolean whole =
                        e instanceof AggregateExpression
                            || groups.stream().anyMatch(g -> g.semanticEquals(e));
                    return whole ? Optional.of(column(e, known, inner)) : Optional.empty();
                  }));
    }
    return new Project(
        Trees.seq(outer),
        new Aggregate(
            aggregate.groupingExpressions(),
            Trees.seq(inner),
            aggregate.child(),
            scala.Option.empty()));
  }

  private static Expression column(
      Expression e, List<Expression> known, List<NamedExpression> columns) {
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i).semanticEquals(e)) {
        return (Expression) columns.get(i).toAttribute();
      }
    }
    NamedExpression named =
        e instanceof Attribute attribute
            ? attribute
            : Trees.alias(e, CatalystExpressions.fragment(e));
    known.add(e);
    columns.add(named);
    return (Expression) named.toAttribute();
  }
}
