package org.trefoil.executor.operator;

import java.util.List;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/**
 * ORDER BY with LIMIT and OFFSET.
 *
 * <p><b>Computes</b> the valid rows in ascending order of an encoded key, stable, without the first
 * {@code offset} and at most {@code limit} of them; invalid rows come last.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count, key width, offset and limit.
 *
 * <p><b>Costs</b> one shuffle and one sort, of which only about two comparisons per row remain if
 * few rows are asked for; the expectation is {@link #cost}.
 *
 * <p><b>Secure</b> as the sort: rows are dropped by their place after it.
 */
public final class TopRows {
  private TopRows() {}

  /** Rows in order; {@code valid} is ones, then zeros. */
  public record Top(Bits valid, List<SharedColumn> columns) {}

  /** Sorts and cuts; {@code key} holds all sort keys, NULLs and directions encoded. */
  public static Top take(
      Party party,
      Step step,
      Bits valid,
      Words key,
      List<SharedColumn> columns,
      long offset,
      long limit) {
    Words by = Local.beside(Local.not(party, valid), key);
    int from = (int) Math.min(offset, valid.rows());
    int to = from + (int) Math.min(limit, valid.rows() - from);
    ObliviousSort.Sorted rows = ObliviousSort.least(party, step, by, columns, to);
    Bits front = Local.not(party, Local.plane(rows.key(), by.width() - 1));
    return new Top(Local.slice(front, from, to), Columns.slice(rows.payload(), from, to));
  }

  /** What {@link #take} is expected to send where offset and limit make {@code wanted}. */
  public static Cost cost(
      int rows, int keyWidth, List<ColumnShape> columns, long wanted, Link link) {
    int least = (int) Math.min(wanted, rows);
    return ObliviousSort.cost(rows, keyWidth + 1, columns, least, link);
  }
}
