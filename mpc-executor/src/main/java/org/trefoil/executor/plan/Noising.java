package org.trefoil.executor.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.Noise;
import org.trefoil.api.plan.Noised;
import org.trefoil.executor.operator.GeometricNoise;
import org.trefoil.executor.operator.Suppress;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * What an aggregate over tables with privacy shows: before HAVING, ORDER BY or anybody reads it,
 * every number has its noise, and the groups that are shown are decided by numbers with noise.
 */
final class Noising {
  private Noising() {}

  /** Of the groups of {@code valid} those that are shown. */
  static Bits released(
      Party party, Step step, Noised noised, Bits valid, Sums rows, long rowsAtMost) {
    if (noised.groups().isEmpty()) {
      return valid;
    }
    Noise noise = noised.groups().get();
    Sums counted = GeometricNoise.added(party, step.child("rows"), rows, noise);
    long most = noise.most().longValueExact();
    // Lifted by the most that noise may take away: none is negative.
    Sums lifted = Local.plus(counted, Local.sums(party, 64, valid.rows(), most));
    return Suppress.released(
        party,
        step.child("enough"),
        valid,
        List.of(
            new Suppress.Contributed(
                lifted, Optional.empty(), least(noised), lifted(noise, rowsAtMost))));
  }

  private static int least(Noised noised) {
    return noised.least().add(noised.groups().orElseThrow().most()).intValueExact();
  }

  private static long lifted(Noise noise, long rowsAtMost) {
    return rowsAtMost + 2 * noise.most().longValueExact();
  }

  /**
   * A count or sum with its noise; it is never NULL, since that would tell that there is no row.
   */
  static AggregateFields.Column added(Party party, Step step, Sums exact, Noise noise) {
    return AggregateFields.Column.of(GeometricNoise.added(party, step, exact, noise), null);
  }

  /** What all of it sends for so many groups of at most so many rows. */
  static Cost cost(Noised noised, List<Integer> rings, int groups, long rowsAtMost, Link link) {
    Cost cost = Cost.NONE;
    if (noised.groups().isPresent()) {
      Noise noise = noised.groups().get();
      cost =
          GeometricNoise.cost(groups, 64, noise, link)
              .then(Suppress.cost(groups, least(noised), lifted(noise, rowsAtMost), false, link));
    }
    for (int i = 0; i < rings.size(); i++) {
      cost = cost.then(GeometricNoise.cost(groups, rings.get(i), noised.calls().get(i), link));
    }
    return cost;
  }
}
