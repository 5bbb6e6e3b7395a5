package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Inner joins of which neither side has a key, on any condition or none, with a table of which at
 * most m rows are declared to match a row of the other side: {@code max-matches}.
 *
 * <p>The table's owner numbers its rows among those that agree in what is joined by, all of them
 * where nothing is; the rows of the other side take part m times, with the numbers 1 to m. By the
 * columns and the number the rows of the table are unique: it is a join on a key, whose size
 * follows from m and the sizes of both sides. Nothing is opened that a join on a key does not open,
 * and how many rows match is not known to anybody. Conditions that are no equality filter the
 * joined rows, on shares.
 *
 * <p>That the owner finds a number greater than m is an error as any that its expressions may
 * raise: EXPLAIN lists it under {@code Leaks}. Tables with a minimum are refused, as those of all
 * windows are, and unions of joins.
 */
final class BoundedJoins {
  /** As many copies of a side as are worth it. */
  static final int MOST = 100;

  private static final DataType NUMBER = DataType.INT;
  private static final int GREATEST = Byte.MAX_VALUE;

  private final Map<String, Integer> bounds;
  private final boolean ansi;
  private final BiPredicate<Rel, Set<Integer>> isKey;

  /**
   * @param bounds the greatest number of matches by {@code owner.table}
   * @param ansi whether a cast that does not fit is an error
   * @param isKey whether no two rows of a relation agree in the given columns
   */
  BoundedJoins(Map<String, Integer> bounds, boolean ansi, BiPredicate<Rel, Set<Integer>> isKey) {
    this.bounds = bounds;
    this.ansi = ansi;
    this.isKey = isKey;
  }

  /** The inner join with the columns that it would have; empty where no bound applies. */
  Optional<Rel> join(Rel left, Rel right, Expr condition) {
    if (bounds.isEmpty() || !ansi) {
      return Optional.empty();
    }
    Optional<Integer> ofRight = bound(right);
    Optional<Integer> ofLeft = bound(left);
    if (ofRight.isEmpty() && ofLeft.isEmpty()) {
      return Optional.empty();
    }
    int width = left.fields().size();
    List<Integer> leftKeys = new ArrayList<>();
    List<Integer> rightKeys = new ArrayList<>();
    List<Expr> others = new ArrayList<>();
    Set<Integer> leftEquated = new LinkedHashSet<>();
    Set<Integer> rightEquated = new LinkedHashSet<>();
    for (Expr term : Expressions.terms(Function.AND, condition)) {
      equated(term, width, leftEquated, rightEquated);
      Optional<int[]> pair = pair(term, width);
      if (pair.isPresent()) {
        leftKeys.add(pair.get()[0]);
        rightKeys.add(pair.get()[1]);
      } else if (!(term instanceof Expr.Literal literal && Boolean.TRUE.equals(literal.value()))) {
        others.add(term);
      }
    }
    if (isKey.test(left, leftEquated)
        || isKey.test(right, rightEquated)
        || isGrouped(left, condition, 0)
        || isGrouped(right, condition, width)) {
      return Optional.empty();
    }
    Rel joined =
        ofRight.isPresent()
            ? joined(left, leftKeys, right, rightKeys, ofRight.get(), false)
            : joined(right, rightKeys, left, leftKeys, ofLeft.get(), true);
    return Optional.of(
        others.isEmpty()
            ? joined
            : new Rel.Filter(joined, Expressions.joined(Function.AND, others)));
  }

  /** How many rows of a relation, which is of one table, may match. */
  private Optional<Integer> bound(Rel rel) {
    Rel at = rel;
    while (at instanceof Rel.Filter || at instanceof Rel.Project) {
      at = at.inputs().get(0);
    }
    return at instanceof Rel.Scan scan
        ? Optional.ofNullable(bounds.get(scan.owner() + "." + scan.table()))
        : Optional.empty();
  }

