package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Joins by {@code <=>}, for which two NULLs are equal, as joins by equalities: both sides get two
 * columns more for each such key, whether it is there, and its value or else a default. INTERSECT
 * and EXCEPT are such joins.
 */
final class NullSafeKeys {
  private NullSafeKeys() {}

  /** The join, with the columns that it would have. */
  static Rel join(Rel.Join.Kind kind, Rel left, Rel right, Expr condition) {
    int width = left.fields().size();
    List<Expr> terms = new ArrayList<>();
    List<Integer> leftKeys = new ArrayList<>();
    List<Integer> rightKeys = new ArrayList<>();
    for (Expr term : Expressions.terms(Function.AND, condition)) {
      Optional<int[]> pair = pair(term, left, right);
      if (pair.isPresent()) {
        leftKeys.add(pair.get()[0]);
        rightKeys.add(pair.get()[1]);
      } else {
        terms.add(equal(term));
      }
    }
    if (leftKeys.isEmpty()) {
      return new Rel.Join(kind, left, right, Expressions.joined(Function.AND, terms));
    }
    Rel keyedLeft = keyed(left, leftKeys);
    Rel keyedRight = keyed(right, rightKeys);
    int added = keyedLeft.fields().size() - width;
    List<Expr> all = new ArrayList<>();
    for (int i = 0; i < added; i++) {
      all.add(
          call(
              Function.EQUAL,
              List.of(
                  ref(keyedLeft, width + i, 0),
                  ref(keyedRight, right.fields().size() + i, width + added)),
              DataType.BOOLEAN));
    }
    terms.forEach(t -> all.add(shifted(t, width, added)));
    Rel.Join joined =
        new Rel.Join(kind, keyedLeft, keyedRight, Expressions.joined(Function.AND, all));
    List<Integer> kept = new ArrayList<>(IntStream.range(0, width).boxed().toList());
    int rest =
        kind.returnsRight() ? right.fields().size() : kind == Rel.Join.Kind.EXISTENCE ? 1 : 0;
    IntStream.range(0, rest).forEach(i -> kept.add(width + added + i));
    return columns(joined, kept);
  }

  /** The left and the right column of {@code a <=> b} where both may be NULL. */
  private static Optional<int[]> pair(Expr term, Rel left, Rel right) {
    if (!(term instanceof Expr.Call call)
        || call.function() != Function.NULL_SAFE_EQUAL
        || !(call.arguments().get(0) instanceof Expr.FieldRef a)
        || !(call.arguments().get(1) instanceof Expr.FieldRef b)
        || !a.nullable()
        || !b.nullable()
        || a.type().kind() == DataType.Kind.BOOLEAN) {
      return Optional.empty();
    }
    int width = left.fields().size();
    int least = Math.min(a.index(), b.index());
    int greatest = Math.max(a.index(), b.index()) - width;
    return least < width && greatest >= 0 && greatest < right.fields().size()
        ? Optional.of(new int[] {least, greatest})
        : Optional.empty();
  }

  /** Where one side is never NULL, a NULL of the other matches nothing: an equality. */
  private static Expr equal(Expr term) {
    if (term instanceof Expr.Call call
        && call.function() == Function.NULL_SAFE_EQUAL
        && call.arguments().stream().anyMatch(a -> !a.nullable())) {
      boolean nullable = call.arguments().stream().anyMatch(Expr::nullable);
      return new Expr.Call(Function.EQUAL, call.arguments(), DataType.BOOLEAN, nullable);
    }
    return term;
  }

