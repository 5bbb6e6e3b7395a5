package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.type.DataType;

/** Which columns tell all rows of a relation apart. */
final class UniqueKeys {
  private UniqueKeys() {}

  /** Sets of an item's columns, each unique; the empty set where there is at most one row. */
  static List<Set<Integer>> of(NormalForm.Item item) {
    List<Set<Integer>> keys = new ArrayList<>();
    if (item instanceof NormalForm.Grouped grouped) {
      Set<Integer> all = new LinkedHashSet<>();
      for (int i = 0; i < grouped.groups().size(); i++) {
        all.add(grouped.offset() + i);
      }
      keys.add(all);
      Set<Integer> enough = new LinkedHashSet<>(all);
      if (enough.removeIf(column -> follows(column - grouped.offset(), grouped))) {
        keys.add(enough);
      }
    } else if (item instanceof NormalForm.Leaf leaf && leaf.branches().size() == 1) {
      NormalForm.Branch branch = leaf.branches().get(0);
      for (Set<Integer> key : of(branch.rel(), branch.table().keys())) {
        Set<Integer> columns = through(key, branch.outputs());
        if (columns.size() == key.size()) {
          Set<Integer> refs = new LinkedHashSet<>();
          columns.forEach(c -> refs.add(leaf.offset() + c));
          keys.add(refs);
        }
      }
    }
    return keys;
  }

  /**
   * Whether a group column follows from two others: whether it is NULL, as a number, and what it is
   * or else a constant.
   */
  private static boolean follows(int group, NormalForm.Grouped grouped) {
    List<Expr> groups =
        grouped.groups().stream()
            .map(g -> Expressions.plain(made(g, grouped.input().items())))
            .toList();
    return follows(group, groups);
  }

  private static boolean follows(int group, List<Expr> groups) {
    Expr of = groups.get(group);
    boolean tested = false;
    boolean replaced = false;
    for (Expr other : groups) {
      if (other instanceof Expr.Call call && call.arguments().size() > 1) {
        List<Expr> a = call.arguments();
        boolean constant = a.get(a.size() - 1) instanceof Expr.Literal last && last.value() != null;
        tested |=
            call.function() == Function.CASE
                && a.size() == 3
                && constant
                && a.get(1) instanceof Expr.Literal first
                && first.value() != null
                && !first.value().equals(((Expr.Literal) a.get(2)).value())
                && a.get(0) instanceof Expr.Call test
                && test.function() == Function.IS_NOT_NULL
                && test.arguments().get(0).equals(of);
        replaced |=
            call.function() == Function.COALESCE
                && a.size() == 2
                && constant
                && a.get(0).equals(of);
      }
    }
    return tested && replaced;
  }

  /** {@code expr} over what inner groups are made of. */
  private static Expr made(Expr expr, List<NormalForm.Item> items) {
    if (expr instanceof Expr.FieldRef ref) {
      for (NormalForm.Item item : items) {
        int column = ref.index() - item.offset();
        if (item instanceof NormalForm.Grouped inner
            && column >= 0
            && column < inner.groups().size()) {
          return made(inner.groups().get(column), inner.input().items());
        }
      }
    }
    return expr instanceof Expr.Call call
        ? new Expr.Call(
            call.function(),
            call.arguments().stream().map(a -> made(a, items)).toList(),
            call.type(),
            call.nullable())
        : expr;
  }

  /**
   * Sets of columns of a fragment's relation.
   *
   * @param declared the keys of the table that it scans
   */
  static List<Set<Integer>> of(Rel rel, List<List<String>> declared) {
    List<Set<Integer>> keys = new ArrayList<>();
    if (rel instanceof Rel.Scan scan) {
      List<String> names =
          scan.fields().stream().map(f -> f.name().toLowerCase(Locale.ROOT)).toList();
      for (List<String> key : declared) {
        Set<Integer> columns = new LinkedHashSet<>();
        key.forEach(name -> columns.add(names.indexOf(name.toLowerCase(Locale.ROOT))));
        if (!columns.contains(-1)) {
          keys.add(columns);
        }
      }
    } else if (rel instanceof Rel.Filter) {
      return of(rel.inputs().get(0), declared);
    } else if (rel instanceof Rel.Window window) {
      keys.addAll(of(window.input(), declared));
      numbered(window).ifPresent(keys::add);
    } else if (rel instanceof Rel.Project project) {
      for (Set<Integer> key : of(project.input(), declared)) {
        Set<Integer> columns = through(key, project.expressions());
        if (columns.size() == key.size()) {
          keys.add(columns);
        }
      }
    } else if (rel instanceof Rel.Aggregate aggregate) {
      Set<Integer> all = new LinkedHashSet<>();
      for (int i = 0; i < aggregate.groups().size(); i++) {
        all.add(i);
      }
      keys.add(all);
      List<Optional<Expr>> groups =
          aggregate.groups().stream().map(g -> made(g, aggregate.input())).toList();
      if (groups.stream().allMatch(Optional::isPresent)) {
        List<Expr> plain = groups.stream().map(g -> Expressions.plain(g.orElseThrow())).toList();
        Set<Integer> enough = new LinkedHashSet<>(all);
        if (enough.removeIf(column -> follows(column, plain))) {
          keys.add(enough);
        }
      }
    }
    return keys;
  }

