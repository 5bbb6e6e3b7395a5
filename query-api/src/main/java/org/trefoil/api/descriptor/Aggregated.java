package org.trefoil.api.descriptor;

import java.util.Locale;

/** An aggregate that a policy lists under {@code aggregates}. */
public enum Aggregated {
  COUNT(Verb.AGGREGATE),
  /** The sum of the column, of multiples of it, and of such sums with other columns. */
  SUM(Verb.AGGREGATE),
  /** Sums of products and of other functions: variances, covariances, weighted sums. */
  MOMENTS(Verb.AGGREGATE),
  MIN(Verb.RANK),
  MAX(Verb.RANK),
  PERCENTILE(Verb.RANK);

  private final Verb verb;

  Aggregated(Verb verb) {
    this.verb = verb;
  }

  /** The verb that the aggregate needs besides. */
  public Verb verb() {
    return verb;
  }

  /** As policies write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
