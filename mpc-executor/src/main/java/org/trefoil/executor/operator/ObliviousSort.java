package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Shuffle;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/**
 * Stable ascending sort by an unsigned key of any width.
 *
 * <p><b>Computes</b> the rows in the order of their keys; rows with equal keys keep their order.
 *
 * <p><b>Reveals</b> nothing. Opened, under a fresh shuffle of the executors: outcomes of
 * comparisons of distinct keys in a uniformly random order, which can be simulated from the number
 * of rows. Keys are made distinct by appending the secret pre-shuffle index. Public: rows and
 * widths.
 *
 * <p><b>Costs</b> one shuffle and about log2(n!) comparisons of key and index in about 1.3 log2(n)
 * levels; on slow links more comparisons in fewer levels. The expectation is {@link #cost}.
 *
 * <p><b>Secure</b> as shuffle, comparison and opening: Hamada, Kikuchi, Ikarashi, Chida, Takahashi,
 * ICISC 2012.
 */
public final class ObliviousSort {
  private ObliviousSort() {}

  /**
   * The rows in ascending order of {@code key}.
   *
   * @param before where each row lay before the sort
   */
  public record Sorted(Words key, List<SharedColumn> payload, Words before) {}

  /** Sorts the rows of {@code key} and {@code payload}. */
  public static Sorted sort(Party party, Step step, Words key, List<SharedColumn> payload) {
    return least(party, step, key, payload, key.rows());
  }

  /** The first {@code wanted} rows that {@link #sort} would give. */
  static Sorted least(Party party, Step step, Words key, List<SharedColumn> payload, int wanted) {
    int n = key.rows();
    if (n == 0) {
      return new Sorted(key, payload, Words.zero(indexWidth(0), 0));
    }
    int indexWidth = indexWidth(n);
    List<SharedColumn> all = new ArrayList<>();
    all.add(Local.beside(key, Local.index(party, indexWidth, n)));
    all.addAll(payload);
    List<SharedColumn> shuffled = Shuffle.columns(party, step.child("shuffle"), all);
    Words tagged = (Words) shuffled.get(0);
    int[] order = new ComparisonOrder(party, step, tagged, wanted).order();
    if (wanted < n) {
      order = Arrays.copyOf(order, wanted);
    }
    Words ordered = Local.rows(tagged, order);
    return new Sorted(
        Columns.above(ordered, indexWidth),
        Columns.rows(shuffled.subList(1, shuffled.size()), order),
        Local.field(ordered, 0, indexWidth));
  }

  /** What {@link #sort} is expected to send. */
  public static Cost cost(int rows, int keyWidth, List<ColumnShape> payload, Link link) {
    return cost(rows, keyWidth, payload, rows, link);
  }

  /** What {@link #least} is expected to send. */
  static Cost cost(int rows, int keyWidth, List<ColumnShape> payload, int wanted, Link link) {
    if (rows == 0) {
      return Cost.NONE;
    }
    int width = keyWidth + indexWidth(rows);
    List<ColumnShape> all = new ArrayList<>();
    all.add(ColumnShape.words(width));
    all.addAll(payload);
    return Shuffle.cost(rows, all).then(ComparisonOrder.cost(rows, width, wanted, link));
  }

  /** Bits that hold a row's number. */
  static int indexWidth(int rows) {
    return Math.max(1, 32 - Integer.numberOfLeadingZeros(rows - 1));
  }
}
