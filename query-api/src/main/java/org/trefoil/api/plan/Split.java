package org.trefoil.api.plan;

import java.util.List;

/**
 * A plan divided into what owners do in the clear and what is left for the executors.
 *
 * @param release the plan's
 * @param remainder relations over {@link Rel.Input}; no {@link Rel.Scan} occurs
 */
public record Split(List<Source> sources, Rel remainder, Release release) {
  public Split {
    sources = List.copyOf(sources);
  }

  /** A split of a plan whose result goes to whoever runs it. */
  public Split(List<Source> sources, Rel remainder) {
    this(sources, remainder, Release.TO_ANALYST);
  }
}