  /** Adds the column that {@code term} equates with what is made of the other side's columns. */
  private static void equated(Expr term, int width, Set<Integer> left, Set<Integer> right) {
    if (!(term instanceof Expr.Call call) || call.function() != Function.EQUAL) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      if (call.arguments().get(i) instanceof Expr.FieldRef column) {
        boolean ofLeft = column.index() < width;
        boolean across =
            Expressions.refs(call.arguments().get(1 - i)).stream()
                .allMatch(ref -> ref < width != ofLeft);
        if (across) {
          (ofLeft ? left : right).add(ofLeft ? column.index() : column.index() - width);
        }
      }
    }
  }

  /**
   * Whether {@code rel} is an aggregate of which all groups are compared with the other side, some
   * by {@code <=>}: NULLs are one group.
   *
   * @param offset at which its columns start in {@code condition}
   */
  private boolean isGrouped(Rel rel, Expr condition, int offset) {
    Rel at = rel;
    while (at instanceof Rel.Filter || at instanceof Rel.Project) {
      at = at.inputs().get(0);
    }
    if (!(at instanceof Rel.Aggregate)) {
      return false;
    }
    int end = offset + rel.fields().size();
    Set<Integer> compared = new LinkedHashSet<>();
    for (Expr term : Expressions.terms(Function.AND, condition)) {
      if (term instanceof Expr.Call call
          && (call.function() == Function.EQUAL || call.function() == Function.NULL_SAFE_EQUAL)) {
        for (int i = 0; i < 2; i++) {
          if (call.arguments().get(i) instanceof Expr.FieldRef column
              && column.index() >= offset
              && column.index() < end
              && Expressions.refs(call.arguments().get(1 - i)).stream()
                  .noneMatch(ref -> ref >= offset && ref < end)) {
            compared.add(column.index() - offset);
          }
        }
      }
    }
    return isKey.test(rel, compared);
  }

  private static Optional<int[]> pair(Expr term, int width) {
    if (term instanceof Expr.Call call
        && call.function() == Function.EQUAL
        && call.arguments().get(0) instanceof Expr.FieldRef a
        && call.arguments().get(1) instanceof Expr.FieldRef b
        && a.index() < width != b.index() < width) {
      int left = Math.min(a.index(), b.index());
      return Optional.of(new int[] {left, Math.max(a.index(), b.index()) - width});
    }
    return Optional.empty();
  }

  /**
   * @param first whether the columns of the table come first
   */
  private static Rel joined(
      Rel other, List<Integer> otherKeys, Rel table, List<Integer> keys, int most, boolean first) {
    Rel times = times(other, most);
    Rel numbered = numbered(table, keys, most);
    int otherWidth = other.fields().size();
    int tableWidth = table.fields().size();
    List<Expr> terms = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      terms.add(
          test(
              Function.EQUAL,
              ref(times, otherKeys.get(i), 0),
              ref(numbered, keys.get(i), otherWidth + 1)));
    }
    terms.add(
        test(Function.EQUAL, ref(times, otherWidth, 0), ref(numbered, tableWidth, otherWidth + 1)));
    Rel.Join join =
        new Rel.Join(Rel.Join.Kind.INNER, times, numbered, Expressions.joined(Function.AND, terms));
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < tableWidth; i++) {
      columns.add(otherWidth + 1 + i);
    }
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < otherWidth; i++) {
      others.add(i);
    }
    columns.addAll(first ? columns.size() : 0, others);
    return columns(join, columns);
  }

  /**
   * The rows {@code most} times, each with the number of the time; twice at least, since a number
   * that is always the same would be no column to join by.
   */
  private static Rel times(Rel rel, int most) {
    List<Rel> copies = new ArrayList<>();
    for (int time = 1; time <= Math.max(2, most); time++) {
      List<Expr> columns = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (Field field : rel.fields()) {
        columns.add(new Expr.FieldRef(columns.size(), field.type(), field.nullable()));
        names.add(field.name());
      }
      columns.add(new Expr.Literal(NUMBER, (long) time));
      names.add("_match");
      copies.add(new Rel.Project(rel, columns, names));
    }
    return new Rel.Union(copies);
  }

  /** The rows with their numbers, of which one that is greater than {@code most} is an error. */
  private static Rel numbered(Rel table, List<Integer> keys, int most) {
    Rel rows = table;
    List<Expr> partitions = new ArrayList<>();
    List<Expr> there = new ArrayList<>();
    for (int key : keys) {
      Expr column = ref(table, key, 0);
      partitions.add(column);
      if (column.nullable()) {
        there.add(new Expr.Call(Function.IS_NOT_NULL, List.of(column), DataType.BOOLEAN, false));
      }
    }
    if (!there.isEmpty()) {
      rows = new Rel.Filter(rows, Expressions.joined(Function.AND, there));
    }
    Rel.Window window =
        new Rel.Window(
            rows,
            partitions,
            List.of(new Rel.Sort.Key(new Expr.Literal(NUMBER, 1L), true, true)),
            List.of(new WindowCall(WindowCall.Kind.ROW_NUMBER, Optional.empty(), NUMBER, 0)),
            List.of("_match"));
    Expr number = ref(window, table.fields().size(), 0);
    Expr shifted =
        new Expr.Call(
            Function.ADD,
            List.of(number, new Expr.Literal(NUMBER, (long) (GREATEST - most))),
            NUMBER,
            false);
    Expr fits = new Expr.Call(Function.CAST, List.of(shifted), DataType.TINYINT, false);
    return new Rel.Filter(
        window, test(Function.GREATER, fits, new Expr.Literal(DataType.TINYINT, 0L)));
  }

  private static Rel columns(Rel rel, List<Integer> kept) {
    List<Expr> columns = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int column : kept) {
      columns.add(ref(rel, column, 0));
      names.add(rel.fields().get(column).name());
    }
    return new Rel.Project(rel, columns, names);
  }

  private static Expr test(Function function, Expr a, Expr b) {
    return new Expr.Call(function, List.of(a, b), DataType.BOOLEAN, a.nullable() || b.nullable());
  }

  private static Expr ref(Rel rel, int column, int offset) {
    Field field = rel.fields().get(column);
    return new Expr.FieldRef(offset + column, field.type(), field.nullable());
  }
}
