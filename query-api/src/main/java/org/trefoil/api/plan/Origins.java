package org.trefoil.api.plan;

import java.util.List;
import java.util.Optional;

/** Where the columns of a remainder's relations come from. */
final class Origins {
  private Origins() {}

  /** Column {@code output} of source {@code source}. */
  record Column(int source, int output) {}

  /**
   * What a column is: a column of a source ({@code column}), or an aggregate ({@code call} is its
   * position among the calls).
   */
  record Origin(Optional<Column> column, int call) {}

  static Origin of(Rel rel, int index) {
    if (rel instanceof Rel.Input input) {
      return new Origin(Optional.of(new Column(input.source(), index)), -1);
    }
    if (rel instanceof Rel.Join join) {
      int left = join.left().fields().size();
      return index < left ? of(join.left(), index) : of(join.right(), index - left);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      int groups = aggregate.groups().size();
      return index < groups
          ? of(aggregate.input(), reference(aggregate.groups().get(index)))
          : new Origin(Optional.empty(), index - groups);
    }
    if (rel instanceof Rel.Project project) {
      return of(project.input(), reference(project.expressions().get(index)));
    }
    return of(rel.inputs().get(0), index);
  }

  /** The source column of a body's column. */
  static Column column(Rel body, Expr reference) {
    return of(body, reference(reference)).column().orElseThrow();
  }

  /** The aggregate below {@code rel}. */
  static Rel.Aggregate aggregate(Rel rel) {
    return rel instanceof Rel.Aggregate found ? found : aggregate(rel.inputs().get(0));
  }

  /** Whether {@code rel} is the aggregate or above it. */
  static boolean isAbove(Rel rel) {
    return rel instanceof Rel.Aggregate
        || (rel.inputs().size() == 1 && isAbove(rel.inputs().get(0)));
  }

  /** The columns that a join's condition equates, as {@code (left, right)} pairs. */
  static List<Column[]> keys(Rel.Join join) {
    return Expressions.terms(Function.AND, join.condition()).stream()
        .map(
            term -> {
              Expr.Call equal = (Expr.Call) term;
              return new Column[] {
                column(join, equal.arguments().get(0)), column(join, equal.arguments().get(1))
              };
            })
        .toList();
  }

  private static int reference(Expr expr) {
    return ((Expr.FieldRef) expr).index();
  }
}
