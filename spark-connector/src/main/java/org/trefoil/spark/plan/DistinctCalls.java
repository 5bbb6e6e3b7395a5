package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Mode;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;

/**
 * Aggregates of distinct values: an aggregate over the distinct (group, value) pairs. Other
 * aggregates beside them are first computed for each pair, then put together; where there are
 * distinct values of several expressions, or {@link MostFrequent} values, there is one relation for
 * each, and {@link SameGroups} puts them beside each other.
 */
final class DistinctCalls {
  private final CatalystExpressions expressions;
  private final List<Expr> groups;
  private final List<AttributeReference> keys;
  private final List<String> names;
  private final Map<List<Expr>, Pairs> distinct = new LinkedHashMap<>();
  private final Map<MostFrequent, AttributeReference> modes = new LinkedHashMap<>();

  /** The calls over the distinct values of one list of expressions. */
  private record Pairs(List<AttributeReference> values, CatalystAggregate.Calls calls) {}

  DistinctCalls(
      CatalystExpressions expressions,
      List<Expr> groups,
      List<AttributeReference> keys,
      List<String> names) {
    this.expressions = expressions;
    this.groups = groups;
    this.keys = keys;
    this.names = names;
  }

  /** Whether what {@code call} aggregates are (group, value) pairs. */
  static boolean matters(AggregateExpression call) {
    return call.aggregateFunction() instanceof Mode
        || (call.isDistinct()
            && !(call.aggregateFunction() instanceof Min)
            && !(call.aggregateFunction() instanceof Max));
  }

  boolean isEmpty() {
    return distinct.isEmpty() && modes.isEmpty();
  }

  /** What Spark is to compute instead of {@code call}. */
  Expression read(AggregateExpression call, String name) {
    AggregateFunction function = call.aggregateFunction();
    List<Expression> children = new ArrayList<>(Trees.list(function.children()));
    if (function instanceof Mode mode) {
      return modes.computeIfAbsent(
          new MostFrequent(where(call, mode.child()), call.isDistinct(), MostFrequent.least(mode)),
          m -> CatalystAggregate.attribute(name, mode.dataType(), true));
    }
    // Beside the values a percentile has a percentage.
    List<Expression> values =
        PercentileCalls.reads(function)
            ? List.of(PercentileCalls.values(children.get(0)))
            : children;
    List<Expr> arguments = values.stream().map(value -> where(call, value)).toList();
    Pairs pairs = distinct.computeIfAbsent(arguments, a -> pairs(a, values));
    for (int i = 0; i < values.size(); i++) {
      children.set(i, pairs.values.get(i));
    }
    AggregateFunction over =
        (AggregateFunction) function.withNewChildren(Trees.<Expression>seq(children));
    return pairs.calls.read(over.toAggregateExpression(false, scala.Option.empty()), name);
  }

  /** The value where the FILTER clause holds, NULL elsewhere. */
  private Expr where(AggregateExpression call, Expression child) {
    Expr value = expressions.read(child);
    return call.filter().isEmpty()
        ? value
        : new Expr.Call(
            Function.CASE,
            List.of(
                expressions.read(call.filter().get()), value, new Expr.Literal(value.type(), null)),
            value.type(),
            true);
  }

  private Pairs pairs(List<Expr> arguments, List<Expression> children) {
    List<AttributeReference> values = new ArrayList<>();
    List<ExprId> ids = new ArrayList<>(keys.stream().map(AttributeReference::exprId).toList());
    for (int i = 0; i < arguments.size(); i++) {
      AttributeReference value =
          CatalystAggregate.attribute(
              "distinct" + i, children.get(i).dataType(), arguments.get(i).nullable());
      values.add(value);
      ids.add(value.exprId());
    }
    Rel.Aggregate inner = inner(new Rel.Scan("", "", List.of()), arguments, List.of());
    return new Pairs(
        values,
        new CatalystAggregate.Calls(
            new CatalystExpressions(ids, inner.fields()), new ArrayList<>(names)));
  }

