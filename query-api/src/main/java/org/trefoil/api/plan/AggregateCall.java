package org.trefoil.api.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.type.DataType;

/**
 * One aggregate of an {@link Rel.Aggregate}. AVG does not occur: the planner writes it as SUM and
 * COUNT, whose values are then revealed, and the quotient is made in the clear above the leaf.
 *
 * @param argument absent for COUNT(*) only
 * @param type the result type, as Spark has it
 * @param weighing in a remainder over tables with k above 1: for each part of the argument a
 *     condition, never NULL, that is true on the rows that weigh in it. The value stands only where
 *     each table contributes k distinct rows (entities) to each of them. Empty where the rows of
 *     the group are those, and in plans
 */
public record AggregateCall(
    Kind kind, Optional<Expr> argument, DataType type, List<Expr> weighing) {
  public AggregateCall {
    weighing = List.copyOf(weighing);
  }

  public AggregateCall(Kind kind, Optional<Expr> argument, DataType type) {
    this(kind, argument, type, List.of());
  }

  /** The aggregates of the profile. COUNT counts rows (no argument) or non-NULL arguments. */
  public enum Kind {
    SUM,
    COUNT,
    MIN,
    MAX
  }

  public boolean nullable() {
    return kind != Kind.COUNT;
  }
}
