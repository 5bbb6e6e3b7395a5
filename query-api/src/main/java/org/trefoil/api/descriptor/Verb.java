package org.trefoil.api.descriptor;

import java.util.Locale;

/** What a policy lets a column be used for. */
public enum Verb {
  /** As a key of an equi-join. */
  JOIN,
  /** Compared with anything: WHERE, CASE, a non-equi join. */
  FILTER,
  /** Its values may appear in a result: GROUP BY, DISTINCT. */
  GROUP,
  /** SUM, COUNT, AVG, moments. */
  AGGREGATE,
  /** MIN, MAX, percentiles, MODE: they show single values. */
  RANK,
  /** Beside the others: what it says of single rows may be returned for a recipient's own keys. */
  OWN_KEYS;

  /** As policies write it: {@code own-keys}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
