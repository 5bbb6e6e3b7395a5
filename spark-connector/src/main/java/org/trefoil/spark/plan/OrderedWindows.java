package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.CurrentRow$;
import org.apache.spark.sql.catalyst.expressions.DenseRank;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Lag;
import org.apache.spark.sql.catalyst.expressions.Lead;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.RangeFrame$;
import org.apache.spark.sql.catalyst.expressions.Rank;
import org.apache.spark.sql.catalyst.expressions.RowNumber;
import org.apache.spark.sql.catalyst.expressions.SpecifiedWindowFrame;
import org.apache.spark.sql.catalyst.expressions.UnboundedPreceding$;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.api.type.DataType;

/**
 * Windows in which an order matters: places, running sums and other rows' values. Averages are
 * quotients of running sums.
 */
final class OrderedWindows {
  private final Window window;
  private final CatalystExpressions expressions;
  private final List<WindowCall> calls = new ArrayList<>();
  private final List<AttributeReference> attributes = new ArrayList<>();

  /** Sums and counts up to each row, and up to the last one with its keys. */
  private final CatalystAggregate.Calls byRow;

  private final CatalystAggregate.Calls byPeers;

  private OrderedWindows(Window window, CatalystExpressions expressions) {
    this.window = window;
    this.expressions = expressions;
    this.byRow = new CatalystAggregate.Calls(expressions, new ArrayList<>());
    this.byPeers = new CatalystAggregate.Calls(expressions, new ArrayList<>());
  }

  /**
   * A window as a relation.
   *
   * @param rel the input's columns, then what the window computes
   * @param columns as Catalyst is to know what the window computes
   * @param outputs the needed columns of the window's output, in terms of the input's and these
   */
  record Read(Rel rel, List<AttributeReference> columns, List<NamedExpression> outputs) {}

  /** The window's columns that something above refers to. */
  static List<NamedExpression> wanted(Window window, Set<ExprId> needed) {
    return Trees.list(window.windowExpressions()).stream()
        .filter(e -> needed.contains(e.exprId()))
        .toList();
  }

  /** The input's columns that the window refers to, or something above. */
  static Set<ExprId> references(Window window, Set<ExprId> needed) {
    List<Expression> used = new ArrayList<>(Trees.list(window.partitionSpec()));
    Trees.list(window.orderSpec()).forEach(o -> used.add(o.child()));
    wanted(window, needed).forEach(e -> used.add((Expression) e));
    Set<ExprId> all = new HashSet<>(CatalystRows.references(used));
    Trees.list(window.child().output()).stream()
        .map(Attribute::exprId)
        .filter(needed::contains)
        .forEach(all::add);
    return all;
  }

  /**
   * Reads {@code window} over {@code input}.
   *
   * @throws TrefoilException UNSUPPORTED_OPERATION for what the profile does not have
   */
  static Read read(Window window, CatalystRows.Rows input, Set<ExprId> needed) {
    return new OrderedWindows(window, input.expressions()).read(input, needed);
  }

  private Read read(CatalystRows.Rows input, Set<ExprId> needed) {
    List<NamedExpression> outputs = new ArrayList<>();
    for (NamedExpression wanted : wanted(window, needed)) {
      Expression value =
          Trees.replace(
              DecimalSums.of(wanted instanceof Alias alias ? alias.child() : (Expression) wanted),
              e ->
                  e instanceof WindowExpression over
                      ? Optional.of(column(over, wanted.name()))
                      : Optional.empty());
      outputs.add(Trees.alias(value, wanted.name(), wanted.exprId()));
    }
    List<AttributeReference> columns = new ArrayList<>(attributes);
    add(byRow, columns, WindowCall.Kind.SUM, WindowCall.Kind.COUNT);
    add(byPeers, columns, WindowCall.Kind.SUM_OF_PEERS, WindowCall.Kind.COUNT_OF_PEERS);
    List<Rel.Sort.Key> keys =
        Trees.list(window.orderSpec()).stream()
            .map(
                o ->
                    new Rel.Sort.Key(
                        expressions.read(o.child()),
                        o.direction() == Ascending$.MODULE$,
                        o.nullOrdering() == NullsFirst$.MODULE$))
            .toList();
    Rel rel =
        new Rel.Window(
            input.rel(),
            Trees.list(window.partitionSpec()).stream().map(expressions::read).toList(),
            keys,
            calls,
            columns.stream().map(AttributeReference::name).toList());
    return new Read(rel, columns, outputs);
  }

