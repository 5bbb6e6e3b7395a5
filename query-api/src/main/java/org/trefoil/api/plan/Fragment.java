package org.trefoil.api.plan;

/**
 * The part of a query that one owner runs in the clear over one of its tables before it shares.
 *
 * @param source the source that it belongs to
 * @param branch its position among the branches of the source
 * @param local projections, filters and aggregates over one {@link Rel.Scan}
 */
public record Fragment(int source, int branch, String owner, String table, Rel local) {
  /** Whether it publicly delivers one row at most, which is not padded. */
  public boolean isOneRow() {
    Rel rel = local;
    while (rel instanceof Rel.Project || rel instanceof Rel.Filter) {
      rel = rel.inputs().get(0);
    }
    return rel instanceof Rel.Aggregate aggregate && aggregate.groups().isEmpty();
  }

  /** Whether the number of its rows depends on what the rows of its table are. */
  public boolean isFiltered() {
    for (Rel rel = local; !(rel instanceof Rel.Scan); rel = rel.inputs().get(0)) {
      if (rel instanceof Rel.Filter || rel instanceof Rel.Aggregate) {
        return true;
      }
    }
    return false;
  }
}
