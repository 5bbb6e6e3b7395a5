package org.trefoil.api.descriptor;

import java.time.Duration;

/**
 * That a table has no source: its rows are shared for each query by contributors, each with a
 * certificate of its own, while the query waits for them. The executors say who shared a row, so
 * that the minimum group size counts contributors, whatever they write.
 *
 * @param most contributors to one query; with {@code rows} the table's padded size
 * @param rows of one contributor at most; each is padded to as many
 * @param within how long a query waits for contributions
 */
public record ContributorsRule(int most, int rows, Duration within) {
  /** The padded rows of all contributors together. */
  public long capacity() {
    return (long) most * rows;
  }
}
