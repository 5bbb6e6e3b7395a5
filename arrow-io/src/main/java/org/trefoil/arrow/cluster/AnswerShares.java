package org.trefoil.arrow.cluster;

import java.util.List;

/**
 * One executor's shares of a result, with what it takes to read them later, when the query is gone.
 *
 * @param sizes padded rows by source and branch, as in {@link QueryStatus}
 * @param tables as in {@link HeldResult}: what the tables were that it was computed with
 */
public record AnswerShares(ResultShares shares, List<List<Long>> sizes, byte[] tables) {
  public AnswerShares {
    sizes = sizes.stream().map(List::copyOf).toList();
    tables = tables.clone();
  }

  @Override
  public byte[] tables() {
    return tables.clone();
  }

  /** Prints no share. */
  @Override
  public String toString() {
    return "AnswerShares[of party " + shares.party() + "]";
  }
}
