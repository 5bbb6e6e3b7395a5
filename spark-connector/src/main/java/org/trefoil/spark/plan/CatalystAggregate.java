package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.AnyValue;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Collect;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.First;
import org.apache.spark.sql.catalyst.expressions.aggregate.Last;
import org.apache.spark.sql.catalyst.expressions.aggregate.ListAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;
import org.trefoil.spark.TrefoilTable;

/**
 * An aggregate and what belongs into the leaf with it: HAVING, ORDER BY with LIMIT. What is
 * computed from revealed values only, such as the quotient of an AVG, stays outside: {@link
 * #columns} says how the output of the Catalyst plan follows from the leaf's columns.
 */
final class CatalystAggregate {
  private final CatalystRows rows = new CatalystRows();
  private final List<AttributeReference> leaf = new ArrayList<>();
  private final Map<ExprId, Expression> columns = new HashMap<>();
  private Rel rel;

  private CatalystAggregate() {}

  static CatalystAggregate read(LogicalPlan plan) {
    CatalystAggregate read = new CatalystAggregate();
    read.add(plan);
    return read;
  }

  /** The leaf's relation: the revealed columns that {@link #columns} need, and no other. */
  Rel rel() {
    return rel;
  }

  /** The leaf's columns as Catalyst is to know them. */
  List<AttributeReference> leaf() {
    return leaf;
  }

  Set<TrefoilTable> tables() {
    return rows.tables();
  }

  /** A column of the Catalyst plan in terms of the leaf's columns. */
  Expression column(Attribute attribute) {
    return columns.get(attribute.exprId());
  }

