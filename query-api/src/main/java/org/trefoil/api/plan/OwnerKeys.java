package org.trefoil.api.plan;

import java.io.Serializable;

/**
 * A join that runs without a sort, since the owners of both sides know its keys in the clear: the
 * rows of the one with unique keys lie in a table of bins, and the owner of the other says where
 * the bins and the three probes of each of its rows go.
 *
 * @param table the source whose rows lie in bins
 * @param refers the source whose rows look them up
 * @param key position of the KEY column of {@code refers}
 * @param bins rows of {@code table}
 * @param places PLACE columns of {@code refers}: the three probes, then the bins
 */
public record OwnerKeys(int table, int refers, int key, int bins, int places)
    implements Serializable {
  /** Fewer keys may not fit their table. */
  static final int FEWEST_KEYS = 512;

  /** Bins and probes that executors hold in memory at a time. */
  static final int MOST_PLACES = 1 << 23;

  /** Of more rows per key a sort costs less. */
  private static final int MOST_ROWS_PER_KEY = 16;

  /** With more keys per row the owner of the rows would send places for too many bins. */
  private static final int MOST_BINS_PER_ROW = 4;

  /** Bins for so many keys: 1.27 for each, with three bins per key (see {@code KeyTable}). */
  public static int bins(int keys) {
    return Math.toIntExact((127L * keys + 99) / 100) + 8;
  }

  /** Whether a join of so many keys and rows runs this way: from public sizes only. */
  static boolean pays(long keys, long rows) {
    return keys >= FEWEST_KEYS
        && rows <= MOST_ROWS_PER_KEY * keys
        && keys <= MOST_PLACES
        && rows <= MOST_PLACES
        && bins((int) keys) + 3 * rows <= MOST_PLACES
        && bins((int) keys) <= MOST_BINS_PER_ROW * rows;
  }
}
