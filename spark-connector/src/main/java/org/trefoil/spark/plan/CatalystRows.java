package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.plans.Cross$;
import org.apache.spark.sql.catalyst.plans.ExistenceJoin;
import org.apache.spark.sql.catalyst.plans.FullOuter$;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.JoinType;
import org.apache.spark.sql.catalyst.plans.LeftAnti$;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.LeftSemi$;
import org.apache.spark.sql.catalyst.plans.RightOuter$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ObjectConsumer;
import org.apache.spark.sql.catalyst.plans.logical.ObjectProducer;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RebalancePartitions;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionOperation;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.TypedFilter;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.catalyst.plans.logical.WindowGroupLimit;
import org.apache.spark.sql.internal.SQLConf;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Rel.Join.Kind;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.TrefoilTable;
import org.trefoil.spark.UnusableColumn;

/**
 * What Catalyst does with owners' rows, inside the leaf, as a relation of the plan profile; its
 * expressions hold no subquery any more ({@link Subqueries}). Operators that the profile lacks are
 * refused by name.
 */
final class CatalystRows {
  /** A relation, and under which names Catalyst knows its columns. */
  record Rows(Rel rel, List<ExprId> ids) {
    Rows {
      if (ids.size() != rel.fields().size()) {
        throw new IllegalStateException(
            ids.size() + " names of " + rel.fields().size() + " columns");
      }
    }

    CatalystExpressions expressions() {
      return new CatalystExpressions(ids, rel.fields());
    }
  }

  /** Operators that hand rows to code of the user, of which not all have a common type. */
  private static final Pattern RUNS_CODE =
      Pattern.compile("AppendColumns|Pandas|Arrow|Python|ScriptTransformation");

  /** What to do without an operator, by the name of its node. */
  private static final Map<String, String> INSTEAD =
      Map.of(
          "Sample",
          "Filter by a column instead, or ask the owner for a table of sampled rows.",
          "Generate",
          "Have the owner offer the elements as rows of a table of their own.");

  private final Set<TrefoilTable> tables = new HashSet<>();

  /** The tables that were read so far. */
  Set<TrefoilTable> tables() {
    return tables;
  }

  /**
   * Reads the rows below an aggregate.
   *
   * @param needed the columns that the aggregate refers to
   */
  Rows read(LogicalPlan plan, Set<ExprId> needed) {
    return read(plan, Set.of(), needed);
  }

  /** The columns that {@code expressions} refer to. */
  static Set<ExprId> references(List<? extends Expression> expressions) {
    Set<ExprId> ids = new HashSet<>();
    for (Expression expression : expressions) {
      Trees.list(expression.references().toSeq()).forEach(a -> ids.add(a.exprId()));
    }
    return ids;
  }

  /**
   * Reads {@code plan}.
   *
   * @param joined columns that an inner equi-join above compares, so that their NULLs drop out
   * @param needed columns that something above refers to
   */
  private Rows read(LogicalPlan plan, Set<ExprId> joined, Set<ExprId> needed) {
    if (Leaves.rows(plan).isPresent()) {
      return scan(Leaves.rows(plan).get(), Trees.list(plan.output()), needed);
    }
    if (Leaves.isFrozen(plan)) {
      return read(Frozen.thaw(plan).orElseThrow(), joined, needed);
    }
    if (plan instanceof Project project) {
      return project(project, joined, needed);
    }
    if (plan instanceof Filter filter) {
      return filter(filter, joined, needed);
    }
    if (plan instanceof Join join) {
      return join(join, joined, needed);
    }
    if (plan instanceof Union union) {
      return union(union, joined);
    }
    if (plan instanceof Aggregate aggregate) {
      return aggregate(aggregate, needed);
    }
    if (plan instanceof Expand expand) {
      return expand(expand, needed);
    }
    if (plan instanceof Window window) {
      Optional<LogicalPlan> tiled = Tiles.of(window);
      if (tiled.isPresent()) {
        return read(tiled.get(), joined, needed);
      }
      return WholePartitions.isWhole(window)
          ? read(WholePartitions.joined(window), joined, needed)
          : window(window, needed);
    }
    if (plan instanceof WindowGroupLimit limit) {
      // Leaves out what a filter above leaves out as well.
      return read(limit.child(), joined, needed);
    }
    if (plan instanceof GlobalLimit || plan instanceof Offset) {
      return ordered(plan, needed);
    }
    if (plan instanceof Sort
        || plan instanceof RepartitionOperation
        || plan instanceof RebalancePartitions) {
      // Neither order nor partitions of rows change an aggregate.
      return read(Trees.list(plan.children()).get(0), joined, needed);
    }
    throw refuse(plan);
  }

