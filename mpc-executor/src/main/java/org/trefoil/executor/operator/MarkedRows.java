package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.CountOnes;
import org.trefoil.executor.protocol.LessThan;
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
 * The rows that have a secret bit, of which there are at most a public number, in their order.
 *
 * <p><b>Computes</b> as many rows as can be marked: the marked ones, then rows that hold nothing of
 * use, and a bit that tells them apart. Where few can be marked, as many spare rows are put behind
 * the others and so many of these are marked that their number is the public one; then all are
 * shuffled, the marks opened and the marked rows sorted by their former place. Else by {@link
 * Compaction}.
 *
 * <p><b>Reveals</b> nothing. Opened: the marks, under a fresh shuffle, which are a uniformly random
 * choice of a public number of rows; then what a sort of the chosen rows under a shuffle of its own
 * opens; or what a compaction opens. Public: rows, widths, the bound.
 *
 * <p><b>Costs</b> a count of ones, one shuffle of all columns with a row number, one opened bit per
 * row and a sort of as many rows as can be marked; or a compaction if that is cheaper: {@link
 * #cost}.
 *
 * <p><b>Secure</b> as its parts. More marks than the bound, which no honest input has, end the run.
 */
public final class MarkedRows {
  private MarkedRows() {}

  /** {@code real} is 1 on the marked rows, which come first. */
  public record Marked(Bits real, List<SharedColumn> columns) {}

  /**
   * The marked rows.
   *
   * @param bound at most so many rows are marked
   */
  public static Marked of(
      Party party, Step step, Bits marked, List<SharedColumn> columns, int bound) {
    int n = marked.rows();
    int most = Math.min(n, bound);
    if (n == 0 || !chosen(n, Columns.shapes(columns), most, party.link())) {
      Compaction.Compacted all = Compaction.apply(party, step, marked, columns);
      return new Marked(Local.slice(all.keep(), 0, most), Columns.slice(all.columns(), 0, most));
    }
    Words count = CountOnes.of(party, step.child("count"), marked);
    Bits real =
        LessThan.words(
            party,
            step.child("real"),
            Local.index(party, count.width(), most),
            Local.rows(count, new int[most]));
    List<SharedColumn> all = new ArrayList<>();
    all.add(Local.concat(marked, Local.not(party, real)));
    all.add(Local.index(party, ObliviousSort.indexWidth(n + most), n + most));
    columns.forEach(c -> all.add(Columns.padded(c, 0, most)));
    List<SharedColumn> moved = Shuffle.columns(party, step.child("shuffle"), all);
    int[] rows =
        rows(step, Open.bits(party, step.child("marks"), (Bits) moved.get(0)), n + most, most);
    List<SharedColumn> kept = Columns.rows(moved.subList(1, moved.size()), rows);
    ObliviousSort.Sorted sorted =
        ObliviousSort.sort(
            party, step.child("sort"), (Words) kept.get(0), kept.subList(1, kept.size()));
    return new Marked(real, sorted.payload());
  }

  private static int[] rows(Step step, long[] marks, int rows, int most) {
    int[] found = new int[most];
    int k = 0;
    for (int r = 0; r < rows; r++) {
      if ((marks[r >>> 6] >>> r & 1) != 0) {
        if (k == most) {
          throw unexpected(step);
        }
        found[k++] = r;
      }
    }
    if (k < most) {
      throw unexpected(step);
    }
    return found;
  }

  private static TrefoilException unexpected(Step step) {
    return new TrefoilException(
        Condition.EXECUTORS_DISAGREE,
        "Cannot choose rows in step "
            + step.path()
            + ": more or fewer are marked than can be. Run the query again; if it fails again, an"
            + " executor deviates or an owner shares other groups than its table has.");
  }

  /** Whether marks are opened, and rows not compacted. */
  private static boolean chosen(int rows, List<ColumnShape> shapes, int most, Link link) {
    return link.nanos(costOfChoice(rows, shapes, most, link))
        < link.nanos(Compaction.cost(rows, shapes));
  }

  /** What {@link #of} sends: the expectation where rows are chosen, else exactly. */
  public static Cost cost(int rows, List<ColumnShape> shapes, int bound, Link link) {
    int most = Math.min(rows, bound);
    return rows > 0 && chosen(rows, shapes, most, link)
        ? costOfChoice(rows, shapes, most, link)
        : Compaction.cost(rows, shapes);
  }

  private static Cost costOfChoice(int rows, List<ColumnShape> shapes, int most, Link link) {
    int indexWidth = ObliviousSort.indexWidth(rows + most);
    List<ColumnShape> all = new ArrayList<>(shapes);
    all.add(ColumnShape.BIT);
    all.add(ColumnShape.words(indexWidth));
    return CountOnes.cost(rows)
        .then(LessThan.cost(most, CountOnes.width(rows), link))
        .then(Shuffle.cost(rows + most, all))
        .then(Open.cost(rows + most, 1))
        .then(ObliviousSort.cost(most, indexWidth, shapes, link));
  }
}
