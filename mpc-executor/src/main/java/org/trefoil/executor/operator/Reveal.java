package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Shuffle;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;

/**
 * The shares that a recipient gets: those of the valid rows, and of no other.
 *
 * <p><b>Computes</b> the valid rows, freshly shared.
 *
 * <p><b>Reveals</b> to the executors how many rows are valid; the values only to whoever holds the
 * shares of two parties. Opened, under a permit: the valid bits, after a fresh shuffle; where rows
 * are in their final order the valid ones are in front, so that the bits show their number only.
 *
 * <p><b>Costs</b> one shuffle and one bit per row; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as the shuffle; opening needs a {@link RevealPermit}.
 */
public final class Reveal {
  private Reveal() {}

  /** Shares of rows that may be handed to the recipient. */
  public record Revealed(int rows, List<SharedColumn> columns) {}

  /** Reveals rows whose order means nothing, in a new random order. */
  public static Revealed unordered(
      Party party, Step step, RevealPermit permit, Bits valid, List<SharedColumn> columns) {
    if (valid.rows() == 0) {
      return new Revealed(0, columns);
    }
    List<SharedColumn> all = new ArrayList<>();
    all.add(valid);
    all.addAll(columns);
    List<SharedColumn> moved = Shuffle.columns(party, step.child("shuffle"), all);
    return opened(party, step, permit, (Bits) moved.get(0), moved.subList(1, moved.size()));
  }

  /**
   * Reveals rows in their order; the valid ones are in front, as {@link TopRows} and {@link
   * Compaction}, whose shuffles have reshared them, leave them.
   */
  public static Revealed ordered(
      Party party, Step step, RevealPermit permit, Bits valid, List<SharedColumn> columns) {
    return opened(party, step, permit, valid, columns);
  }

  private static Revealed opened(
      Party party, Step step, RevealPermit permit, Bits valid, List<SharedColumn> columns) {
    permit.spend();
    int n = valid.rows();
    long[] open = Open.bits(party, step.child("valid"), valid);
    int[] rows = new int[n];
    int count = 0;
    for (int r = 0; r < n; r++) {
      if ((open[r >>> 6] >>> r & 1) != 0) {
        rows[count++] = r;
      }
    }
    return new Revealed(count, Columns.rows(columns, Arrays.copyOf(rows, count)));
  }

  /** What {@link #unordered} sends. */
  public static Cost cost(int rows, List<ColumnShape> columns) {
    if (rows == 0) {
      return Cost.NONE;
    }
    List<ColumnShape> all = new ArrayList<>();
    all.add(ColumnShape.BIT);
    all.addAll(columns);
    return Shuffle.cost(rows, all).then(Open.cost(rows, 1));
  }
}
