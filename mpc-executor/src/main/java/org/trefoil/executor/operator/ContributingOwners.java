package org.trefoil.executor.operator;

import java.util.List;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.BitToArithmetic;
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
 * Holds back groups to which too few owners contribute.
 *
 * <p><b>Computes</b> the valid bit of the groups to which at least so many owners contribute a row.
 * An owner counts once, however many rows and tables of it there are.
 *
 * <p><b>Reveals</b> nothing: neither which owners contribute nor how many do. Public: the bound on
 * the number of groups, how many owners there are and how many have to contribute.
 *
 * <p><b>Costs</b> per owner one test of a count and one bit to arithmetic, then one conversion of
 * the number of owners to bits and one AND, one more equality and AND where none is enough; exactly
 * {@link #cost}.
 *
 * <p><b>Secure</b> as its parts: nothing is opened, and the numbers stay on shares.
 */
public final class ContributingOwners {
  private ContributingOwners() {}

  /**
   * The groups of {@code valid} to which enough owners contribute.
   *
   * @param rows by owner the number of its rows in every group, {@code most} at most
   * @param least how many owners have to contribute
   * @param orNone whether none is enough, too
   */
  public static Bits enough(
      Party party, Step step, Bits valid, List<Sums> rows, int least, boolean orNone, int most) {
    Sums owners = Sums.zero(64, valid.rows());
    for (int i = 0; i < rows.size(); i++) {
      Step one = step.child("owner" + i);
      Bits some = Counts.positive(party, one.child("some"), rows.get(i), most);
      owners = Local.plus(owners, BitToArithmetic.convert(party, one.child("one"), some, 64));
    }
    int width = width(rows.size(), least);
    Sums above = Local.minus(owners, Local.sums(party, 64, valid.rows(), least));
    Words bits = ArithmeticToBoolean.convert(party, step.child("owners"), above, width);
    Bits few = Local.plane(bits, width - 1);
    if (orNone) {
      Bits none = Equality.constant(party, step.child("none"), bits, -(long) least & mask(width));
      few = And.bits(party, step.child("some"), few, Local.not(party, none));
    }
    return And.bits(party, step.child("enough"), valid, Local.not(party, few));
  }

  /** Bits in two's complement of a number of owners less the least. */
  private static int width(int owners, int least) {
    return Interval.of(-(long) least, Math.max(owners, least)).signedBits();
  }

  private static long mask(int width) {
    return -1L >>> (64 - width);
  }

  /** What {@link #enough} sends. */
  public static Cost cost(int groups, int owners, int least, boolean orNone, int most, Link link) {
    Cost cost = cost(groups, owners, least, most, link);
    return orNone
        ? cost.then(Equality.cost(groups, width(owners, least))).then(And.cost(groups, 1))
        : cost;
  }

  private static Cost cost(int groups, int owners, int least, int most, Link link) {
    return Counts.cost(groups, most, link)
        .then(BitToArithmetic.cost(groups, 64))
        .times(owners)
        .then(ArithmeticToBoolean.cost(groups, width(owners, least), link))
        .then(And.cost(groups, 1));
  }
}
