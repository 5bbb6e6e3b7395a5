package org.trefoil.api.plan;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Finds the aggregate of an inner query that is in a column. */
final class InnerCalls {
  private InnerCalls() {}

  /** The call; empty for a table's column, and where the branches of a union differ. */
  static Optional<AggregateCall> of(NormalForm form, Expr.FieldRef column) {
    NormalForm.Item item = form.item(column.index());
    int index = column.index() - item.offset();
    if (item instanceof NormalForm.Grouped grouped) {
      return call(grouped.calls(), index - grouped.groups().size());
    }
    if (item instanceof NormalForm.Outer outer) {
      return of(outer.columns().get(index), c -> of(form, c));
    }
    if (item instanceof NormalForm.Leaf leaf) {
      List<Optional<AggregateCall>> calls =
          leaf.branches().stream()
              .map(b -> of(b.outputs().get(index), c -> of(b.rel(), c)))
              .distinct()
              .toList();
      return calls.size() == 1 ? calls.get(0) : Optional.empty();
    }
    return Optional.empty();
  }

  private static Optional<AggregateCall> of(Rel rel, Expr.FieldRef column) {
    if (rel instanceof Rel.Aggregate aggregate) {
      return call(aggregate.calls(), column.index() - aggregate.groups().size());
    }
    if (rel instanceof Rel.Project project) {
      return of(project.expressions().get(column.index()), c -> of(project.input(), c));
    }
    return rel instanceof Rel.Filter filter ? of(filter.input(), column) : Optional.empty();
  }

  private static Optional<AggregateCall> of(
      Expr expr, Function<Expr.FieldRef, Optional<AggregateCall>> below) {
    return expr instanceof Expr.FieldRef ref ? below.apply(ref) : Optional.empty();
  }

  private static Optional<AggregateCall> call(List<AggregateCall> calls, int index) {
    return index < 0 ? Optional.empty() : Optional.of(calls.get(index));
  }
}
