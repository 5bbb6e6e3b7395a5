package org.trefoil.executor.operator;

import java.math.BigInteger;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Sums;

/**
 * Numbers rounded to multiples.
 *
 * <p><b>Computes</b> for every row the nearest multiple of a public unit, away from zero where two
 * are equally near.
 *
 * <p><b>Reveals</b> nothing; what is rounded is opened nowhere. Public: rows, bounds and the unit.
 *
 * <p><b>Costs</b> one division; exactly {@link #cost}. Meant for groups, of which there are few.
 *
 * <p><b>Secure</b> as {@link Divide}, whose divisor is public here; the product is local.
 */
public final class RoundTo {
  private RoundTo() {}

  /**
   * The nearest multiples of {@code unit}.
   *
   * @param of bounds of the numbers; twice the greatest magnitude and the unit fit the ring
   */
  public static Sums multiples(Party party, Step step, Sums x, Interval of, BigInteger unit) {
    Sums divisor =
        Local.sums(party, x.width(), x.rows(), unit.longValue(), unit.shiftRight(64).longValue());
    return Columns.times(Divide.rounded(party, step, x, divisor, of, Interval.of(unit)), unit);
  }

  /** What {@link #multiples} sends in a ring of {@code ring} bits. */
  public static Cost cost(int rows, int ring, Interval of, BigInteger unit, Link link) {
    return Divide.cost(rows, ring, of, Interval.of(unit), link);
  }
}
