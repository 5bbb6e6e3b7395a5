package org.trefoil.executor.operator;

import java.util.List;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
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
 * In which groups no single entity dominates a sum (the p % rule): with the magnitudes of each
 * entity added up, what is left of the total without the two greatest is at least p % of the
 * greatest. Whoever has the second greatest, and subtracts it, then knows the greatest up to p % at
 * best.
 *
 * <p><b>Computes</b> one bit per group; groups lie as {@link GroupAggregate} puts those of the same
 * rows, key and bound. Where a row is an entity, rows are sorted by (group, magnitude), so that the
 * last row of a group has its greatest magnitude and the row before it, if it is of the group, the
 * second. Else rows are brought together by (group, entity) first, running sums that start anew at
 * each entity end in its total, and all its rows but the last then hold zero.
 *
 * <p><b>Reveals</b> nothing: neither who dominates nor where. Public: padded rows, widths, p, the
 * bound on the number of groups.
 *
 * <p><b>Costs</b> one conversion to bits per row, one sort by group and magnitude, one compaction;
 * with entities another sort, an equality per row and {@link RunningSums}; as {@link #cost}.
 *
 * <p><b>Secure</b> as its parts: sorts open what a random order opens, all else stays on shares.
 */
public final class Dominance {
  private static final int PERCENT = 100;

  private Dominance() {}

  /**
   * 1 where nobody dominates; rows that are no group hold nothing of use.
   *
   * @param key what tells groups apart; width 0 for one group of all rows
   * @param entity what tells entities apart; width 0 where every row is one
   * @param magnitudes never negative; zero where a row is nobody's
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
      Words entity,
      Sums magnitudes,
      Interval ofRow,
      int percent,
      int bound) {
    int n = valid.rows();
    Bits rows = valid;
    Words groups = key;
    Sums values = magnitudes;
    Interval total = ofRow.summed(n);
    if (entity.width() > 0) {
      GroupOrder order =
          GroupOrder.of(party, step.child("entities"), valid, key, entity, List.of(magnitudes));
      Words sorted = order.sorted();
      Bits same =
          Equality.words(
              party, step.child("same"), Local.slice(sorted, 1, n), Local.slice(sorted, 0, n - 1));
      Bits other = Local.not(party, same);
      Bits starts = Local.concat(Local.constant(party, true, 1), other);
      Bits ends = Local.concat(other, Local.constant(party, true, 1));
      List<Sums> sums =
          RunningSums.of(
              party, step.child("running"), starts, List.of((Sums) order.payload().get(0)));
      values = Multiply.byBit(party, step.child("totals"), ends, sums.get(0));
      rows = order.real();
      groups = key.width() == 0 ? key : Local.field(sorted, entity.width(), key.width());
    }
    Words digits =
        ArithmeticToBoolean.convert(
            party, step.child("digits"), values, digits(entity.width() > 0 ? total : ofRow));
    GroupOrder order =
        GroupOrder.of(party, step.child("order"), rows, groups, digits, List.of(values));
    Sums sorted = (Sums) order.payload().get(0);
    Bits first = Local.concat(Local.constant(party, true, 1), Local.slice(order.end(), 0, n - 1));
    GroupAggregate.Groups of =
        GroupAggregate.aggregate(
            party,
            step.child("groups"),
            order,
            List.of(sorted, Local.shiftDown(sorted), first),
            List.of(sorted),
            List.of(),
            bound);
    Sums greatest = (Sums) of.last().get(0);
    Bits two = Local.not(party, (Bits) of.last().get(2));
    Sums second = Multiply.byBit(party, step.child("second"), two, (Sums) of.last().get(1));
    return nobody(
        party, step.child("above"), of.sums().get(0), greatest, second, percent, width(total));
  }

  /**
   * 1 where what is left of a total without the two greatest is {@code percent} of the greatest.
   */
  static Bits nobody(
      Party party, Step step, Sums total, Sums greatest, Sums second, int percent, int width) {
    Sums others = Local.minus(Local.minus(total, greatest), second);
    Sums above = Local.minus(Local.times(others, PERCENT), Local.times(greatest, percent));
    return Local.not(party, negative(party, step, above, width));
  }

  /** The sign of numbers of {@code width} bits. */
  static Bits negative(Party party, Step step, Sums x, int width) {
    return Local.plane(ArithmeticToBoolean.convert(party, step, x, width), width - 1);
  }

  private static int digits(Interval of) {
    return Math.max(1, of.greatest().bitLength());
  }

  /** Of what is compared, where sums are in {@code total}. */
  static int width(Interval total) {
    Interval most = total.times(Interval.of(0, PERCENT));
    return most.minus(most).signedBits();
  }

  /** What {@link #nobody} sends; an expectation where its sorts are. */
  public static Cost cost(
      int rows, int keyWidth, int entityWidth, int ring, Interval ofRow, int bound, Link link) {
    List<ColumnShape> value = List.of(ColumnShape.sums(ring));
    Interval total = ofRow.summed(rows);
    Cost cost = Cost.NONE;
    if (entityWidth > 0) {
      cost =
          GroupOrder.cost(rows, keyWidth, entityWidth, value, link)
              .then(Equality.cost(rows - 1, 1 + keyWidth + entityWidth))
              .then(RunningSums.cost(rows, 1, ring))
              .then(Multiply.costByBit(rows, ring));
    }
    int digits = digits(entityWidth > 0 ? total : ofRow);
    List<ColumnShape> last =
        List.of(ColumnShape.sums(ring), ColumnShape.sums(ring), ColumnShape.BIT);
    int groups = Math.min(rows, bound);
    return cost.then(ArithmeticToBoolean.cost(rows, digits, link))
        .then(GroupOrder.cost(rows, keyWidth, digits, value, link))
        .then(GroupAggregate.cost(rows, last, value, 0, bound, link))
        .then(Multiply.costByBit(groups, ring))
        .then(ArithmeticToBoolean.cost(groups, width(total), link));
  }
}
