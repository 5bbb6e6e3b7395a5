package org.trefoil.api.plan;

import java.util.Optional;
import org.trefoil.api.type.DataType;

/**
 * One aggregate of an {@link Rel.Aggregate}. AVG does not occur: the planner writes it as SUM and
 * COUNT, whose values are then revealed, and the quotient is made in the clear above the leaf.
 *
 * @param argument absent for COUNT(*) only
 * @param type the result type, as Spark has it
 */
public record AggregateCall(Kind kind, Optional<Expr> argument, DataType type) {
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
