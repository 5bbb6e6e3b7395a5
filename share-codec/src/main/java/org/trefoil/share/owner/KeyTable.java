package org.trefoil.share.owner;

import java.util.Arrays;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Cuckoo tables with three bins per key, and the ways from them to the keys that refer to them:
 * what owners compute in the clear of their own keys for a join without a sort.
 *
 * <p>Which bins a key has follows from the executors' joint key of the run, and is never drawn
 * again because of data. With {@code OwnerKeys.bins} bins a table cannot be filled with a
 * probability below 2^-40 (Pinkas, Schneider, Zohner, ACM TOPS 2018): then the query fails.
 */
public final class KeyTable {
  /** Bins of each key. */
  public static final int PROBES = 3;

  private KeyTable() {}

  /**
   * The bin of each key, one of its three; every bin holds one key at most.
   *
   * @param probes three bins per key, one key after another
   * @throws TrefoilException KEY_NOT_UNIQUE if there is no way to place all of them, as where more
   *     than three have the same bins
   */
  public static int[] fill(int[] probes, int bins) {
    int keys = probes.length / PROBES;
    int[] occupant = new int[bins];
    Arrays.fill(occupant, -1);
    int[] reached = new int[bins];
    int[] from = new int[bins];
    int[] queue = new int[bins];
    for (int key = 0; key < keys; key++) {
      // The nearest empty bin, over keys that can make room (breadth first).
      int round = key + 1;
      int tail = 0;
      for (int c = 0; c < PROBES; c++) {
        tail = reach(probes[PROBES * key + c], -1, round, reached, from, queue, tail);
      }
      int empty = -1;
      for (int head = 0; head < tail && empty < 0; head++) {
        int bin = queue[head];
        if (occupant[bin] < 0) {
          empty = bin;
        } else {
          for (int c = 0; c < PROBES; c++) {
            int next = probes[PROBES * occupant[bin] + c];
            tail = reach(next, bin, round, reached, from, queue, tail);
          }
        }
      }
      if (empty < 0) {
        throw new TrefoilException(
            Condition.KEY_NOT_UNIQUE,
            "Cannot place "
                + keys
                + " join keys: several are equal, or hash alike. Check that the declared key is"
                + " unique, then run the query again.");
      }
      for (int bin = empty; ; bin = from[bin]) {
        if (from[bin] < 0) {
          occupant[bin] = key;
          break;
        }
        occupant[bin] = occupant[from[bin]];
      }
    }
    int[] places = new int[keys];
    for (int bin = 0; bin < bins; bin++) {
      if (occupant[bin] >= 0) {
        places[occupant[bin]] = bin;
      }
    }
    return places;
  }

  private static int reach(
      int bin, int before, int round, int[] reached, int[] from, int[] queue, int tail) {
    if (reached[bin] == round) {
      return tail;
    }
    reached[bin] = round;
    from[bin] = before;
    queue[tail] = bin;
    return tail + 1;
  }

  /**
   * Where bins and probes go so that every bin is followed by the probes of it: first the bins,
   * then the first probes of all rows, the second ones and the third ones.
   *
   * @param probes three bins per row, one row after another
   */
  public static int[] places(int[] probes, int bins) {
    int rows = probes.length / PROBES;
    int[] places = new int[bins + probes.length];
    int[] next = new int[bins];
    for (int probe : probes) {
      next[probe]++;
    }
    int at = 0;
    for (int bin = 0; bin < bins; bin++) {
      int count = next[bin];
      places[bin] = at;
      next[bin] = at + 1;
      at += 1 + count;
    }
    for (int c = 0; c < PROBES; c++) {
      for (int row = 0; row < rows; row++) {
        places[bins + c * rows + row] = next[probes[PROBES * row + c]]++;
      }
    }
    return places;
  }

  /**
   * What the PLACE columns of a source with {@code rows} rows hold: three columns of probes, then
   * the places of the bins, as many to a column as there are rows.
   */
  public static int[][] columns(int[] places, int bins, int rows) {
    int more = (bins + rows - 1) / rows;
    int[][] columns = new int[PROBES + more][rows];
    for (int c = 0; c < PROBES; c++) {
      System.arraycopy(places, bins + c * rows, columns[c], 0, rows);
    }
    for (int c = 0; c < more; c++) {
      System.arraycopy(places, c * rows, columns[PROBES + c], 0, Math.min(rows, bins - c * rows));
    }
    return columns;
  }
}