  private Rows scan(TrefoilTable table, List<Attribute> output, Set<ExprId> needed) {
    tables.add(table);
    TableDescriptor descriptor = table.descriptor();
    List<Field> fields = new ArrayList<>();
    List<ExprId> ids = new ArrayList<>();
    List<Attribute> usable = new ArrayList<>();
    for (Attribute attribute : output) {
      Optional<UnusableColumn> unusable = table.unusable(attribute.name());
      if (unusable.isEmpty()) {
        usable.add(attribute);
      } else if (needed.contains(attribute.exprId())) {
        throw unusable.get().refusal();
      }
    }
    for (Attribute attribute : usable) {
      boolean last = fields.isEmpty() && attribute == usable.get(usable.size() - 1);
      if (!needed.contains(attribute.exprId()) && !last) {
        continue;
      }
      fields.add(
          descriptor.fields().stream()
              .filter(f -> f.name().equals(attribute.name()))
              .findFirst()
              .or(
                  () ->
                      descriptor.fields().stream()
                          .filter(f -> f.name().equalsIgnoreCase(attribute.name()))
                          .findFirst())
              .orElseThrow(
                  () ->
                      new TrefoilException(
                          Condition.COLUMN_NOT_FOUND,
                          "Cannot find column "
                              + attribute.name()
                              + " of "
                              + descriptor.name()
                              + ": the table has changed. Run the query again.")));
      ids.add(attribute.exprId());
    }
    return new Rows(new Rel.Scan(descriptor.owner(), descriptor.table(), fields), ids);
  }

  private Rows project(Project project, Set<ExprId> joined, Set<ExprId> needed) {
    Set<ExprId> below = new HashSet<>();
    for (NamedExpression named : Trees.list(project.projectList())) {
      if (needed.contains(named.exprId()) && joined.contains(named.exprId())) {
        if (named instanceof Attribute) {
          below.add(named.exprId());
        } else if (named instanceof Alias alias && alias.child() instanceof Attribute source) {
          below.add(source.exprId());
        }
      }
    }
    return projected(
        Trees.list(project.projectList()), needed, used -> read(project.child(), below, used));
  }

  /** The needed ones of {@code columns} over what {@code input} reads for them. */
  private static Rows projected(
      List<NamedExpression> columns,
      Set<ExprId> needed,
      java.util.function.Function<Set<ExprId>, Rows> input) {
    List<NamedExpression> kept = columns.stream().filter(c -> needed.contains(c.exprId())).toList();
    Rows read = input.apply(references(kept.stream().map(c -> (Expression) c).toList()));
    if (kept.isEmpty()) {
      return read;
    }
    CatalystExpressions expressions = read.expressions();
    return new Rows(
        new Rel.Project(
            read.rel(),
            kept.stream().map(c -> expressions.read((Expression) c)).toList(),
            kept.stream().map(NamedExpression::name).toList()),
        kept.stream().map(NamedExpression::exprId).toList());
  }

  private Rows window(Window window, Set<ExprId> needed) {
    Rows input = read(window.child(), Set.of(), OrderedWindows.references(window, needed));
    if (OrderedWindows.wanted(window, needed).isEmpty()) {
      return input;
    }
    OrderedWindows.Read read = OrderedWindows.read(window, input, needed);
    List<ExprId> ids = new ArrayList<>(input.ids());
    read.columns().forEach(column -> ids.add(column.exprId()));
    List<NamedExpression> columns = new ArrayList<>();
    for (Attribute attribute : Trees.list(window.child().output())) {
      if (input.ids().contains(attribute.exprId())) {
        columns.add(attribute);
      }
    }
    columns.addAll(read.outputs());
    return projected(columns, needed, used -> new Rows(read.rel(), ids));
  }

