package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Relations with one row for each of the same groups, put beside each other: joined by the group
 * or, since no NULL is equal to another one, grouped again where a group column may be NULL: all
 * rows one after the other, with NULL in the columns of the other relations.
 */
final class SameGroups {
  private final int groups;
  private final List<String> names;
  private final List<Rel> rels = new ArrayList<>();
  private final List<AttributeReference> columns = new ArrayList<>();

  /**
   * Without a relation so far.
   *
   * @param groups how many columns come first in each of them
   * @param names of these columns
   */
  SameGroups(int groups, List<String> names) {
    this.groups = groups;
    this.names = names;
  }

  /** Adds a relation, of which {@code more} are the columns after the groups. */
  void add(Rel rel, List<AttributeReference> more) {
    rels.add(rel);
    columns.addAll(more);
  }

  /**
   * All of it.
   *
   * @param keys the group columns
   * @param outputs in terms of these and of all columns that were added
   */
  CatalystAggregate.Grouped grouped(
      List<AttributeReference> keys, Map<ExprId, Expression> outputs) {
    boolean nulls =
        rels.stream()
            .allMatch(r -> r.fields().subList(0, groups).stream().anyMatch(Field::nullable));
    if (rels.size() == 1 || !nulls) {
      return joined(keys, outputs);
    }
    List<Rel> inputs = new ArrayList<>();
    for (Rel rel : rels) {
      inputs.add(padded(rel));
    }
    Rel union = new Rel.Union(inputs);
    List<AggregateCall> calls = new ArrayList<>();
    List<String> all = new ArrayList<>(names);
    List<AttributeReference> attributes = new ArrayList<>(keys);
    Map<ExprId, Expression> found = new HashMap<>();
    int at = groups;
    for (Rel rel : rels) {
      for (int i = groups; i < rel.fields().size(); i++, at++) {
        AttributeReference column = columns.get(at - groups);
        Field field = union.fields().get(at);
        calls.add(
            new AggregateCall(
                only(rel, i),
                Optional.of(new Expr.FieldRef(at, field.type(), true)),
                field.type()));
        AttributeReference nullable =
            CatalystAggregate.attribute(column.name(), column.dataType(), true);
        attributes.add(nullable);
        all.add("same" + at);
        found.put(
            column.exprId(),
            column.nullable()
                ? nullable
                : new Coalesce(
                    Trees.<Expression>seq(
                        List.of(nullable, Literal.create(0L, nullable.dataType())))));
      }
    }
    List<Expr> by = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      Field field = union.fields().get(i);
      by.add(new Expr.FieldRef(i, field.type(), field.nullable()));
    }
    return new CatalystAggregate.Grouped(
        new Rel.Aggregate(union, by, calls, all), attributes, Trees.replaced(outputs, found));
  }

  private CatalystAggregate.Grouped joined(
      List<AttributeReference> keys, Map<ExprId, Expression> outputs) {
    Rel all = null;
    List<AttributeReference> attributes = new ArrayList<>();
    int at = 0;
    for (Rel rel : rels) {
      boolean first = all == null;
      all = first ? rel : new Rel.Join(Rel.Join.Kind.INNER, all, rel, equal(all, rel));
      for (AttributeReference key : keys) {
        attributes.add(
            first ? key : CatalystAggregate.attribute(key.name(), key.dataType(), key.nullable()));
      }
      int width = rel.fields().size() - groups;
      attributes.addAll(columns.subList(at, at + width));
      at += width;
    }
    return new CatalystAggregate.Grouped(all, attributes, outputs);
  }

  private Expr equal(Rel left, Rel right) {
    List<Expr> terms = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      Field field = right.fields().get(i);
      Expr other = new Expr.FieldRef(left.fields().size() + i, field.type(), field.nullable());
      terms.add(
          new Expr.Call(Function.EQUAL, List.of(ref(left, i), other), DataType.BOOLEAN, false));
    }
    return terms.isEmpty()
        ? new Expr.Literal(DataType.BOOLEAN, true)
        : Expressions.joined(Function.AND, terms);
  }

  /** The aggregate that leaves the only value as it is, for whose argument it is allowed. */
  private static AggregateCall.Kind only(Rel rel, int column) {
    if (rel instanceof Rel.Project project
        && project.expressions().get(column) instanceof Expr.FieldRef below) {
      return only(project.input(), below.index());
    }
    return rel instanceof Rel.Aggregate aggregate
            && column >= aggregate.groups().size()
            && switch (aggregate.calls().get(column - aggregate.groups().size()).kind()) {
              case SUM, COUNT -> true;
              case MIN, MAX, QUANTILE -> false;
            }
        ? AggregateCall.Kind.SUM
        : AggregateCall.Kind.MAX;
  }

  /** With the columns of the others. */
  private Rel padded(Rel rel) {
    List<Expr> expressions = new ArrayList<>();
    List<String> all = new ArrayList<>(names);
    for (int i = 0; i < groups; i++) {
      expressions.add(ref(rel, i));
    }
    for (Rel other : rels) {
      for (int i = groups; i < other.fields().size(); i++) {
        all.add("same" + expressions.size());
        expressions.add(
            other == rel ? ref(rel, i) : new Expr.Literal(other.fields().get(i).type(), null));
      }
    }
    return new Rel.Project(rel, expressions, all);
  }

  private static Expr ref(Rel rel, int index) {
    Field field = rel.fields().get(index);
    return new Expr.FieldRef(index, field.type(), field.nullable());
  }
}
