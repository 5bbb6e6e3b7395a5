package org.trefoil.executor.operator;

import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.LessThan;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
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
 * <p><b>Costs</b> a sum one product by a bit per row; a count one bit to arithmetic per row; a
 * greatest value one masking and then n - 1 comparisons and choices in log2(n) levels.
 *
 * <p><b>Secure</b> as the protocols that it uses.
 */
public final class GlobalAggregate {
  private GlobalAggregate() {}

  /** The sum of the rows with {@code valid}. */
  public static Sums sum(Party party, Step step, Bits valid, Sums values) {
    return total(Multiply.byBit(party, step, valid, values));
  }

  /** The number of ones. */
  public static Sums count(Party party, Step step, Bits valid) {
    return total(BitToArithmetic.convert(party, step, valid, 64));
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
    return Multiply.costByBit(rows, ring);
  }

  public static Cost costOfCount(int rows) {
    return BitToArithmetic.cost(rows, 64);
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