  /** {@code rel} with two columns more for each of its columns {@code keys}. */
  private static Rel keyed(Rel rel, List<Integer> keys) {
    if (rel instanceof Rel.Filter filter) {
      return new Rel.Filter(keyed(filter.input(), keys), filter.condition());
    }
    if (rel instanceof Rel.Project project) {
      Optional<List<Integer>> below = references(keys, project.expressions());
      if (below.isPresent()) {
        Rel input = keyed(project.input(), below.get());
        List<Expr> columns = new ArrayList<>(project.expressions());
        List<String> names = new ArrayList<>(project.names());
        for (int i = project.input().fields().size(); i < input.fields().size(); i++) {
          columns.add(ref(input, i, 0));
          names.add("_key" + names.size());
        }
        return new Rel.Project(input, columns, names);
      }
    }
    if (rel instanceof Rel.Join join
        && (join.kind() == Rel.Join.Kind.LEFT_SEMI || join.kind() == Rel.Join.Kind.LEFT_ANTI)) {
      Rel left = keyed(join.left(), keys);
      int width = join.left().fields().size();
      return new Rel.Join(
          join.kind(),
          left,
          join.right(),
          shifted(join.condition(), width, left.fields().size() - width));
    }
    if (rel instanceof Rel.Aggregate aggregate
        && keys.stream().allMatch(k -> k < aggregate.groups().size())) {
      return keyed(aggregate, keys);
    }
    List<Expr> columns = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Field field : rel.fields()) {
      columns.add(ref(rel, columns.size(), 0));
      names.add(field.name());
    }
    for (int key : keys) {
      columns.addAll(parts(ref(rel, key, 0)));
      names.add("_key" + names.size());
      names.add("_key" + names.size());
    }
    return new Rel.Project(rel, columns, names);
  }

  /** With the columns among the groups, from which they follow. */
  private static Rel keyed(Rel.Aggregate aggregate, List<Integer> keys) {
    Rel input = aggregate.input();
    List<Expr> groups = new ArrayList<>(aggregate.groups());
    Optional<List<Integer>> below = references(keys, groups);
    if (below.isPresent()) {
      int width = input.fields().size();
      input = keyed(input, below.get());
      for (int i = width; i < input.fields().size(); i++) {
        groups.add(ref(input, i, 0));
      }
    } else {
      keys.forEach(k -> groups.addAll(parts(aggregate.groups().get(k))));
    }
    int before = aggregate.groups().size();
    int added = groups.size() - before;
    List<String> names = new ArrayList<>(aggregate.names().subList(0, before));
    IntStream.range(0, added).forEach(i -> names.add("_key" + i));
    names.addAll(aggregate.names().subList(before, aggregate.names().size()));
    Rel keyed = new Rel.Aggregate(input, groups, aggregate.calls(), names);
    List<Integer> order = new ArrayList<>(IntStream.range(0, before).boxed().toList());
    IntStream.range(0, aggregate.calls().size()).forEach(i -> order.add(before + added + i));
    IntStream.range(0, added).forEach(i -> order.add(before + i));
    return columns(keyed, order);
  }

  /** Whether a key is there, and it or else a default. */
  private static List<Expr> parts(Expr key) {
    Expr there = new Expr.Call(Function.IS_NOT_NULL, List.of(key), DataType.BOOLEAN, false);
    Expr bit =
        new Expr.Call(
            Function.CASE,
            List.of(there, new Expr.Literal(DataType.INT, 1L), new Expr.Literal(DataType.INT, 0L)),
            DataType.INT,
            false);
    Object none =
        switch (key.type().kind()) {
          case STRING, BINARY -> "";
          case DECIMAL -> BigDecimal.ZERO.setScale(key.type().scale());
          case DOUBLE, FLOAT -> 0.0;
          default -> 0L;
        };
    DataType type = key.type().isBytes() ? new DataType(key.type().kind(), 1, 0) : key.type();
    Expr value =
        new Expr.Call(
            Function.COALESCE, List.of(key, new Expr.Literal(type, none)), key.type(), false);
    return List.of(bit, value);
  }

  private static Optional<List<Integer>> references(List<Integer> keys, List<Expr> expressions) {
    List<Integer> below = new ArrayList<>();
    for (int key : keys) {
      if (!(expressions.get(key) instanceof Expr.FieldRef ref)) {
        return Optional.empty();
      }
      below.add(ref.index());
    }
    return Optional.of(below);
  }

  private static Rel columns(Rel rel, List<Integer> which) {
    return new Rel.Project(
        rel,
        which.stream().map(i -> ref(rel, i, 0)).toList(),
        which.stream().map(i -> rel.fields().get(i).name()).toList());
  }

  private static Expr ref(Rel rel, int column, int offset) {
    Field field = rel.fields().get(column);
    return new Expr.FieldRef(offset + column, field.type(), field.nullable());
  }

  private static Expr shifted(Expr expr, int from, int by) {
    return Expressions.replaceRefs(
        expr,
        r -> r.index() < from ? r : new Expr.FieldRef(r.index() + by, r.type(), r.nullable()));
  }

  private static Expr call(Function function, List<Expr> arguments, DataType type) {
    return new Expr.Call(function, arguments, type, arguments.stream().anyMatch(Expr::nullable));
  }
}
