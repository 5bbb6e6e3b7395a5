package org.trefoil.executor.protocol;

import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;

/**
 * Opens to all three executors what a protocol may open: outcomes of comparisons and bits of a
 * shuffled column. Never a value of a query: those reach recipients as shares, under a
 * RevealPermit.
 *
 * <p><b>Computes</b> the opened bits.
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

  /** Cost of opening {@code width} bits of each row. */
  public static Cost cost(int rows, int width) {
    return Cost.longs(Wire.total(rows, Wire.width(width)), 1);
  }
}
