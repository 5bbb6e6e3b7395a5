package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Placement;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/**
 * One stable pass over a secret bit: the rows that have it come first, in their order, then the
 * others, in theirs.
 *
 * <p><b>Computes</b> the rows in their new order, and the bit itself in that order.
 *
 * <p><b>Reveals</b> nothing. Opened: the destinations of all rows, under a fresh shuffle of the
 * executors, that is, a uniformly random permutation. Public: rows and widths.
 *
 * <p><b>Costs</b> a bit to arithmetic, one product, and one {@link Placement} of all columns by
 * destinations of 32 bits; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as its parts; the one-bit step of the radix sort of Chida et al. (2019, eprint
 * 2019/695), opened under one shuffle of its own.
 */
public final class Compaction {
  private Compaction() {}

  /** The rows in their new order; {@code keep} is ones, then zeros. */
  public record Compacted(Bits keep, List<SharedColumn> columns) {}

  /** Puts the rows with {@code keep} first. */
  public static Compacted apply(Party party, Step step, Bits keep, List<SharedColumn> columns) {
    int n = keep.rows();
    if (n == 0) {
      return new Compacted(keep, columns);
    }
    Sums flag = BitToArithmetic.convert(party, step.child("flag"), keep, 64);
    Sums kept = Local.runningSum(flag);
    // A kept row goes to kept - 1, another to (all kept) + (others up to it) - 1.
    Sums first = Local.minus(kept, Local.sums(party, 64, n, 1));
    int[] lastRow = new int[n];
    Arrays.fill(lastRow, n - 1);
    Sums total = Local.rows(kept, lastRow);
    Sums second = Local.minus(Local.plus(total, before(party, n)), kept);
    Sums destination =
        Local.plus(
            second,
            Multiply.sums(party, step.child("destination"), flag, Local.minus(first, second)));
    List<SharedColumn> all = new ArrayList<>();
    all.add(keep);
    all.addAll(columns);
    List<SharedColumn> ordered =
        Placement.of(party, step.child("place"), destination, all).columns();
    return new Compacted((Bits) ordered.get(0), ordered.subList(1, ordered.size()));
  }

  /** 0, 1, 2, ... */
  private static Sums before(Party party, int rows) {
    return Local.minus(Columns.positions(party, rows), Local.sums(party, 64, rows, 1));
  }

  /** What {@link #apply} sends for {@code rows} rows of columns of {@code shapes}. */
  public static Cost cost(int rows, List<ColumnShape> shapes) {
    if (rows == 0) {
      return Cost.NONE;
    }
    List<ColumnShape> all = new ArrayList<>();
    all.add(ColumnShape.BIT);
    all.addAll(shapes);
    return BitToArithmetic.cost(rows, 64)
        .then(Multiply.cost(rows, 64))
        .then(Placement.cost(rows, 32, all));
  }
}