  /** An aggregate of which nothing is revealed: quotients such as AVG's are made here, too. */
  private Rows aggregate(Aggregate aggregate, Set<ExprId> needed) {
    CatalystAggregate.Grouped grouped = CatalystAggregate.grouped(this, aggregate, needed);
    Rows rows =
        new Rows(
            grouped.rel(), grouped.columns().stream().map(AttributeReference::exprId).toList());
    List<NamedExpression> columns = new ArrayList<>();
    for (NamedExpression named : Trees.list(aggregate.aggregateExpressions())) {
      if (needed.contains(named.exprId())) {
        columns.add(
            Trees.alias(grouped.outputs().get(named.exprId()), named.name(), named.exprId()));
      }
    }
    return projected(columns, needed, used -> rows);
  }

  /** Grouping sets: the rows once for each of the projections. */
  private Rows expand(Expand expand, Set<ExprId> needed) {
    List<Attribute> output = Trees.list(expand.output());
    List<List<NamedExpression>> projections = new ArrayList<>();
    List<Expression> used = new ArrayList<>();
    for (var projection : Trees.list(expand.projections())) {
      List<Expression> values = Trees.list(projection);
      List<NamedExpression> columns = new ArrayList<>();
      for (int i = 0; i < output.size(); i++) {
        Attribute column = output.get(i);
        if (needed.contains(column.exprId())) {
          columns.add(Trees.alias(values.get(i), column.name(), column.exprId()));
          used.add(values.get(i));
        }
      }
      projections.add(columns);
    }
    Rows input = read(expand.child(), Set.of(), references(used));
    List<Rows> all =
        projections.stream().map(columns -> projected(columns, needed, u -> input)).toList();
    if (all.size() == 1) {
      return all.get(0);
    }
    List<Rel> rels = all.stream().map(Rows::rel).toList();
    return new Rows(
        new Rel.Union(rels.stream().map(r -> alike(r, rels)).toList()), all.get(0).ids());
  }

  /** The first rows in an order; without an order it is not determined which. */
  private Rows ordered(LogicalPlan plan, Set<ExprId> needed) {
    if (plan instanceof GlobalLimit limit) {
      Rows rows = ordered(limit.child(), needed);
      return new Rows(
          new Rel.Limit(rows.rel(), 0, CatalystAggregate.literal(limit.limitExpr())), rows.ids());
    }
    if (plan instanceof Offset offset) {
      Rows rows = ordered(offset.child(), needed);
      return new Rows(
          new Rel.Limit(rows.rel(), CatalystAggregate.literal(offset.offsetExpr()), Long.MAX_VALUE),
          rows.ids());
    }
    if (plan instanceof LocalLimit limit) {
      return ordered(limit.child(), needed);
    }
    if (plan instanceof Project project) {
      return projected(
          Trees.list(project.projectList()), needed, used -> ordered(project.child(), used));
    }
    if (plan instanceof Sort sort && sort.global()) {
      Set<ExprId> below =
          references(Trees.list(sort.order()).stream().map(o -> (Expression) o).toList());
      below.addAll(needed);
      Rows rows = read(sort.child(), Set.of(), below);
      CatalystExpressions expressions = rows.expressions();
      return new Rows(
          new Rel.Sort(
              rows.rel(),
              Trees.list(sort.order()).stream()
                  .map(
                      o ->
                          new Rel.Sort.Key(
                              expressions.read(o.child()),
                              o.direction() == Ascending$.MODULE$,
                              o.nullOrdering() == NullsFirst$.MODULE$))
                  .toList()),
          rows.ids());
    }
    if (plan.maxRows().isDefined() && (Long) plan.maxRows().get() <= 1) {
      return read(plan, Set.of(), needed);
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot compute a LIMIT before the aggregate over the rows of "
            + names(plan)
            + ": which rows it takes is not determined. Filter instead, or order them first.");
  }

