package org.trefoil.api.descriptor;

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
  RANK
}
