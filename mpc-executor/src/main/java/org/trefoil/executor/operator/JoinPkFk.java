package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Placement;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/**
 * Inner join of a table with unique keys (PK side) and a table that refers to them (FK side).
 *
 * <p><b>Computes</b> for every FK row the columns of the PK row with the same key, and a valid bit:
 * whether there is one and both rows are valid. The PK side's keys are distinct over all its rows,
 * dummies included. Invalid rows hold columns of some other PK row. The rows lie where the FK
 * side's lay, so that an order in which its owner delivered them lasts.
 *
 * <p><b>Reveals</b> nothing. Opened: what its sorts open, and to two parties, under a fresh
 * shuffle, the place that each row came from, which is a uniformly random permutation of l + r. An
 * owner may know the order of the result: who opens anything of it shuffles it first. Public: both
 * padded row counts, all widths.
 *
 * <p><b>Costs</b> one sort of l + r rows (and one of l rows if the PK side is not in key order),
 * one key-wide equality, and one {@link org.trefoil.executor.protocol.Placement} of l + r rows by
 * their numbers; columns of the FK side do not move; as {@link #cost}.
 *
 * <p><b>Secure</b> as the sort; differences before and running XORs or sums after it are local
 * (Araki et al., CCS 2016, section 2).
 */
public final class JoinPkFk {
  private JoinPkFk() {}

  /** One input; {@code key} as {@link org.trefoil.api.plan.Form#KEY} encodes it. */
  public record Side(Words key, Bits valid, List<SharedColumn> columns) {
    public int rows() {
      return key.rows();
    }
  }

  /** One row per FK row, in the FK side's order; its own columns are those of the FK side. */
  public record Joined(Bits valid, List<SharedColumn> pk, List<SharedColumn> fk) {}

  /**
   * Joins.
   *
   * @param inKeyOrder whether the PK side's rows already lie in ascending order of their keys
   */
  public static Joined join(Party party, Step step, Side pk, boolean inKeyOrder, Side fk) {
    int l = pk.rows();
    int r = fk.rows();
    if (l == 0 || r == 0) {
      List<SharedColumn> none =
          pk.columns().stream().map(c -> Columns.zero(Columns.shape(c), r)).toList();
      return new Joined(Bits.zero(r), none, fk.columns());
    }
    Side ordered = inKeyOrder ? pk : sorted(party, step.child("pk"), pk);
    List<SharedColumn> carried = new ArrayList<>();
    carried.add(Columns.padded(Columns.differences(ordered.key()), 0, r));
    carried.add(Columns.padded(Columns.differences(ordered.valid()), 0, r));
    ordered.columns().forEach(c -> carried.add(Columns.padded(Columns.differences(c), 0, r)));

    Words keys = Local.concat(ordered.key(), fk.key());
    Bits side = Columns.onesAfter(party, l, l + r);
    ObliviousSort.Sorted rows =
        ObliviousSort.sort(party, step.child("sort"), Local.beside(keys, side), carried);
    // An FK row now follows the PK row with its key, if there is one.
    List<SharedColumn> latest = rows.payload().stream().map(Columns::running).toList();
    Bits same =
        Equality.words(
            party, step.child("same"), Columns.above(rows.key(), 1), (Words) latest.get(0));
    Bits found = And.bits(party, step.child("found"), same, (Bits) latest.get(1));
    List<SharedColumn> all = new ArrayList<>();
    all.add(found);
    all.addAll(latest.subList(2, latest.size()));

    List<SharedColumn> kept =
        Placement.of(party, step.child("place"), rows.before(), all, l, l + r).columns();
    Bits match = And.bits(party, step.child("match"), (Bits) kept.get(0), fk.valid());
    return new Joined(match, kept.subList(1, kept.size()), fk.columns());
  }

  private static Side sorted(Party party, Step step, Side side) {
    List<SharedColumn> payload = new ArrayList<>();
    payload.add(side.valid());
    payload.addAll(side.columns());
    ObliviousSort.Sorted rows = ObliviousSort.sort(party, step, side.key(), payload);
    return new Side(
        rows.key(), (Bits) rows.payload().get(0), rows.payload().subList(1, rows.payload().size()));
  }

  /**
   * What {@link #join} is expected to send.
   *
   * @param pk shapes of the PK side's columns
   */
  public static Cost cost(
      int l, int r, int keyWidth, List<ColumnShape> pk, boolean inKeyOrder, Link link) {
    if (l == 0 || r == 0) {
      return Cost.NONE;
    }
    List<ColumnShape> sorted = new ArrayList<>(pk);
    sorted.add(ColumnShape.BIT);
    sorted.add(ColumnShape.words(keyWidth));
    int indexWidth = ObliviousSort.indexWidth(l + r);
    List<ColumnShape> moved = new ArrayList<>(pk);
    moved.add(ColumnShape.BIT);
    Cost join =
        ObliviousSort.cost(l + r, keyWidth + 1, sorted, link)
            .then(Equality.cost(l + r, keyWidth))
            .then(And.cost(l + r, 1))
            .then(Placement.cost(l + r, indexWidth, moved, r))
            .then(And.cost(r, 1));
    if (inKeyOrder) {
      return join;
    }
    List<ColumnShape> carried = new ArrayList<>(pk);
    carried.add(ColumnShape.BIT);
    return ObliviousSort.cost(l, keyWidth, carried, link).then(join);
  }
}
