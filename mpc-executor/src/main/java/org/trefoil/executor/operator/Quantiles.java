package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.trefoil.api.plan.AggregateCall.Position;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Values at secret places in each group's order, such as a median.
 *
 * <p><b>Computes</b> from rows in {@link GroupOrder}, whose values that are not NULL are the last
 * ones of their group, for every group and position the value there; zero for a group without
 * values. Where the values of a group begin follows from running sums of its rows. The places, all
 * in one column, refer to the numbers of the rows: one {@link JoinPkFk}, whose unique side lies in
 * order.
 *
 * <p><b>Reveals</b> nothing. Opened: what the join opens. Public: rows, groups, widths, the
 * positions as functions of how many values there are.
 *
 * <p><b>Costs</b> one conversion to bits of each place, a {@link Divide} where the position is no
 * fraction by a power of two, the join, one AND per value and position; as {@link #cost}.
 *
 * <p><b>Secure</b> as its parts; running sums are local.
 */
public final class Quantiles {
  private Quantiles() {}

  /**
   * One column per position, one row per group.
   *
   * @param values of all rows, in the order
   * @param rows of each group
   * @param counts values of each group that are not NULL
   * @param some whether a group has such a value
   */
  public static List<Words> at(
      Party party,
      Step step,
      Words values,
      Sums rows,
      Sums counts,
      Bits some,
      List<Position> positions) {
    int n = values.rows();
    int groups = counts.rows();
    Sums first = Local.minus(Local.runningSum(rows), counts);
    Map<Position, Words> found = new LinkedHashMap<>();
    Words places = null;
    List<Position> order = new ArrayList<>();
    for (long by : divisors(positions)) {
      Sums numbers = null;
      for (Position position : with(positions, by)) {
        Sums number =
            Local.plus(
                Local.plus(Local.times(counts, position.times()), Local.times(first, by)),
                Local.sums(party, 64, groups, position.plus()));
        numbers = numbers == null ? number : Local.concat(numbers, number);
        order.add(position);
      }
      Words part = places(party, step.child("by" + by), numbers, by, n);
      places = places == null ? part : Local.concat(places, part);
    }
    JoinPkFk.Joined joined =
        JoinPkFk.join(
            party,
            step.child("join"),
            new JoinPkFk.Side(
                Local.index(party, ObliviousSort.indexWidth(n), n),
                Local.constant(party, true, n),
                List.of(values)),
            true,
            new JoinPkFk.Side(places, Local.constant(party, true, places.rows()), List.of()));
    Words all = (Words) joined.pk().get(0);
    for (int i = 0; i < order.size(); i++) {
      Words one = Local.slice(all, i * groups, (i + 1) * groups);
      found.put(order.get(i), And.mask(party, step.child("some" + i), some, one));
    }
    return positions.stream().map(found::get).toList();
  }

  /** floor(numbers / by) as row numbers; what is no row number may become any. */
  private static Words places(Party party, Step step, Sums numbers, long by, int n) {
    int shift = Long.numberOfTrailingZeros(by);
    if (Long.bitCount(by) == 1) {
      Words bits =
          ArithmeticToBoolean.convert(
              party, step.child("bits"), numbers, ObliviousSort.indexWidth(n) + shift);
      return Local.field(bits, shift, ObliviousSort.indexWidth(n));
    }
    Sums halved =
        Local.plus(Local.times(numbers, 2), Local.sums(party, 64, numbers.rows(), 1 - by));
    Sums quotient =
        Divide.rounded(
            party,
            step.child("divide"),
            halved,
            Local.sums(party, 64, numbers.rows(), 2 * by),
            dividend(n, by),
            Interval.of(2 * by, 2 * by));
    return ArithmeticToBoolean.convert(
        party, step.child("bits"), quotient, ObliviousSort.indexWidth(n));
  }

  private static Interval dividend(int n, long by) {
    return Interval.of(-3 * by, 2 * by * (n + 1L));
  }

  private static List<Long> divisors(List<Position> positions) {
    return positions.stream().map(Position::by).distinct().sorted().toList();
  }

  private static List<Position> with(List<Position> positions, long by) {
    return List.copyOf(new LinkedHashSet<>(positions.stream().filter(p -> p.by() == by).toList()));
  }

  /** What {@link #at} sends: the expectation of the join, the rest exactly. */
  public static Cost cost(int rows, int groups, int width, List<Position> positions, Link link) {
    Cost cost = Cost.NONE;
    int all = 0;
    for (long by : divisors(positions)) {
      int places = groups * with(positions, by).size();
      all += places;
      if (Long.bitCount(by) == 1) {
        int bits = ObliviousSort.indexWidth(rows) + Long.numberOfTrailingZeros(by);
        cost = cost.then(ArithmeticToBoolean.cost(places, bits, link));
      } else {
        cost =
            cost.then(
                    Divide.cost(places, 64, dividend(rows, by), Interval.of(2 * by, 2 * by), link))
                .then(ArithmeticToBoolean.cost(places, ObliviousSort.indexWidth(rows), link));
      }
    }
    return cost.then(
            JoinPkFk.cost(
                rows,
                all,
                ObliviousSort.indexWidth(rows),
                List.of(ColumnShape.words(width)),
                true,
                link))
        .then(And.cost(groups, width).times(all / groups));
  }
}