  /** Whether no two rows of {@code rel} agree in {@code columns}, by a declared key. */
  boolean isKey(Rel rel, Set<Integer> columns) {
    if (rel instanceof Rel.Filter filter) {
      return isKey(filter.input(), columns);
    }
    if (rel instanceof Rel.Project project) {
      Set<Integer> below = new HashSet<>();
      for (int column : columns) {
        if (project.expressions().get(column) instanceof Expr.FieldRef ref) {
          below.add(ref.index());
        }
      }
      return isKey(project.input(), below);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return IntStream.range(0, aggregate.groups().size()).allMatch(columns::contains);
    }
    if (!(rel instanceof Rel.Scan scan)) {
      return false;
    }
    Set<String> names = new HashSet<>();
    columns.forEach(c -> names.add(scan.fields().get(c).name()));
    return descriptors(scan).anyMatch(d -> d.keys().stream().anyMatch(names::containsAll));
  }

  /** Whether a table below {@code rel} holds small groups back. */
  boolean holdsBack(Rel rel) {
    return rel instanceof Rel.Scan scan
        ? descriptors(scan).anyMatch(d -> d.policy().holdsBack())
        : rel.inputs().stream().anyMatch(this::holdsBack);
  }

  private Stream<TableDescriptor> descriptors(Rel.Scan scan) {
    return tables.stream()
        .map(TrefoilTable::descriptor)
        .filter(d -> d.owner().equals(scan.owner()) && d.table().equals(scan.table()));
  }

  private Rows filter(Filter filter, Set<ExprId> joined, Set<ExprId> needed) {
    List<Expression> conjuncts = Trees.conjuncts(filter.condition());
    List<Expression> kept = new ArrayList<>();
    for (Expression conjunct : conjuncts) {
      if (!(conjunct instanceof IsNotNull check) || !follows(check, conjuncts, joined)) {
        kept.add(conjunct);
      }
    }
    Set<ExprId> below = references(kept);
    below.addAll(needed);
    return filtered(read(filter.child(), joined, below), kept);
  }

  /**
   * Whether IS NOT NULL says nothing that other conjuncts or a join above do not say as well. Spark
   * infers such checks from them; they would ask a policy for a verb that the query does not need.
   */
  private static boolean follows(IsNotNull check, List<Expression> conjuncts, Set<ExprId> joined) {
    if (!(check.child() instanceof Attribute column)) {
      return conjuncts.stream().anyMatch(c -> comparesDirectly(c, check.child()));
    }
    return !column.nullable()
        || joined.contains(column.exprId())
        || conjuncts.stream().anyMatch(c -> comparesDirectly(c, column));
  }

  private static boolean comparesDirectly(Expression conjunct, Expression operand) {
    return conjunct instanceof BinaryComparison comparison
        && !(conjunct instanceof EqualNullSafe)
        && (nullIntolerantIn(comparison.left(), operand)
            || nullIntolerantIn(comparison.right(), operand));
  }

  /** Whether {@code expression} is NULL wherever {@code operand}, a part of it, is. */
  private static boolean nullIntolerantIn(Expression expression, Expression operand) {
    return expression.semanticEquals(operand)
        || (expression.nullIntolerant()
            && Trees.list(expression.children()).stream()
                .anyMatch(c -> nullIntolerantIn(c, operand)));
  }

  private static Rows filtered(Rows input, List<Expression> conjuncts) {
    return conjunction(input.expressions(), conjuncts)
        .map(all -> new Rows(new Rel.Filter(input.rel(), all), input.ids()))
        .orElse(input);
  }

  private static Optional<Expr> conjunction(
      CatalystExpressions expressions, List<Expression> conjuncts) {
    Expr all = null;
    for (Expression conjunct : conjuncts) {
      Expr one = expressions.read(conjunct);
      all =
          all == null
              ? one
              : new Expr.Call(
                  Function.AND,
                  List.of(all, one),
                  DataType.BOOLEAN,
                  all.nullable() || one.nullable());
    }
    return Optional.ofNullable(all);
  }

