package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * The shares of a result that nobody gets.
 *
 * <p><b>Computes</b> the columns, with zero in the rows that are not valid: what was held back is
 * in no share that is kept.
 *
 * <p><b>Reveals</b> nothing; nothing is opened, not even how many rows are valid. It spends a
 * {@link RevealPermit} all the same, so that what is kept is asked for and written down like what
 * is revealed. Public: rows and widths.
 *
 * <p><b>Costs</b> per column one AND, or of numbers one bit to arithmetic and one product; exactly
 * {@link #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class Keep {
  private Keep() {}

  /** The columns, freshly shared. */
  public static List<SharedColumn> columns(
      Party party, Step step, RevealPermit permit, Bits valid, List<SharedColumn> columns) {
    permit.spend();
    List<SharedColumn> kept = new ArrayList<>();
    for (SharedColumn column : columns) {
      Step one = step.child("column" + kept.size());
      if (column instanceof Bits bits) {
        kept.add(And.bits(party, one, valid, bits));
      } else if (column instanceof Words words) {
        kept.add(And.mask(party, one, valid, words));
      } else {
        kept.add(Multiply.byBit(party, one, valid, (Sums) column));
      }
    }
    return kept;
  }

  /** What {@link #columns} sends. */
  public static Cost cost(int rows, List<ColumnShape> columns) {
    Cost cost = Cost.NONE;
    for (ColumnShape column : columns) {
      cost =
          cost.then(
              column.kind() == ColumnShape.Kind.SUMS
                  ? Multiply.costByBit(rows, column.width())
                  : And.cost(rows, column.width()));
    }
    return cost;
  }
}
