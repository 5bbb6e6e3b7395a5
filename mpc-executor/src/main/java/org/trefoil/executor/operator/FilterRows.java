package org.trefoil.executor.operator;

import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;

/**
 * WHERE and HAVING: keeps the rows whose condition is true; false and NULL drop a row.
 *
 * <p><b>Computes</b> a new valid bit; no row moves and the number of rows stays.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count.
 *
 * <p><b>Costs</b> one AND per row; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as the AND.
 */
public final class FilterRows {
  private FilterRows() {}

  public static Bits filter(Party party, Step step, Bits valid, Truth condition) {
    return And.bits(party, step, valid, condition.yes());
  }

  public static Cost cost(int rows) {
    return And.cost(rows, 1);
  }
}