  private Rows join(Join join, Set<ExprId> joined, Set<ExprId> needed) {
    Kind kind = kind(join);
    List<Expression> conjuncts =
        join.condition().isDefined() ? Trees.conjuncts(join.condition().get()) : List.of();
    Set<ExprId> keys = new HashSet<>();
    List<Expression> matching = new ArrayList<>();
    List<Expression> rest = new ArrayList<>();
    for (Expression conjunct : conjuncts) {
      boolean crosses = conjunct instanceof BinaryComparison c && crosses(c, join);
      if (kind != Kind.INNER || (crosses && isEquality(conjunct))) {
        matching.add(conjunct);
      } else {
        rest.add(conjunct);
      }
      if (crosses && conjunct instanceof EqualTo equal) {
        for (Expression side : List.of(equal.left(), equal.right())) {
          if (side instanceof Attribute key) {
            keys.add(key.exprId());
          }
        }
      }
    }
    Set<ExprId> below = references(conjuncts);
    below.addAll(needed);
    Set<ExprId> leftKeys = new HashSet<>(joined);
    if (kind == Kind.INNER || kind == Kind.RIGHT || kind == Kind.LEFT_SEMI) {
      leftKeys.addAll(keys);
    }
    Set<ExprId> rightKeys = new HashSet<>(joined);
    if (kind != Kind.RIGHT && kind != Kind.FULL) {
      rightKeys.addAll(keys);
    }
    Rows left = read(join.left(), leftKeys, below);
    Rows right = read(join.right(), rightKeys, below);
    List<ExprId> both = new ArrayList<>(left.ids());
    both.addAll(right.ids());
    List<Field> fields = new ArrayList<>(left.rel().fields());
    fields.addAll(right.rel().fields());
    Expr condition =
        conjunction(new CatalystExpressions(both, fields), matching)
            .orElse(new Expr.Literal(DataType.BOOLEAN, true));
    List<ExprId> ids = new ArrayList<>(kind.returnsRight() ? both : left.ids());
    if (join.joinType() instanceof ExistenceJoin existence) {
      ids.add(existence.exists().exprId());
    }
    Optional<Rel> bounded =
        kind == Kind.INNER ? bounds().join(left.rel(), right.rel(), condition) : Optional.empty();
    Rel rel = bounded.orElseGet(() -> NullSafeKeys.join(kind, left.rel(), right.rel(), condition));
    return filtered(new Rows(rel, ids), rest);
  }

  private BoundedJoins bounds() {
    Map<String, Integer> matches = new HashMap<>();
    tables.forEach(t -> matches.putAll(t.options().matches()));
    return new BoundedJoins(matches, SQLConf.get().ansiEnabled(), this::isKey);
  }

  private static Kind kind(Join join) {
    JoinType type = join.joinType();
    if (type == Inner$.MODULE$ || type == Cross$.MODULE$) {
      return Kind.INNER;
    } else if (type == LeftOuter$.MODULE$) {
      return Kind.LEFT;
    } else if (type == RightOuter$.MODULE$) {
      return Kind.RIGHT;
    } else if (type == FullOuter$.MODULE$) {
      return Kind.FULL;
    } else if (type == LeftSemi$.MODULE$) {
      return Kind.LEFT_SEMI;
    } else if (type == LeftAnti$.MODULE$) {
      return Kind.LEFT_ANTI;
    } else if (type instanceof ExistenceJoin) {
      return Kind.EXISTENCE;
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_JOIN,
        "Cannot compute "
            + type.sql()
            + " JOIN"
            + (join.condition().isDefined()
                ? " ON "
                    + CatalystExpressions.fragment(join.condition().get())
                    + CatalystExpressions.place(join.condition().get())
                : "")
            + ": it is not in the profile. Write it as an inner, outer, semi or anti join.");
  }

  private static boolean isEquality(Expression comparison) {
    return comparison instanceof EqualTo || comparison instanceof EqualNullSafe;
  }

