package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/**
 * Sums and counts per group, and columns of each group's last row: grouped rows become one row per
 * group.
 *
 * <p><b>Computes</b> from rows in {@link GroupOrder} the groups in ascending order of their keys,
 * at the front; results of several orders by the same group key align by position. The greatest
 * value of a group is the suffix of its last row, and so is the least one of complemented values.
 *
 * <p><b>Reveals</b> nothing. Public: padded rows in, the bound on the number of groups out.
 *
 * <p><b>Costs</b> one {@link MarkedRows} and one bit to arithmetic per counted bit; as {@link
 * #cost}.
 *
 * <p><b>Secure</b> as its parts; running sums and differences of neighbours are local.
 */
public final class GroupAggregate {
  private GroupAggregate() {}

  /**
   * One row per group, then rows that are no group and hold nothing of use.
   *
   * @param valid 1 where the row is a group
   * @param last the columns asked for, as on the last row of the group
   * @param sums sum of each column over the rows of the group
   * @param counts number of ones of each bit among the rows of the group
   * @param rows number of rows of the group
   */
  public record Groups(
      Bits valid, List<SharedColumn> last, List<Sums> sums, List<Sums> counts, Sums rows) {}

  /**
   * Aggregates the rows of {@code order}.
   *
   * @param last columns in the order's row order
   * @param sums columns in the order's row order
   * @param counted bits in the order's row order
   * @param bound at most so many groups can occur
   */
  public static Groups aggregate(
      Party party,
      Step step,
      GroupOrder order,
      List<SharedColumn> last,
      List<Sums> sums,
      List<Bits> counted,
      int bound) {
    List<Sums> summed = new ArrayList<>(sums);
    for (int i = 0; i < counted.size(); i++) {
      summed.add(BitToArithmetic.convert(party, step.child("count" + i), counted.get(i), 64));
    }
    summed.add(Local.sums(party, 64, order.rows(), 1));
    // Valid rows come first in the order, so no invalid one is in a group's running sum.
    return ending(party, step.child("ends"), order.end(), last, summed, sums.size(), bound);
  }

  /**
   * The groups that end where {@code end} is 1; every row between two ends counts.
   *
   * @param summed sums, then counts, then the number of rows
   * @param sums how many of {@code summed} are sums
   */
  static Groups ending(
      Party party,
      Step step,
      Bits end,
      List<SharedColumn> last,
      List<Sums> summed,
      int sums,
      int bound) {
    List<SharedColumn> columns = new ArrayList<>(last);
    summed.forEach(s -> columns.add(Local.runningSum(s)));
    MarkedRows.Marked ends = MarkedRows.of(party, step, end, columns, bound);
    List<Sums> totals =
        ends.columns().subList(last.size(), columns.size()).stream()
            .map(c -> Local.differences((Sums) c))
            .toList();
    int rows = totals.size() - 1;
    return new Groups(
        ends.real(),
        ends.columns().subList(0, last.size()),
        totals.subList(0, sums),
        totals.subList(sums, rows),
        totals.get(rows));
  }

  /** What {@link #aggregate} sends; an expectation where {@link MarkedRows#cost} is one. */
  public static Cost cost(
      int rows, List<ColumnShape> last, List<ColumnShape> sums, int counted, int bound, Link link) {
    return BitToArithmetic.cost(rows, 64)
        .times(counted)
        .then(costOfEnds(rows, last, sums, counted, bound, link));
  }

  /** What {@link #ending} sends. */
  static Cost costOfEnds(
      int rows, List<ColumnShape> last, List<ColumnShape> sums, int counted, int bound, Link link) {
    List<ColumnShape> columns = new ArrayList<>(last);
    columns.addAll(sums);
    for (int i = 0; i <= counted; i++) {
      columns.add(ColumnShape.sums(64));
    }
    return MarkedRows.cost(rows, columns, bound, link);
  }
}
