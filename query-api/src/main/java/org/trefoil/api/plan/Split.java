package org.trefoil.api.plan;

import java.util.List;

/**
 * A plan divided into what owners do in the clear and what is left for the executors.
 *
 * @param remainder relations over {@link Rel.Input}; no {@link Rel.Scan} occurs
 */
public record Split(List<Source> sources, Rel remainder) {
  public Split {
    sources = List.copyOf(sources);
  }
}
