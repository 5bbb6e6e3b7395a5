package org.trefoil.executor.operator;

import java.util.Collections;
import java.util.List;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * In which groups no owner dominates a sum: the p % rule of {@link Dominance}, where what one owner
 * has is what its rows add up to.
 *
 * <p><b>Computes</b> one bit per group; groups lie as {@link GroupAggregate} puts those of the same
 * rows, key and bound. Each owner's magnitudes are added up by group, then the two greatest are
 * kept owner by owner.
 *
 * <p><b>Reveals</b> nothing: neither whose part is the greatest nor where. Public: padded rows, how
 * many owners there are, widths, p, the bound on the number of groups.
 *
 * <p><b>Costs</b> one sort by group that carries a number per owner, one compaction, and per group
 * and owner two comparisons and two choices; as {@link #cost}.
 *
 * <p><b>Secure</b> as its parts: the sort opens what a random order opens, all else stays on
 * shares.
 */
public final class OwnerDominance {
  private OwnerDominance() {}

  /**
   * 1 where no owner dominates; rows that are no group hold nothing of use.
   *
   * @param key what tells groups apart; width 0 for one group of all rows
   * @param magnitudes per owner, two at least: never negative, zero on rows of others
   * @param ofRow the magnitudes that a row may have; a hundred times the sum of all rows has to fit
   *     the ring
   * @param percent p
   * @param bound at most so many groups can occur
   */
  public static Bits nobody(
      Party party,
      Step step,
      Bits valid,
      Words key,
      List<Sums> magnitudes,
      Interval ofRow,
      int percent,
      int bound) {
    int n = valid.rows();
    GroupOrder order =
        GroupOrder.of(
            party, step.child("order"), valid, key, Words.zero(0, n), List.copyOf(magnitudes));
    List<Sums> owners =
        GroupAggregate.aggregate(
                party,
                step.child("groups"),
                order,
                List.of(),
                order.payload().stream().map(Sums.class::cast).toList(),
                List.of(),
                bound)
            .sums();
    int width = Dominance.width(ofRow.summed(n));
    Sums total = owners.get(0);
    Sums greatest = owners.get(0);
    Sums second = Sums.zero(total.width(), total.rows());
    for (int i = 1; i < owners.size(); i++) {
      Step one = step.child("owner" + i);
      Sums next = owners.get(i);
      total = Local.plus(total, next);
      Sums more = positive(party, one.child("first"), Local.minus(next, greatest), width);
      // What does not become the greatest: the new one, or the one that was.
      Sums left = Local.minus(next, more);
      greatest = Local.plus(greatest, more);
      second =
          Local.plus(
              second, positive(party, one.child("second"), Local.minus(left, second), width));
    }
    return Dominance.nobody(party, step.child("above"), total, greatest, second, percent, width);
  }

  /** The number where it is positive, else zero. */
  private static Sums positive(Party party, Step step, Sums x, int width) {
    Bits keep = Local.not(party, Dominance.negative(party, step.child("sign"), x, width));
    return Multiply.byBit(party, step.child("keep"), keep, x);
  }

  /** What {@link #nobody} sends; an expectation where its sort is. */
  public static Cost cost(
      int rows, int keyWidth, int owners, int ring, Interval ofRow, int bound, Link link) {
    List<ColumnShape> values = Collections.nCopies(owners, ColumnShape.sums(ring));
    int groups = Math.min(rows, bound);
    int width = Dominance.width(ofRow.summed(rows));
    Cost sign = ArithmeticToBoolean.cost(groups, width, link);
    return GroupOrder.cost(rows, keyWidth, 0, values, link)
        .then(GroupAggregate.cost(rows, List.of(), values, 0, bound, link))
        .then(sign.then(Multiply.costByBit(groups, ring)).times(2L * (owners - 1)))
        .then(sign);
  }
}
