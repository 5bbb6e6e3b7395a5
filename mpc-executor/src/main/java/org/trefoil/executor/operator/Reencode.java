package org.trefoil.executor.operator;

import java.math.BigInteger;
import org.trefoil.api.plan.Slot;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Changes how a column of numbers is shared, where a query needs it in a form in which no owner
 * could deliver it.
 *
 * <p><b>Computes</b> the ordered form of arithmetic shares, the arithmetic form of ordered ones,
 * and shares in another ring.
 *
 * <p><b>Reveals</b> nothing. Public: rows and widths.
 *
 * <p><b>Costs</b> one conversion to bits of the slot's width, or one bit to arithmetic per bit;
 * exactly {@link #costToOrdered} and {@link #costToSums}.
 *
 * <p><b>Secure</b> as the conversions that it uses.
 */
public final class Reencode {
  private Reencode() {}

  /** Arithmetic to ordered; every value lies in the slot. */
  public static Words toOrdered(Party party, Step step, Sums values, Slot slot) {
    Sums above =
        Local.minus(values, Columns.constant(party, slot.least(), values.width(), values.rows()));
    return ArithmeticToBoolean.convert(party, step, above, slot.width());
  }

  /** Ordered to arithmetic in the ring of {@code ring} bits. */
  public static Sums toSums(Party party, Step step, Words ordered, Slot slot, int ring) {
    Sums total = Columns.constant(party, slot.least(), ring, ordered.rows());
    for (int b = 0; b < ordered.width(); b++) {
      Sums bit =
          BitToArithmetic.convert(party, step.child("bit" + b), Local.plane(ordered, b), ring);
      total = Local.plus(total, Columns.times(bit, BigInteger.ONE.shiftLeft(b)));
    }
    return total;
  }

  /** The same values, which fit both rings, in the ring of {@code ring} bits. */
  public static Sums toRing(Party party, Step step, Sums values, int ring) {
    if (values.width() == ring) {
      return values;
    }
    if (ring < values.width()) {
      return Local.narrow(values);
    }
    Slot slot = new Slot(BigInteger.ONE.shiftLeft(63).negate(), 64);
    return toSums(
        party,
        step.child("sums"),
        toOrdered(party, step.child("ordered"), values, slot),
        slot,
        ring);
  }

  public static Cost costToOrdered(int rows, int width, Link link) {
    return ArithmeticToBoolean.cost(rows, width, link);
  }

  public static Cost costToSums(int rows, int width, int ring) {
    return BitToArithmetic.cost(rows, ring).times(width);
  }
}