  /**
   * {@code expr} over what projections and groups below it are made of; empty where it reads what
   * an aggregate below computes.
   */
  private static Optional<Expr> made(Expr expr, Rel over) {
    Rel at = over;
    while (at instanceof Rel.Filter) {
      at = at.inputs().get(0);
    }
    if (expr instanceof Expr.FieldRef ref) {
      if (at instanceof Rel.Project project) {
        return made(project.expressions().get(ref.index()), project.input());
      }
      if (at instanceof Rel.Aggregate aggregate) {
        return ref.index() < aggregate.groups().size()
            ? made(aggregate.groups().get(ref.index()), aggregate.input())
            : Optional.empty();
      }
      return Optional.of(expr);
    }
    if (!(expr instanceof Expr.Call call)) {
      return Optional.of(expr);
    }
    List<Expr> arguments = new ArrayList<>();
    for (Expr argument : call.arguments()) {
      Optional<Expr> made = made(argument, at);
      if (made.isEmpty()) {
        return made;
      }
      arguments.add(made.get());
    }
    return Optional.of(new Expr.Call(call.function(), arguments, call.type(), call.nullable()));
  }

  /** The columns by which a window numbers rows, and the number. */
  private static Optional<Set<Integer>> numbered(Rel.Window window) {
    Set<Integer> columns = new LinkedHashSet<>();
    for (Expr partition : window.partitions()) {
      if (!(partition instanceof Expr.FieldRef ref)) {
        return Optional.empty();
      }
      columns.add(ref.index());
    }
    for (int i = 0; i < window.calls().size(); i++) {
      if (window.calls().get(i).kind() == WindowCall.Kind.ROW_NUMBER) {
        columns.add(window.input().fields().size() + i);
        return Optional.of(columns);
      }
    }
    return Optional.empty();
  }

  /** The places at which columns are delivered as they are. */
  private static Set<Integer> through(Set<Integer> columns, List<Expr> outputs) {
    Set<Integer> places = new LinkedHashSet<>();
    for (int column : columns) {
      for (int i = 0; i < outputs.size(); i++) {
        if (outputs.get(i) instanceof Expr.FieldRef ref && ref.index() == column) {
          places.add(i);
          break;
        }
      }
    }
    return places;
  }

  /** Whether {@code expr} is column {@code index}, or tells its values apart as the column does. */
  static boolean isColumn(Expr expr, int index) {
    if (expr instanceof Expr.FieldRef ref) {
      return ref.index() == index;
    }
    return expr instanceof Expr.Call call
        && call.function() == Function.CAST
        && keepsApart(call.arguments().get(0).type(), call.type())
        && isColumn(call.arguments().get(0), index);
  }

  /** Whether a cast gives different values different results: a key stays one when it is cast. */
  static boolean keepsApart(DataType from, DataType to) {
    if (from.isInteger() && to.isInteger()) {
      return from.kind().compareTo(to.kind()) <= 0;
    }
    if (from.isBytes() && from.kind() == to.kind()) {
      return from.precision() <= to.precision();
    }
    int digits =
        switch (from.kind()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INT -> 10;
          case BIGINT -> 19;
          case DECIMAL -> from.precision() - from.scale();
          default -> 100;
        };
    return to.kind() == DataType.Kind.DECIMAL
        && to.scale() >= from.scale()
        && to.precision() - to.scale() >= digits;
  }
}
