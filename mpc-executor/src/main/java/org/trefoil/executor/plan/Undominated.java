package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Contribution;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.OwnersCounted;
import org.trefoil.api.plan.OwnersMeasured;
import org.trefoil.api.plan.Rel;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Dominance;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.Interval;
import org.trefoil.executor.operator.OwnerDominance;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * In which groups of an aggregate no entity of a table that asks for it dominates a sum. Every term
 * is measured for every such table, over the rows of that table alone: what rows of other owners
 * weigh makes nobody of it small.
 */
final class Undominated {
  /** The rows of a contribution that are measured, null for all, and what tells entities apart. */
  record Measured(Bits counts, Words entity) {}

  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Rel.Aggregate aggregate;
  private final Expressions expressions;
  private final Bits valid;
  private final Words key;
  private final int bound;
  private final int padding;
  private final Map<Expr, Bits> known = new HashMap<>();
  private final IntFunction<Measured> measured;
  private final Function<OwnersCounted.Branch, Bits> branch;
  private int joined;

  /**
   * @param key of width 0 for one group of all rows
   * @param padding so many rows are missing to one
   * @param measured by place among the contributions; entities of width 0 where each row is one
   * @param branch the rows of a branch
   */
  Undominated(
      Party party,
      Step step,
      InputLayout layout,
      Rel.Aggregate aggregate,
      Expressions expressions,
      Bits valid,
      Words key,
      int bound,
      int padding,
      IntFunction<Measured> measured,
      Function<OwnersCounted.Branch, Bits> branch) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.aggregate = aggregate;
    this.expressions = expressions;
    this.valid = valid;
    this.key = key;
    this.bound = bound;
    this.padding = padding;
    this.measured = measured;
    this.branch = branch;
  }

  /** Whether sums are measured at all: groups are then brought together by a sort. */
  static boolean asked(Rel.Aggregate aggregate) {
    return aggregate.calls().stream().anyMatch(call -> !call.magnitudes().isEmpty());
  }

  /** The groups in which nobody dominates the sum; there is a term that is measured. */
  Bits in(AggregateCall call) {
    Bits all = null;
    for (Expr magnitude : call.magnitudes()) {
      Bits one = known.get(magnitude);
      if (one == null) {
        one = term(magnitude, step.child("term" + known.size()));
        known.put(magnitude, one);
      }
      all = all == null ? one : And.bits(party, step.child("both" + joined++), all, one);
    }
    return all;
  }

  private Bits term(Expr magnitude, Step at) {
    List<Contribution> contributions = layout.contributions(aggregate);
    List<Origin> scope = layout.origins(aggregate.input());
    Sums values = expressions.summable(magnitude, layout.ring(scope, magnitude)).values();
    Bits all = null;
    for (int i = 0; i < contributions.size(); i++) {
      if (contributions.get(i).dominance() == 0) {
        continue;
      }
      Step one = at.child("table" + i);
      Measured rows = measured.apply(i);
      Sums of =
          rows.counts() == null
              ? values
              : Multiply.byBit(party, one.child("rows"), rows.counts(), values);
      Bits nobody =
          Dominance.nobody(
              party,
              one.child("nobody"),
              Columns.padded(valid, 0, padding),
              Columns.padded(key, 0, padding),
              Columns.padded(rows.entity(), 0, padding),
              Columns.padded(of, 0, padding),
              interval(layout, aggregate, magnitude),
              contributions.get(i).dominance(),
              bound);
      all = all == null ? nobody : And.bits(party, one.child("all"), all, nobody);
    }
    List<OwnersMeasured> unions = layout.measured(aggregate);
    for (int i = 0; i < unions.size(); i++) {
      Step one = at.child("union" + i);
      Bits nobody = owners(magnitude, values, unions.get(i), one);
      all = all == null ? nobody : And.bits(party, one.child("all"), all, nobody);
    }
    // Another aggregate of the query is over the tables that ask.
    return all == null ? Local.constant(party, true, Math.min(valid.rows() + padding, bound)) : all;
  }

  private Bits owners(Expr magnitude, Sums values, OwnersMeasured union, Step at) {
    List<Sums> byOwner = new ArrayList<>();
    for (List<OwnersCounted.Branch> branches : union.owners()) {
      // A row is of one branch.
      Bits rows = branches.stream().map(branch).reduce(Local::xor).orElseThrow();
      Sums of = Multiply.byBit(party, at.child("owner" + byOwner.size()), rows, values);
      byOwner.add(Columns.padded(of, 0, padding));
    }
    return OwnerDominance.nobody(
        party,
        at.child("nobody"),
        Columns.padded(valid, 0, padding),
        Columns.padded(key, 0, padding),
        byOwner,
        interval(layout, aggregate, magnitude),
        union.percent(),
        bound);
  }

  private static Interval interval(InputLayout layout, Rel.Aggregate aggregate, Expr magnitude) {
    return new Interval(BigInteger.ZERO, layout.bounds(aggregate.input(), magnitude).greatest());
  }

  /** What one term is expected to send. */
  static Cost cost(
      InputLayout layout,
      Rel.Aggregate aggregate,
      Expr magnitude,
      IntFunction<Integer> entityWidth,
      int rows,
      int keyWidth,
      int bound,
      Link link) {
    List<Contribution> contributions = layout.contributions(aggregate);
    int ring = layout.ring(layout.origins(aggregate.input()), magnitude);
    Cost cost = Cost.NONE;
    for (int i = 0; i < contributions.size(); i++) {
      if (contributions.get(i).dominance() > 0) {
        cost =
            cost.then(Multiply.costByBit(rows, ring))
                .then(
                    Dominance.cost(
                        rows,
                        keyWidth,
                        entityWidth.apply(i),
                        ring,
                        interval(layout, aggregate, magnitude),
                        bound,
                        link));
      }
    }
    for (OwnersMeasured union : layout.measured(aggregate)) {
      int owners = union.owners().size();
      cost =
          cost.then(Multiply.costByBit(rows, ring).times(owners))
              .then(
                  OwnerDominance.cost(
                      rows,
                      keyWidth,
                      owners,
                      ring,
                      interval(layout, aggregate, magnitude),
                      bound,
                      link));
    }
    return cost;
  }
}