  private Rel.Aggregate inner(Rel input, List<Expr> arguments, List<AggregateCall> calls) {
    List<Expr> all = new ArrayList<>(groups);
    all.addAll(arguments);
    List<String> columns = new ArrayList<>(names);
    for (int i = 0; i < arguments.size() + calls.size(); i++) {
      columns.add("distinct" + i);
    }
    return new Rel.Aggregate(input, all, calls, columns);
  }

  /**
   * The whole aggregate.
   *
   * @param plain the calls without DISTINCT
   * @param outputs in terms of the attributes of both
   */
  CatalystAggregate.Grouped grouped(
      Rel input, CatalystAggregate.Calls plain, Map<ExprId, Expression> outputs) {
    if (modes.isEmpty()
        && distinct.size() == 1
        && distinct.values().iterator().next().calls.made.isEmpty()
        && plain.calls.stream().allMatch(DistinctCalls::adds)) {
      return together(input, plain, outputs);
    }
    SameGroups all = new SameGroups(groups.size(), names);
    if (!plain.calls.isEmpty()) {
      all.add(
          plain.withMade(new Rel.Aggregate(input, groups, plain.calls, plain.names)),
          plain.columns());
    }
    distinct.forEach(
        (arguments, pairs) ->
            all.add(
                pairs.calls.withMade(
                    outer(
                        inner(input, arguments, List.of()), pairs.calls.calls, pairs.calls.names)),
                pairs.calls.columns()));
    modes.forEach((mode, column) -> all.add(mode.rel(input, groups, names), List.of(column)));
    return all.grouped(keys, outputs);
  }

  /** One inner aggregate by group and value with the plain calls, one outer that adds these up. */
  private CatalystAggregate.Grouped together(
      Rel input, CatalystAggregate.Calls plain, Map<ExprId, Expression> outputs) {
    Map.Entry<List<Expr>, Pairs> only = distinct.entrySet().iterator().next();
    CatalystAggregate.Calls calls = only.getValue().calls;
    Rel.Aggregate inner = inner(input, only.getKey(), plain.calls);
    List<AggregateCall> outer = new ArrayList<>(calls.calls);
    List<String> columns = new ArrayList<>(calls.names);
    List<AttributeReference> attributes = new ArrayList<>(keys);
    attributes.addAll(calls.attributes);
    Map<ExprId, Expression> totals = new HashMap<>();
    int at = groups.size() + only.getKey().size();
    for (int i = 0; i < plain.calls.size(); i++) {
      AggregateCall call = plain.calls.get(i);
      AttributeReference attribute = plain.attributes.get(i);
      boolean count = call.kind() == AggregateCall.Kind.COUNT;
      outer.add(
          new AggregateCall(
              count ? AggregateCall.Kind.SUM : call.kind(),
              Optional.of(ref(inner, at + i)),
              call.type()));
      columns.add(attribute.name());
      AttributeReference total =
          CatalystAggregate.attribute(attribute.name(), attribute.dataType(), true);
      attributes.add(total);
      // A sum of no counts is NULL, a count of nothing is 0.
      totals.put(
          attribute.exprId(),
          count
              ? new Coalesce(
                  Trees.<Expression>seq(List.of(total, Literal.create(0L, total.dataType()))))
              : total);
    }
    return new CatalystAggregate.Grouped(
        outer(inner, outer, columns), attributes, Trees.replaced(outputs, totals));
  }

  private static boolean adds(AggregateCall call) {
    return switch (call.kind()) {
      case SUM, COUNT, MIN, MAX -> true;
      case QUANTILE -> false;
    };
  }

  private Rel outer(Rel.Aggregate inner, List<AggregateCall> calls, List<String> columns) {
    List<Expr> same = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      same.add(ref(inner, i));
    }
    return new Rel.Aggregate(inner, same, calls, columns);
  }

  private static Expr.FieldRef ref(Rel rel, int index) {
    var field = rel.fields().get(index);
    return new Expr.FieldRef(index, field.type(), field.nullable());
  }
}
