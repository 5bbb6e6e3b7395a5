package org.trefoil.executor.operator;

import java.util.List;
import java.util.stream.IntStream;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.CountOnes;
import org.trefoil.executor.protocol.LessThan;
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
 * Aggregates of all valid rows, without a sort.
 *
 * <p><b>Computes</b> one row: a sum, a count, or the greatest of encoded values (the least is the
 * complement of the greatest complement). A count over no rows is 0, a sum is 0 and the greatest
 * value is 0: whether it is NULL follows from the count.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count and widths.
 *
 * <p><b>Costs</b> all sums together one bit to arithmetic per row, as inner products cost nothing
 * per row; a count a count of ones or a bit to arithmetic per row, whichever is cheaper; a greatest
 * value one masking and then n - 1 comparisons and choices in log2(n) levels.
 *
 * <p><b>Secure</b> as the protocols that it uses.
 */
public final class GlobalAggregate {
  private GlobalAggregate() {}

  /** The sum of the rows with {@code valid}. */
  public static Sums sum(Party party, Step step, Bits valid, Sums values) {
    return sums(party, step, valid, List.of(values)).get(0);
  }

  /** The sums of the rows with {@code valid}. */
  public static List<Sums> sums(Party party, Step step, Bits valid, List<Sums> values) {
    if (values.isEmpty()) {
      return List.of();
    }
    boolean wide = values.stream().anyMatch(v -> v.width() == 128);
    Sums flag = BitToArithmetic.convert(party, step.child("bit"), valid, wide ? 128 : 64);
    Sums[] sums = new Sums[values.size()];
    for (int ring : new int[] {64, 128}) {
      int[] of =
          IntStream.range(0, sums.length).filter(k -> values.get(k).width() == ring).toArray();
      if (of.length > 0) {
        List<Sums> inner =
            Multiply.inner(
                party,
                step.child("inner" + ring),
                ring < flag.width() ? Local.narrow(flag) : flag,
                IntStream.of(of).mapToObj(values::get).toList());
        for (int i = 0; i < of.length; i++) {
          sums[of[i]] = inner.get(i);
        }
      }
    }
    return List.of(sums);
  }

  /** The number of ones. */
  public static Sums count(Party party, Step step, Bits bits) {
    if (!countsBits(bits.rows(), party.link())) {
      return total(BitToArithmetic.convert(party, step, bits, 64));
    }
    Words number = CountOnes.of(party, step.child("ones"), bits);
    Bits digits = Local.plane(number, 0);
    for (int k = 1; k < number.width(); k++) {
      digits = Local.concat(digits, Local.plane(number, k));
    }
    Sums values = BitToArithmetic.convert(party, step.child("digits"), digits, 64);
    Sums count = Sums.zero(64, 1);
    for (int k = 0; k < number.width(); k++) {
      count = Local.plus(count, Local.times(Local.slice(values, k, k + 1), 1L << k));
    }
    return count;
  }

  private static boolean countsBits(int rows, Link link) {
    return rows > 0 && link.nanos(costOfOnes(rows)) < link.nanos(BitToArithmetic.cost(rows, 64));
  }

  private static Cost costOfOnes(int rows) {
    return CountOnes.cost(rows).then(BitToArithmetic.cost(CountOnes.width(rows), 64));
  }

  private static Sums total(Sums values) {
    return values.rows() == 0
        ? Sums.zero(values.width(), 1)
        : Local.slice(Local.runningSum(values), values.rows() - 1, values.rows());
  }

  /** The greatest word among the rows with {@code valid}, 0 if there is none. */
  public static Words greatest(Party party, Step step, Bits valid, Words values) {
    if (values.rows() == 0) {
      return Words.zero(values.width(), 1);
    }
    Words rest = And.mask(party, step.child("mask"), valid, values);
    for (int level = 0; rest.rows() > 1; level++) {
      Step at = step.child("level" + level);
      int half = (rest.rows() + 1) / 2;
      Words left = Local.slice(rest, 0, half);
      Words right = Columns.padded(Local.slice(rest, half, rest.rows()), 0, 2 * half - rest.rows());
      Bits less = LessThan.words(party, at.child("less"), left, right);
      rest = And.select(party, at.child("choose"), less, right, left);
    }
    return rest;
  }

  public static Cost costOfSum(int rows, int ring) {
    return costOfSums(rows, List.of(ColumnShape.sums(ring)));
  }

  /** What {@link #sums} sends. */
  public static Cost costOfSums(int rows, List<ColumnShape> sums) {
    if (sums.isEmpty()) {
      return Cost.NONE;
    }
    int wide = (int) sums.stream().filter(s -> s.width() == 128).count();
    Cost cost = BitToArithmetic.cost(rows, wide > 0 ? 128 : 64);
    if (wide < sums.size()) {
      cost = cost.then(Multiply.costOfInner(sums.size() - wide, 64));
    }
    return wide > 0 ? cost.then(Multiply.costOfInner(wide, 128)) : cost;
  }

  public static Cost costOfCount(int rows, Link link) {
    return countsBits(rows, link) ? costOfOnes(rows) : BitToArithmetic.cost(rows, 64);
  }

  public static Cost costOfGreatest(Link link, int rows, int width) {
    Cost cost = And.cost(rows, width);
    for (int left = rows; left > 1; left = (left + 1) / 2) {
      int half = (left + 1) / 2;
      cost = cost.then(LessThan.cost(half, width, link)).then(And.cost(half, width));
    }
    return cost;
  }
}
