package org.trefoil.executor.operator;

import java.util.List;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/**
 * Rows brought together by group: sorted by (invalid, group key, suffix), with the last row of
 * every group marked.
 *
 * <p><b>Computes</b> the sorted rows and the bit {@code end}, 1 on the last valid row of each
 * group. Two orders of the same rows by the same group key have their groups in the same places.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count and widths.
 *
 * <p><b>Costs</b> one sort, one equality of 1 + key width bits and one AND per row; as {@link
 * #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class GroupOrder {
  private final Words sorted;
  private final int suffixWidth;
  private final Bits real;
  private final Bits end;
  private final List<SharedColumn> payload;

  private GroupOrder(
      Words sorted, int suffixWidth, Bits real, Bits end, List<SharedColumn> payload) {
    this.sorted = sorted;
    this.suffixWidth = suffixWidth;
    this.real = real;
    this.end = end;
    this.payload = payload;
  }

  /**
   * Sorts at least one row.
   *
   * @param key what tells groups apart; width 0 for one group of all rows
   * @param suffix the order within a group; width 0 for none
   */
  public static GroupOrder of(
      Party party, Step step, Bits valid, Words key, Words suffix, List<SharedColumn> payload) {
    Words by = Local.beside(Local.not(party, valid), key, suffix);
    ObliviousSort.Sorted rows = ObliviousSort.sort(party, step.child("sort"), by, payload);
    int n = valid.rows();
    Words groups = Columns.above(rows.key(), suffix.width());
    Bits same =
        Equality.words(
            party, step.child("same"), Local.slice(groups, 0, n - 1), Local.slice(groups, 1, n));
    Bits last = Local.concat(Local.not(party, same), Local.constant(party, true, 1));
    Bits real = Local.not(party, Local.plane(rows.key(), by.width() - 1));
    Bits end = And.bits(party, step.child("end"), last, real);
    return new GroupOrder(rows.key(), suffix.width(), real, end, rows.payload());
  }

  /** The payload columns in the new order. */
  public List<SharedColumn> payload() {
    return payload;
  }

  /** 1 on valid rows. */
  public Bits real() {
    return real;
  }

  /** 1 on the last valid row of each group. */
  public Bits end() {
    return end;
  }

  public int rows() {
    return end.rows();
  }

  /** (invalid, group key, suffix). */
  Words sorted() {
    return sorted;
  }

  /** The suffix in the new order: on the last row of a group its greatest value. */
  public Words suffix() {
    return Local.field(sorted, 0, suffixWidth);
  }

  /** What {@link #of} sends: the expectation of the sort, the rest exactly. */
  public static Cost cost(
      int rows, int keyWidth, int suffixWidth, List<ColumnShape> payload, Link link) {
    return ObliviousSort.cost(rows, 1 + keyWidth + suffixWidth, payload, link)
        .then(Equality.cost(rows - 1, 1 + keyWidth))
        .then(And.cost(rows, 1));
  }
}
