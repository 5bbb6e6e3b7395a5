package org.trefoil.spark.share;

import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.TablePolicy;

/** To how many rows a fragment is padded: all that executors learn of its size. */
final class PaddedSize {
  private PaddedSize() {}

  /** Whether the size depends on the rows that the fragment's filters leave. */
  static boolean countsFragment(TablePolicy policy, boolean filtered) {
    return policy.padding() != Padding.FULL && filtered && policy.filteredSizePublic();
  }

  /**
   * The padded size; at least one row, so that an empty table looks like a table of one row.
   *
   * @param rows of the fragment where {@link #countsFragment}, else of the table: how many rows a
   *     filter leaves is an answer, and no size tells it unless the policy says so
   */
  static long of(TablePolicy policy, long rows) {
    long least = Math.max(1, rows);
    return policy.padding() != Padding.POW2 || Long.bitCount(least) == 1
        ? least
        : Long.highestOneBit(least) << 1;
  }
}
