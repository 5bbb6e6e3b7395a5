package org.trefoil.executor.operator;

import java.util.List;
import java.util.Optional;
import org.trefoil.executor.protocol.And;
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
 * Holds back groups to which a table contributes too little.
 *
 * <p><b>Computes</b> the valid bit of the groups that are released: those to which every table with
 * a minimum k contributes at least k distinct rows or entities, or, where it may show that a union
 * has no row of it, none at all. Asked again for the rows that weigh in a part of an aggregate, the
 * groups in which that part stands.
 *
 * <p><b>Reveals</b> nothing, not even how many groups are held back. Public: the bound on the
 * number of groups, k, the padded sizes.
 *
 * <p><b>Costs</b> per table one conversion of a count to bits and one AND, per table that may be
 * absent a second conversion, one equality and one AND; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as its parts; runs before HAVING, ORDER BY and LIMIT, so that no later step sees
 * a group that is held back.
 */
public final class Suppress {
  private Suppress() {}

  /**
   * What one table contributes to every group.
   *
   * @param distinct number of distinct rows or entities
   * @param rows number of rows, of a table that may be absent only
   * @param k at least so many
   * @param atMost a public bound on both numbers
   */
  public record Contributed(Sums distinct, Optional<Sums> rows, int k, long atMost) {}

  /** The groups of {@code valid} that are released. */
  public static Bits released(Party party, Step step, Bits valid, List<Contributed> contributions) {
    Bits released = valid;
    for (int i = 0; i < contributions.size(); i++) {
      Contributed c = contributions.get(i);
      Step one = step.child("table" + i);
      int width = width(c.atMost(), c.k());
      Sums above = Local.minus(c.distinct(), Local.sums(party, 64, valid.rows(), c.k()));
      Bits few =
          Local.plane(
              ArithmeticToBoolean.convert(party, one.child("distinct"), above, width), width - 1);
      Bits held = few;
      if (c.rows().isPresent()) {
        Words rows = ArithmeticToBoolean.convert(party, one.child("rows"), c.rows().get(), width);
        Bits none = Equality.words(party, one.child("none"), rows, Words.zero(width, valid.rows()));
        held = And.bits(party, one.child("some"), few, Local.not(party, none));
      }
      released = And.bits(party, one.child("released"), released, Local.not(party, held));
    }
    return released;
  }

  /** Bits in two's complement of a count less k. */
  private static int width(long atMost, int k) {
    return Interval.of(-(long) k, Math.max(atMost, k)).signedBits();
  }

  /** What {@link #released} sends for one table. */
  public static Cost cost(int groups, int k, long atMost, boolean mayBeAbsent, Link link) {
    int width = width(atMost, k);
    Cost cost = ArithmeticToBoolean.cost(groups, width, link).then(And.cost(groups, 1));
    return mayBeAbsent
        ? cost.then(ArithmeticToBoolean.cost(groups, width, link))
            .then(Equality.cost(groups, width))
            .then(And.cost(groups, 1))
        : cost;
  }
}
