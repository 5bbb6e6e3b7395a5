package org.trefoil.executor.operator;

import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Whether a secret count is more than none.
 *
 * <p><b>Computes</b> one bit per count.
 *
 * <p><b>Reveals</b> nothing; nothing is opened. Public: how many counts there are, and the greatest
 * that can occur.
 *
 * <p><b>Costs</b> one conversion to bits and one equality; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class Counts {
  private Counts() {}

  /**
   * 1 where the count is not 0.
   *
   * @param most no count is greater, none is negative
   */
  public static Bits positive(Party party, Step step, Sums counts, int most) {
    Words digits = ArithmeticToBoolean.convert(party, step.child("digits"), counts, width(most));
    Bits none =
        Equality.constant(party, step.child("none"), digits, new long[Words.limbs(digits.width())]);
    return Local.not(party, none);
  }

  /** What {@link #positive} sends of so many counts. */
  public static Cost cost(int counts, int most, Link link) {
    return ArithmeticToBoolean.cost(counts, width(most), link)
        .then(Equality.cost(counts, width(most)));
  }

  /** Bits of a number from 0 to {@code most}; at least 1. */
  static int width(int most) {
    return Math.max(1, 32 - Integer.numberOfLeadingZeros(most));
  }
}
