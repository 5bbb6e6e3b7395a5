package org.trefoil.api.plan;

/** Divides a plan into owner-local fragments and the cross-owner remainder. */
public final class Fragments {
  private Fragments() {}

  /**
   * Divides {@code plan}; everybody computes the same split from the same plan and descriptors.
   *
   * <p>The remainder is, from the top, {@code Project(references)? Limit? Sort? Filter? Aggregate
   * body}; a body is made of {@link Rel.Input}, {@link Rel.Join} and {@link Rel.Filter} only and
   * has no Project, so that the columns of a relation in it are the columns of its inputs, left to
   * right. Of every Join:
   *
   * <ul>
   *   <li>the condition is {@code l1 = r1 AND l2 = r2 ...} of column references, the l's of one
   *       source of the left input, the r's of one source of the right input, none nullable;
   *   <li>the l's are a declared key of the left input: every right row has at most one partner
   *       (left is the PK side, right the FK side), so that the join has at most as many rows as
   *       its right input.
   * </ul>
   *
   * Group expressions and arguments of MIN and MAX are references to fragment columns. Every other
   * expression of the body holds references, literals and functions {@link Function#onShares()};
   * every maximal part of it that reads one source only is one column of that source.
   *
   * @throws org.trefoil.api.error.TrefoilException ROW_LEVEL_ACCESS if rows would be revealed that
   *     are not aggregates; UNSUPPORTED_* naming what is outside the first profile;
   *     TABLE_NOT_FOUND, COLUMN_NOT_FOUND
   */
  public static Split split(Plan plan, Catalog catalog) {
    throw new UnsupportedOperationException("not yet");
  }
}
