package org.trefoil.arrow.cluster;

import java.util.Arrays;

/**
 * A result that waits at an executor for a recipient.
 *
 * @param plan the Substrait bytes whose result it is, with this run's values
 * @param analyst who has run it
 * @param tables SHA-256 over the digests of the descriptors that it was computed with
 */
public record HeldResult(QueryId query, byte[] plan, String analyst, byte[] tables) {
  @Override
  public boolean equals(Object other) {
    return other instanceof HeldResult held
        && query.equals(held.query)
        && Arrays.equals(plan, held.plan)
        && analyst.equals(held.analyst)
        && Arrays.equals(tables, held.tables);
  }

  @Override
  public int hashCode() {
    return query.hashCode();
  }
}
