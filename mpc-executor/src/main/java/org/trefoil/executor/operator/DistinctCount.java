package org.trefoil.executor.operator;

import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Marks each distinct value within a group once, so that counting the marks counts the values.
 *
 * <p><b>Computes</b> from a {@link GroupOrder} whose suffix is (counts, value) a bit that is 1 on
 * the first row of each (group, value) with {@code counts} = 1.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count and widths.
 *
 * <p><b>Costs</b> one equality of the order's whole width and one AND per row; exactly {@link
 * #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class DistinctCount {
  private DistinctCount() {}

  /** The marks, in the order's row order. Marks of invalid rows mean nothing. */
  public static Bits firsts(Party party, Step step, GroupOrder order) {
    int n = order.rows();
    Words rows = order.sorted();
    Bits same =
        Equality.words(
            party, step.child("same"), Local.slice(rows, 1, n), Local.slice(rows, 0, n - 1));
    Bits first = Local.concat(Local.constant(party, true, 1), Local.not(party, same));
    return And.bits(
        party, step.child("counts"), first, Local.plane(rows, order.suffix().width() - 1));
  }

  /** What {@link #firsts} sends; {@code width} is that of (invalid, group key, suffix). */
  public static Cost cost(int rows, int width) {
    return Equality.cost(rows - 1, width).then(And.cost(rows, 1));
  }
}