  private static boolean crosses(BinaryComparison equal, Join join) {
    return (within(equal.left(), join.left()) && within(equal.right(), join.right()))
        || (within(equal.left(), join.right()) && within(equal.right(), join.left()));
  }

  private static boolean within(Expression expression, LogicalPlan plan) {
    return !expression.references().isEmpty() && expression.references().subsetOf(plan.outputSet());
  }

  private Rows union(Union union, Set<ExprId> joined) {
    List<ExprId> ids = Trees.list(union.output()).stream().map(Attribute::exprId).toList();
    List<Rel> inputs = new ArrayList<>();
    for (LogicalPlan child : Trees.list(union.children())) {
      Set<ExprId> below = new HashSet<>();
      List<Attribute> columns = Trees.list(child.output());
      for (int i = 0; i < columns.size(); i++) {
        if (joined.contains(ids.get(i))) {
          below.add(columns.get(i).exprId());
        }
      }
      Set<ExprId> all = new HashSet<>();
      columns.forEach(c -> all.add(c.exprId()));
      inputs.add(read(child, below, all).rel());
    }
    if (ids.isEmpty()) {
      // Only how many rows there are matters; what was read instead has not one type.
      Rel rows = new Rel.Union(inputs.stream().map(CatalystRows::rowsOnly).toList());
      return new Rows(rows, List.of(NamedExpression.newExprId()));
    }
    return new Rows(new Rel.Union(inputs.stream().map(i -> alike(i, inputs)).toList()), ids);
  }

  private static Rel rowsOnly(Rel input) {
    Expr one = new Expr.Literal(DataType.INT, 1L);
    return new Rel.Project(input, List.of(one), List.of("row"));
  }

  /**
   * The input with its DOUBLE and FLOAT columns in the largest scale that any of the inputs
   * declares.
   */
  private static Rel alike(Rel input, List<Rel> inputs) {
    List<Expr> columns = new ArrayList<>();
    List<String> names = new ArrayList<>();
    boolean changed = false;
    for (int i = 0; i < input.fields().size(); i++) {
      Field field = input.fields().get(i);
      Expr column = new Expr.FieldRef(i, field.type(), field.nullable());
      int at = i;
      int scale = inputs.stream().mapToInt(r -> r.fields().get(at).type().scale()).max().orElse(0);
      if (field.type().isFixedPoint() && field.type().scale() < scale) {
        DataType type = new DataType(field.type().kind(), 0, scale);
        column = new Expr.Call(Function.CAST, List.of(column), type, field.nullable());
        changed = true;
      }
      columns.add(column);
      names.add(field.name());
    }
    return changed ? new Rel.Project(input, columns, names) : input;
  }

  private static TrefoilException refuse(LogicalPlan plan) {
    if (plan instanceof ObjectConsumer
        || plan instanceof ObjectProducer
        || plan instanceof TypedFilter
        || RUNS_CODE.matcher(plan.nodeName()).find()) {
      return new TrefoilException(
          Condition.ROW_LEVEL_ACCESS,
          "Cannot run "
              + operator(plan)
              + ": code of yours would have to see the rows of "
              + names(plan)
              + ". Use SQL functions or Column expressions, or run it on the aggregated result.");
    }
    return new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot compute "
            + operator(plan)
            + CatalystExpressions.place(plan)
            + " over the rows of "
            + names(plan)
            + ": it is not in the profile. "
            + INSTEAD.getOrDefault(
                plan.nodeName(),
                "Write it with joins, aggregates and subqueries, as docs/sql.md lists them."));
  }

  static String operator(LogicalPlan plan) {
    return plan.nodeName().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toUpperCase(Locale.ROOT);
  }

  static String names(LogicalPlan plan) {
    Set<String> names = new TreeSet<>();
    for (LogicalPlan leaf : Leaves.unresolved(plan)) {
      Leaves.rows(leaf).ifPresent(t -> names.add(t.descriptor().name()));
    }
    return String.join(", ", names);
  }
}
