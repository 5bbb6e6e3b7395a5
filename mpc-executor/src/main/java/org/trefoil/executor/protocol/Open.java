package org.trefoil.executor.protocol;

import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Opens to all three executors what a protocol may open: outcomes of comparisons and destinations
 * under a fresh shuffle, and bits of a shuffled column. Never a value of a query: those reach
 * recipients as shares, under a RevealPermit.
 *
 * <p><b>Computes</b> the opened bits or words.
 *
 * <p><b>Reveals</b> them, to the executors; the caller says under {@code Reveals} why that tells
 * nothing, and the step's name in the run's log of openings says where it was.
 *
 * <p><b>Costs</b> what is opened, once per party; one round: {@link #cost}.
 *
 * <p><b>Secure</b>: party i lacks component i - 1, which its next party sends; the simulator
 * derives it from the opened value.
 */
public final class Open {
  private Open() {}

  /** Bits of a shuffled column, such as outcomes of comparisons; those past the last row are 0. */
  public static long[] bits(Party party, Step step, Bits x) {
    int longs = Bits.longs(x.rows());
    long last = (x.rows() & 63) == 0 ? -1 : (1L << (x.rows() & 63)) - 1;
    long[] sent = x.second().clone();
    long[] out = new long[longs];
    if (longs > 0) {
      sent[longs - 1] &= last;
    }
    party.exchange(step, sent, out, longs, Party.Piece.READY);
    for (int k = 0; k < longs; k++) {
      out[k] ^= x.first()[k] ^ x.second()[k];
    }
    if (longs > 0) {
      out[longs - 1] &= last;
    }
    party.opened(step, out);
    return out;
  }

  /** The valid bits of a result, once per permit: executors learn how many rows it has. */
  public static long[] bits(Party party, Step step, Bits valid, RevealPermit permit) {
    permit.spend();
    return bits(party, step, valid);
  }

  /**
   * Where each row goes, as destinations in 0 .. rows - 1; only the low 32 bits are opened.
   * EXECUTORS_DISAGREE unless they are a permutation.
   */
  public static int[] destinations(Party party, Step step, Sums x) {
    int rows = x.rows();
    long[] sent = new long[rows];
    long[] received = new long[rows];
    party.exchange(
        step,
        new long[][] {sent},
        new long[][] {received},
        rows,
        new int[] {32},
        (segment, from, count) -> {
          for (int r = from; r < from + count; r++) {
            sent[r] = x.second()[0][r] & 0xFFFFFFFFL;
          }
        });
    int[] out = new int[rows];
    for (int r = 0; r < rows; r++) {
      out[r] = (int) (received[r] + x.first()[0][r] + x.second()[0][r]);
    }
    checkPermutation(step, out);
    party.opened(step, out);
    return out;
  }

  /** Destinations or ranks that are Boolean words of at most 32 bits. */
  public static int[] destinations(Party party, Step step, Words x) {
    int rows = x.rows();
    if (x.width() > 32) {
      throw new IllegalArgumentException("destinations of " + x.width() + " bits");
    }
    long[] received = new long[rows];
    party.exchange(
        step, x.second(), new long[][] {received}, rows, And.wires(x.width()), Party.Piece.READY);
    int[] out = new int[rows];
    for (int r = 0; r < rows; r++) {
      out[r] = (int) (received[r] ^ x.first()[0][r] ^ x.second()[0][r]);
    }
    checkPermutation(step, out);
    party.opened(step, out);
    return out;
  }

  static void checkPermutation(Step step, int[] values) {
    long[] seen = new long[Bits.longs(values.length)];
    for (int value : values) {
      if (value < 0 || value >= values.length || (seen[value >>> 6] >>> value & 1) != 0) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot move rows in step "
                + step.path()
                + ": the destinations are not a permutation. Run the query again; if it fails again, an executor deviates.");
      }
      seen[value >>> 6] |= 1L << value;
    }
  }

  /** Cost of opening bits (width 1) or destinations held as words. */
  public static Cost cost(int rows, int width) {
    return Cost.longs(Wire.total(rows, Wire.width(width)), 1);
  }

  /** Cost of opening destinations held as sums: 32 bits each. */
  public static Cost cost(int rows) {
    return cost(rows, 32);
  }
}