  private void add(
      CatalystAggregate.Calls of,
      List<AttributeReference> columns,
      WindowCall.Kind sum,
      WindowCall.Kind count) {
    if (!of.made.isEmpty()) {
      throw refused((Expression) window.windowExpressions().head(), "of this frame");
    }
    for (int i = 0; i < of.calls.size(); i++) {
      AggregateCall call = of.calls.get(i);
      WindowCall.Kind kind =
          switch (call.kind()) {
            case SUM -> sum;
            case COUNT -> count;
            default ->
                throw refused(
                    (Expression) window.windowExpressions().head(), "MIN, MAX and percentiles");
          };
      calls.add(new WindowCall(kind, call.argument(), call.type(), 0));
      columns.add(of.attributes.get(i));
    }
  }

  private Expression column(WindowExpression over, String name) {
    Expression function = over.windowFunction();
    if (over.windowSpec().orderSpec().isEmpty()) {
      throw refused(over, "places and other rows without an order");
    }
    if (function instanceof RowNumber) {
      return place(WindowCall.Kind.ROW_NUMBER, function, name);
    }
    if (function instanceof DenseRank) {
      return place(WindowCall.Kind.DENSE_RANK, function, name);
    }
    if (function instanceof Rank) {
      return place(WindowCall.Kind.RANK, function, name);
    }
    if (function instanceof Lag lag && !lag.ignoreNulls()) {
      return other(over, lag.input(), lag.inputOffset(), 1, lag.productElement(2), name);
    }
    if (function instanceof Lead lead && !lead.ignoreNulls()) {
      return other(over, lead.input(), lead.offset(), -1, lead.productElement(2), name);
    }
    if (function instanceof AggregateExpression call
        && !call.isDistinct()
        && over.windowSpec().frameSpecification() instanceof SpecifiedWindowFrame frame
        && frame.lower() == UnboundedPreceding$.MODULE$
        && frame.upper() == CurrentRow$.MODULE$) {
      return (frame.frameType() == RangeFrame$.MODULE$ ? byPeers : byRow).read(call, name);
    }
    throw refused(over, "other frames and functions");
  }

  private Expression place(WindowCall.Kind kind, Expression function, String name) {
    return add(new WindowCall(kind, Optional.empty(), DataType.INT, 0), function, name, false);
  }

  private Expression other(
      WindowExpression over,
      Expression input,
      Expression offset,
      int direction,
      Object otherwise,
      String name) {
    Expr value = expressions.read(input);
    boolean near =
        offset instanceof Literal literal
            && literal.value() instanceof Integer n
            && Math.abs(n) <= WindowCall.MOST_OFFSET;
    boolean none = otherwise instanceof Literal literal && literal.value() == null;
    if (!near || (!none && value.nullable())) {
      throw refused(
          over, "another row's value that may be NULL with a default, or by a secret distance,");
    }
    int by = (Integer) ((Literal) offset).value() * direction;
    Expression column =
        add(
            new WindowCall(WindowCall.Kind.LAG, Optional.of(value), value.type(), by),
            input,
            name,
            true);
    // What is not NULL elsewhere is NULL only where there is no such row.
    return none
        ? column
        : new Coalesce(Trees.<Expression>seq(List.of(column, (Expression) otherwise)));
  }

  private Expression add(WindowCall call, Expression like, String name, boolean nullable) {
    int known = calls.indexOf(call);
    if (known < 0) {
      known = calls.size();
      calls.add(call);
      attributes.add(CatalystAggregate.attribute(name, like.dataType(), nullable));
    }
    return attributes.get(known);
  }

  private TrefoilException refused(Expression over, String what) {
    return new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot compute "
            + CatalystExpressions.fragment(over instanceof Alias alias ? alias.child() : over)
            + CatalystExpressions.place(window)
            + " over the rows of "
            + CatalystRows.names(window)
            + ": "
            + what
            + " are not in the profile of windows; row_number, rank, dense_rank, ntile, lag, lead, and"
            + " SUM, COUNT and AVG up to the current row or over whole partitions are. Aggregate"
            + " first and apply the window to the result, or join with an aggregate of the table.");
  }
}
