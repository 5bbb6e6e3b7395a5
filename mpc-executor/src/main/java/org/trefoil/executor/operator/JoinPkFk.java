package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Shuffle;
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
 * dummies included. Invalid rows hold columns of some other PK row.
 *
 * <p><b>Reveals</b> nothing. Opened: what its sorts open, and after a fresh shuffle the side that
 * each row came from, which shows l and r only. Public: both padded row counts, all widths.
 *
 * <p><b>Costs</b> one sort of l + r rows (and one of l rows if the PK side is not in key order),
 * one shuffle of l + r rows and one key-wide equality on r rows; as {@link #cost}.
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

  /** One row per FK row, in an order that is fresh and random. */
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
    int pkColumns = carried.size();
    carried.add(Columns.padded(fk.valid(), l, 0));
    fk.columns().forEach(c -> carried.add(Columns.padded(c, l, 0)));

    Words keys = Local.concat(ordered.key(), fk.key());
    Bits side = Columns.onesAfter(party, l, l + r);
    ObliviousSort.Sorted rows =
        ObliviousSort.sort(party, step.child("sort"), Local.beside(keys, side), carried);
    // An FK row now follows the PK row with its key, if there is one.
    List<SharedColumn> latest =
        rows.payload().subList(0, pkColumns).stream().map(Columns::running).toList();
    Words difference = Local.xor(Columns.above(rows.key(), 1), (Words) latest.get(0));
    List<SharedColumn> all = new ArrayList<>();
    all.add(Local.plane(rows.key(), 0));
    all.add(difference);
    all.addAll(latest.subList(1, pkColumns));
    all.addAll(rows.payload().subList(pkColumns, rows.payload().size()));

    List<SharedColumn> moved = Shuffle.columns(party, step.child("shuffle"), all);
    int[] fkRows = ones(step, Open.bits(party, step.child("side"), (Bits) moved.get(0)), l + r, r);
    List<SharedColumn> kept = Columns.rows(moved.subList(1, moved.size()), fkRows);
    Bits same =
        Equality.words(party, step.child("same"), (Words) kept.get(0), Words.zero(keys.width(), r));
    Bits bothValid =
        And.bits(party, step.child("valid"), (Bits) kept.get(1), (Bits) kept.get(pkColumns));
    Bits match = And.bits(party, step.child("match"), same, bothValid);
    return new Joined(match, kept.subList(2, pkColumns), kept.subList(pkColumns + 1, kept.size()));
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
   * @param fk shapes of the FK side's columns
   */
  public static Cost cost(
      int l,
      int r,
      int keyWidth,
      List<ColumnShape> pk,
      boolean inKeyOrder,
      List<ColumnShape> fk,
      Link link) {
    if (l == 0 || r == 0) {
      return Cost.NONE;
    }
    List<ColumnShape> all = new ArrayList<>(pk);
    all.addAll(fk);
    all.add(ColumnShape.BIT);
    all.add(ColumnShape.BIT);
    all.add(ColumnShape.words(keyWidth));
    Cost sort = ObliviousSort.cost(l + r, keyWidth + 1, all, link);
    all.add(ColumnShape.BIT);
    Cost join =
        sort.then(Shuffle.cost(l + r, all))
            .then(Open.cost(l + r, 1))
            .then(Equality.cost(r, keyWidth))
            .then(And.cost(r, 1).times(2));
    if (inKeyOrder) {
      return join;
    }
    List<ColumnShape> carried = new ArrayList<>(pk);
    carried.add(ColumnShape.BIT);
    return ObliviousSort.cost(l, keyWidth, carried, link).then(join);
  }

  private static int[] ones(Step step, long[] bits, int rows, int count) {
    int[] found = new int[rows];
    int k = 0;
    for (int r = 0; r < rows; r++) {
      if ((bits[r >>> 6] >>> r & 1) != 0) {
        found[k++] = r;
      }
    }
    if (k != count) {
      throw new TrefoilException(
          Condition.EXECUTORS_DISAGREE,
          "Cannot drop a side of the join in step "
              + step.path()
              + ": it does not have its number of rows. Run the query again; if it fails again, an"
              + " executor deviates.");
    }
    return Arrays.copyOf(found, count);
  }
}