  /** Makes the quotients of AVG leaf columns: they are revealed, and not what they are made of. */
  void divide(List<Attribute> output) {
    List<Expr> quotients = new ArrayList<>();
    List<AttributeReference> attributes = new ArrayList<>();
    CatalystExpressions expressions = expressions();
    for (Attribute attribute : output) {
      if (MomentCalls.isIn(column(attribute))) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_FUNCTION,
            "Cannot compute "
                + attribute.name()
                + " without revealing the sums that it is made of, as averages = quotient asks for:"
                + " only an AVG of decimals is divided on shares. Set averages = moments, or leave"
                + " it out.");
      }
      columns.put(
          attribute.exprId(),
          Trees.replace(
              column(attribute),
              e -> {
                if (!CatalystExpressions.isAverage(e)) {
                  return Optional.empty();
                }
                Expr quotient = expressions.read(e);
                int known = quotients.indexOf(quotient);
                if (known < 0) {
                  known = quotients.size();
                  quotients.add(quotient);
                  attributes.add(attribute(attribute.name(), e.dataType(), true));
                }
                return Optional.of(attributes.get(known));
              }));
    }
    if (!quotients.isEmpty()) {
      rel = computed(rel, quotients, attributes.stream().map(AttributeReference::name).toList());
      leaf.addAll(attributes);
    }
  }

  /** Adds columns below ORDER BY and LIMIT. */
  private static Rel computed(Rel rel, List<Expr> added, List<String> names) {
    if (rel instanceof Rel.Limit limit) {
      return new Rel.Limit(computed(limit.input(), added, names), limit.offset(), limit.count());
    }
    if (rel instanceof Rel.Sort sort) {
      return new Rel.Sort(computed(sort.input(), added, names), sort.keys());
    }
    List<Expr> all = new ArrayList<>();
    List<String> allNames = new ArrayList<>();
    for (Field field : rel.fields()) {
      all.add(new Expr.FieldRef(all.size(), field.type(), field.nullable()));
      allNames.add(field.name());
    }
    all.addAll(added);
    allNames.addAll(names);
    return new Rel.Project(rel, all, allNames);
  }

  /** Leaves out the leaf's columns that no column of {@code output} needs. */
  void prune(List<Attribute> output) {
    Set<ExprId> needed = new HashSet<>();
    for (Attribute attribute : output) {
      Trees.list(column(attribute).references().toSeq()).forEach(a -> needed.add(a.exprId()));
    }
    List<AttributeReference> kept = new ArrayList<>();
    List<Expr> expressions = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < leaf.size(); i++) {
      boolean last = i == leaf.size() - 1 && kept.isEmpty();
      if (needed.contains(leaf.get(i).exprId()) || last) {
        var field = rel.fields().get(i);
        kept.add(leaf.get(i));
        expressions.add(new Expr.FieldRef(i, field.type(), field.nullable()));
        names.add(field.name());
      }
    }
    if (kept.size() < leaf.size()) {
      rel = new Rel.Project(rel, expressions, names);
      leaf.clear();
      leaf.addAll(kept);
    }
  }

  private void add(LogicalPlan plan) {
    if (plan instanceof Aggregate aggregate) {
      aggregate(aggregate);
    } else if (plan instanceof Project project) {
      add(project.child());
      Map<ExprId, Expression> projected = new HashMap<>();
      for (NamedExpression named : Trees.list(project.projectList())) {
        projected.put(named.exprId(), define(named));
      }
      columns.putAll(projected);
    } else if (plan instanceof Filter filter) {
      add(filter.child());
      rel = new Rel.Filter(rel, inside(filter.condition()));
    } else if (sortUnderLimit(plan) != null) {
      limit(plan);
    } else {
      core(plan);
    }
  }

  private Expression define(NamedExpression named) {
    return substitute(named instanceof Alias alias ? alias.child() : (Expression) named);
  }

  private Expression substitute(Expression expression) {
    return Trees.replace(
        expression,
        e ->
            e instanceof Attribute attribute
                ? Optional.ofNullable(columns.get(attribute.exprId()))
                : Optional.empty());
  }

  /** An expression that has to be computed inside the leaf, over the leaf's columns. */
  private Expr inside(Expression expression) {
    return expressions().read(substitute(expression));
  }

  private CatalystExpressions expressions() {
    return new CatalystExpressions(
        leaf.stream().map(AttributeReference::exprId).toList(), rel.fields());
  }

  private void limit(LogicalPlan plan) {
    Sort sort = sortUnderLimit(plan);
    long offset = 0;
    long count = Long.MAX_VALUE;
    List<LogicalPlan> chain = new ArrayList<>();
    for (LogicalPlan p = plan; p != sort; p = Trees.list(p.children()).get(0)) {
      chain.add(0, p);
    }
    add(sort.child());
    for (LogicalPlan p : chain) {
      if (p instanceof Project project) {
        Map<ExprId, Expression> projected = new HashMap<>();
        for (NamedExpression named : Trees.list(project.projectList())) {
          projected.put(named.exprId(), define(named));
        }
        columns.putAll(projected);
      } else if (p instanceof Offset skip) {
        long rowsSkipped = literal(skip.offsetExpr());
        offset += rowsSkipped;
        count = count == Long.MAX_VALUE ? count : Math.max(0, count - rowsSkipped);
      } else if (p instanceof GlobalLimit most) {
        count = Math.min(count, literal(most.limitExpr()));
      }
    }
    List<Rel.Sort.Key> keys = new ArrayList<>();
    for (SortOrder order : Trees.list(sort.order())) {
      keys.add(
          new Rel.Sort.Key(
              inside(order.child()),
              order.direction() == Ascending$.MODULE$,
              order.nullOrdering() == NullsFirst$.MODULE$));
    }
    rel = new Rel.Limit(new Rel.Sort(rel, keys), offset, count);
  }

  static long literal(Expression limit) {
    if (limit instanceof Literal literal && literal.value() instanceof Integer n) {
      return n;
    }
    throw CatalystExpressions.unsupported(
        Condition.UNSUPPORTED_OPERATION,
        limit,
        "LIMIT and OFFSET have to be numbers. Write the number");
  }

  /** The Sort that a limit takes the first rows of; null if {@code plan} is not such a limit. */
  static Sort sortUnderLimit(LogicalPlan plan) {
    boolean limited = false;
    LogicalPlan p = plan;
    while (true) {
      if (p instanceof GlobalLimit limit) {
        limited = true;
        p = limit.child();
      } else if (p instanceof LocalLimit limit) {
        p = limit.child();
      } else if (p instanceof Offset offset) {
        p = offset.child();
      } else if (p instanceof Project project && limited) {
        p = project.child();
      } else {
        return limited && p instanceof Sort sort && sort.global() ? sort : null;
      }
    }
  }

  private void aggregate(Aggregate aggregate) {
    Set<ExprId> all = new HashSet<>();
    Trees.list(aggregate.aggregateExpressions()).forEach(e -> all.add(e.exprId()));
    Grouped grouped = grouped(rows, aggregate, all);
    columns.putAll(grouped.outputs());
    leaf.addAll(grouped.columns());
    rel = grouped.rel();
  }

  /** What is revealed as it is: no aggregate is the last thing that happens to it. */
  private void core(LogicalPlan plan) {
    List<Attribute> output = Trees.list(plan.output());
    Set<ExprId> all = new HashSet<>();
    output.forEach(a -> all.add(a.exprId()));
    CatalystRows.Rows read = rows.read(plan, all);
    rel = read.rel();
    for (ExprId id : read.ids()) {
      Attribute known = output.stream().filter(a -> a.exprId().equals(id)).findFirst().orElse(null);
      Field field = rel.fields().get(leaf.size());
      leaf.add(
          attribute(
              field.name(),
              known == null ? SparkTypes.toSpark(field.type()) : known.dataType(),
              field.nullable()));
      columns.put(id, leaf.get(leaf.size() - 1));
    }
  }

  /**
   * A Catalyst aggregate as a relation.
   *
   * @param rel aggregates only; where the query has DISTINCT inside of aggregates, several of them
   * @param columns {@code rel}'s columns as Catalyst is to know them
   * @param outputs the aggregate's outputs in terms of these
   */
  record Grouped(Rel rel, List<AttributeReference> columns, Map<ExprId, Expression> outputs) {}

  /**
   * Reads {@code aggregate}, in {@code rows} what is below it.
   *
   * @param needed the outputs that something above refers to
   */
  static Grouped grouped(CatalystRows rows, Aggregate aggregate, Set<ExprId> needed) {
    List<NamedExpression> wanted =
        Trees.list(aggregate.aggregateExpressions()).stream()
            .filter(e -> needed.contains(e.exprId()))
            .toList();
    List<Expression> groupings = Trees.list(aggregate.groupingExpressions());
    List<Expression> used = new ArrayList<>(groupings);
    wanted.forEach(e -> used.add((Expression) e));
    CatalystRows.Rows input = rows.read(aggregate.child(), CatalystRows.references(used));
    CatalystExpressions expressions = input.expressions();
    List<Expr> groups = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<AttributeReference> keys = new ArrayList<>();
    for (Expression grouping : groupings) {
      groups.add(expressions.read(grouping));
      names.add(name(grouping, aggregate));
      keys.add(attribute(names.get(names.size() - 1), grouping.dataType(), grouping.nullable()));
    }
    Calls calls = new Calls(expressions, new ArrayList<>(names));
    DistinctCalls distinct = new DistinctCalls(expressions, groups, keys, names);
    Map<ExprId, Expression> outputs = new HashMap<>();
    for (NamedExpression named : wanted) {
      Expression value =
          DecimalSums.of(named instanceof Alias alias ? alias.child() : (Expression) named);
      outputs.put(
          named.exprId(),
          Trees.replace(
              value,
              e -> {
                for (int i = 0; i < groupings.size(); i++) {
                  if (e.semanticEquals(groupings.get(i))) {
                    return Optional.of(keys.get(i));
                  }
                }
                if (e instanceof AggregateExpression call) {
                  return Optional.of(
                      DistinctCalls.matters(call)
                          ? distinct.read(call, named.name())
                          : calls.read(call, named.name()));
                }
                return Optional.empty();
              }));
    }
    if (distinct.isEmpty()) {
      if (groups.isEmpty() && calls.calls.isEmpty()) {
        return counted(input.rel(), outputs);
      }
      Rel.Aggregate plain = new Rel.Aggregate(input.rel(), groups, calls.calls, calls.names);
      if (!calls.made.isEmpty()) {
        List<AttributeReference> columns = new ArrayList<>(keys);
        columns.addAll(calls.columns());
        return new Grouped(calls.withMade(plain), columns, outputs);
      }
      Optional<Rel.Aggregate> eager = EagerAggregate.of(plain, rows::isKey);
      boolean heldBack = rows.holdsBack(input.rel());
      Map<ExprId, Expression> put =
          eager.isPresent() && groups.isEmpty() && !heldBack ? calls.withZeros(outputs) : outputs;
      List<AttributeReference> columns = new ArrayList<>(keys);
      columns.addAll(calls.attributes);
      Rel rel = eager.isPresent() && heldBack ? calls.withCounts(eager.get()) : eager.orElse(plain);
      return new Grouped(rel, columns, put);
    }
    return distinct.grouped(input.rel(), calls, outputs);
  }

  /** A global aggregate of which no column is needed is still one row. */
  private static Grouped counted(Rel input, Map<ExprId, Expression> outputs) {
    AggregateCall count =
        new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT);
    return new Grouped(
        new Rel.Aggregate(input, List.of(), List.of(count), List.of("count")),
        List.of(attribute("count", org.apache.spark.sql.types.DataTypes.LongType, false)),
        outputs);
  }

  /** The name that the query gives a group column. */
  private static String name(Expression grouping, Aggregate aggregate) {
    for (NamedExpression named : Trees.list(aggregate.aggregateExpressions())) {
      Expression value = named instanceof Alias alias ? alias.child() : (Expression) named;
      if (value.semanticEquals(grouping)) {
        return named.name();
      }
    }
    return grouping instanceof NamedExpression named ? named.name() : "group";
  }

  static AttributeReference attribute(
      String name, org.apache.spark.sql.types.DataType type, boolean nullable) {
    return new AttributeReference(
        name,
        type,
        nullable,
        org.apache.spark.sql.types.Metadata.empty(),
        NamedExpression.newExprId(),
        Trees.seq(List.of()));
  }

  /** The aggregates of one Aggregate, each once. */
  static final class Calls {
    private final CatalystExpressions expressions;
    final List<AggregateCall> calls = new ArrayList<>();
    final List<AttributeReference> attributes = new ArrayList<>();
    final List<String> names;

    /** What is made of the groups and calls on shares, over their columns. */
    final List<Expr> made = new ArrayList<>();

    final List<AttributeReference> madeAttributes = new ArrayList<>();

    /**
     * Over the columns of {@code expressions}.
     *
     * @param names of the group columns; those of the calls are added
     */
    Calls(CatalystExpressions expressions, List<String> names) {
      this.expressions = expressions;
      this.names = names;
    }

    /**
     * The groups of {@code sums} in which no count is NULL. A count of too few rows holds its group
     * back; the sum that stands for one would be NULL.
     */
    Rel withCounts(Rel.Aggregate sums) {
      List<Expr> counted = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        if (calls.get(i).kind() == AggregateCall.Kind.COUNT) {
          int column = sums.groups().size() + i;
          Field sum = sums.fields().get(column);
          counted.add(
              new Expr.Call(
                  Function.IS_NOT_NULL,
                  List.of(new Expr.FieldRef(column, sum.type(), sum.nullable())),
                  DataType.BOOLEAN,
                  false));
        }
      }
      return counted.isEmpty()
          ? sums
          : new Rel.Filter(sums, Expressions.joined(Function.AND, counted));
    }

    /** {@code outputs} with 0 for a count that is NULL, as a sum of no counts is. */
    Map<ExprId, Expression> withZeros(Map<ExprId, Expression> outputs) {
      Map<ExprId, Expression> zeros = new HashMap<>();
      for (int i = 0; i < calls.size(); i++) {
        if (calls.get(i).kind() == AggregateCall.Kind.COUNT) {
          AttributeReference count = attributes.get(i);
          Expression zero = Literal.create(0L, count.dataType());
          AttributeReference nullable = count.withNullability(true);
          attributes.set(i, nullable);
          zeros.put(count.exprId(), new Coalesce(Trees.<Expression>seq(List.of(nullable, zero))));
        }
      }
      return Trees.replaced(outputs, zeros);
    }

    /** The columns of the calls, and what is made of them. */
    List<AttributeReference> columns() {
      List<AttributeReference> all = new ArrayList<>(attributes);
      all.addAll(madeAttributes);
      return all;
    }

    /** The aggregate of these calls, with what is made of them. */
    Rel withMade(Rel aggregate) {
      return made.isEmpty()
          ? aggregate
          : computed(
              aggregate, made, madeAttributes.stream().map(AttributeReference::name).toList());
    }

    /** The column of an aggregate, as expressions over the aggregate's columns have it. */
    Expr column(Expression attribute) {
      int index = attributes.indexOf(attribute);
      AggregateCall call = calls.get(index);
      return new Expr.FieldRef(names.size() - calls.size() + index, call.type(), call.nullable());
    }

    /** A column that is made of others on shares. */
    AttributeReference made(Expr value, String name) {
      int known = made.indexOf(value);
      if (known < 0) {
        known = made.size();
        made.add(value);
        madeAttributes.add(attribute(name, SparkTypes.toSpark(value.type()), value.nullable()));
      }
      return madeAttributes.get(known);
    }

    /** What Spark is to compute instead of {@code call}: a leaf column, or AVG's quotient. */
    Expression read(AggregateExpression call, String name) {
      AggregateFunction function = call.aggregateFunction();
      if (function instanceof Average average) {
        return average(average, call, name);
      }
      if (function instanceof Count count) {
        return add(AggregateCall.Kind.COUNT, counted(count, call), count.dataType(), name, false);
      }
      if (function instanceof Sum sum && !sum.evalContext().evalMode().equals(EvalMode.TRY())) {
        return add(AggregateCall.Kind.SUM, argument(sum.child(), call), sum.dataType(), name, true);
      }
      if (function instanceof Min min) {
        return add(AggregateCall.Kind.MIN, argument(min.child(), call), min.dataType(), name, true);
      }
      if (function instanceof Max max) {
        return add(AggregateCall.Kind.MAX, argument(max.child(), call), max.dataType(), name, true);
      }
      if (PercentileCalls.reads(function)) {
        return new PercentileCalls(this).read(call, name);
      }
      if (MomentCalls.reads(function)) {
        return new MomentCalls(expressions, this).read(call, name);
      }
      if (function instanceof Collect<?>
          || function instanceof ListAgg
          || function instanceof First
          || function instanceof Last
          || function instanceof AnyValue
          || function instanceof UserDefinedExpression
          || function.getClass().getName().startsWith("org.apache.spark.sql.execution")) {
        throw new TrefoilException(
            Condition.ROW_LEVEL_ACCESS,
            "Cannot return "
                + CatalystExpressions.fragment(call)
                + CatalystExpressions.place(call)
                + ": it shows values of single rows. Use SUM, COUNT, AVG, MIN or MAX.");
      }
      throw refuse(
          call,
          "aggregate "
              + function.prettyName()
              + " is not in the profile. Use one that docs/sql.md lists");
    }

    /** Spark's own quotient over a SUM and a COUNT that are revealed. */
    private Expression average(Average average, AggregateExpression call, String name) {
      if (average.evalMode().equals(EvalMode.TRY())) {
        throw refuse(call, "try_ functions are not in the profile. Use it without try_");
      }
      Sum summed = new Sum(average.child());
      Optional<Expr> argument = argument(average.child(), call);
      Expression sum =
          add(AggregateCall.Kind.SUM, argument, summed.dataType(), "sum(" + name + ")", true);
      Optional<Expr> present =
          argument.filter(Expr::nullable).isPresent() ? argument : Optional.empty();
      Expression count =
          add(
              AggregateCall.Kind.COUNT,
              present,
              org.apache.spark.sql.types.DataTypes.LongType,
              "count(" + name + ")",
              false);
      Expression buffer =
          sum.dataType().equals(average.sumDataType())
              ? sum
              : new org.apache.spark.sql.catalyst.expressions.Cast(
                  sum, average.sumDataType(), scala.Option.empty(), average.evalMode());
      return Trees.replace(
          average.evaluateExpression(),
          e -> {
            if (e instanceof Attribute a && a.exprId().equals(average.sum().exprId())) {
              return Optional.of(buffer);
            }
            if (e instanceof Attribute a && a.exprId().equals(average.count().exprId())) {
              return Optional.of(count);
            }
            return Optional.empty();
          });
    }

    /** The column of an aggregate, which may be one that is there already. */
    Expression add(
        AggregateCall.Kind kind,
        Optional<Expr> argument,
        org.apache.spark.sql.types.DataType sparkType,
        String name,
        boolean nullable) {
      DataType inner = argument.map(Expr::type).orElse(DataType.BIGINT);
      DataType type =
          SparkTypes.fromSpark(sparkType, Math.max(1, inner.precision()), inner.scale())
              .orElseThrow();
      return add(new AggregateCall(kind, argument, type), sparkType, name, nullable);
    }

    /** The column of a quantile. */
    Expression add(
        AggregateCall quantile, org.apache.spark.sql.types.DataType sparkType, String name) {
      return add(quantile, sparkType, name, true);
    }

    private Expression add(
        AggregateCall call,
        org.apache.spark.sql.types.DataType sparkType,
        String name,
        boolean nullable) {
      int known = calls.indexOf(call);
      if (known >= 0) {
        return attributes.get(known);
      }
      calls.add(call);
      String unique = name;
      for (int i = 2; names.contains(unique); i++) {
        unique = name + "_" + i;
      }
      names.add(unique);
      AttributeReference attribute = attribute(unique, sparkType, nullable);
      attributes.add(attribute);
      return attribute;
    }

    /** The argument where the FILTER clause holds, NULL elsewhere. */
    Optional<Expr> argument(Expression child, AggregateExpression call) {
      Expr value = expressions.read(child);
      if (call.filter().isEmpty()) {
        return Optional.of(value);
      }
      Expr condition = expressions.read(call.filter().get());
      return Optional.of(
          new Expr.Call(
              Function.CASE,
              List.of(condition, value, new Expr.Literal(value.type(), null)),
              value.type(),
              true));
    }

    /** What COUNT counts where it is not NULL; nothing for COUNT(*). */
    private Optional<Expr> counted(Count count, AggregateExpression call) {
      List<Expr> nullable = new ArrayList<>();
      for (Expression child : Trees.list(count.children())) {
        Expr value = expressions.read(child);
        if (value.nullable()) {
          nullable.add(value);
        }
      }
      if (call.filter().isEmpty() && nullable.isEmpty()) {
        return Optional.empty();
      }
      if (call.filter().isEmpty() && nullable.size() == 1) {
        return Optional.of(nullable.get(0));
      }
      Expr condition = call.filter().isDefined() ? expressions.read(call.filter().get()) : null;
      for (Expr value : nullable) {
        Expr present = new Expr.Call(Function.IS_NOT_NULL, List.of(value), DataType.BOOLEAN, false);
        condition =
            condition == null
                ? present
                : new Expr.Call(
                    Function.AND,
                    List.of(condition, present),
                    DataType.BOOLEAN,
                    condition.nullable());
      }
      Expr one = new Expr.Literal(DataType.INT, 1L);
      return Optional.of(
          new Expr.Call(
              Function.CASE,
              List.of(condition, one, new Expr.Literal(DataType.INT, null)),
              DataType.INT,
              true));
    }

    private static TrefoilException refuse(AggregateExpression call, String reason) {
      return CatalystExpressions.unsupported(Condition.UNSUPPORTED_FUNCTION, call, reason);
    }
  }
}
