package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Order of rows of one column, again and again: {@link LessThan} that reads rows where they lie and
 * keeps its memory. It computes, reveals and costs what that does for so many rows; which rows are
 * compared is public.
 */
public final class RowComparison {
  private final Party party;
  private final Words keys;
  private Planes not;
  private Planes others;
  private Planes[] kept = new Planes[0];

  public RowComparison(Party party, Words keys) {
    this.party = party;
    this.keys = keys;
    not = new Planes(keys.width(), 0);
    others = not;
  }

  /** Bit k: row {@code left[k]} is less than row {@code right[k]}; for k below {@code count}. */
  public Bits less(Step step, int[] left, int[] right, int count) {
    Masks masks = new Masks(party, step);
    Bits out = Bits.zero(count);
    int block = block(count);
    not = large(not, count);
    others = large(others, count);
    for (int from = 0; from < count; from += LessThan.TILE) {
      int rows = Math.min(LessThan.TILE, count - from);
      Planes x = not.reused(rows);
      x.fill(party, keys, left, true, from);
      Planes y = others.reused(rows);
      y.fill(party, keys, right, false, from);
      LessThan.compare(party, step, masks, x, y, keys.width(), block, out, from >>> 6);
    }
    return out;
  }

  /** Keeps the rows {@code [from, to)} at hand, to be compared with many. */
  public void keep(int from, int to) {
    int count = to - from;
    kept = new Planes[(count + LessThan.TILE - 1) / LessThan.TILE];
    for (int t = 0; t < kept.length; t++) {
      int at = t * LessThan.TILE;
      kept[t] = new Planes(keys.width(), Math.min(LessThan.TILE, count - at));
      kept[t].fill(party, keys, null, true, from + at);
    }
  }

  /** Bit k: the k-th row that is kept is less than row {@code right[k]}. */
  public Bits keptLess(Step step, int[] right) {
    int count = 0;
    for (Planes planes : kept) {
      count += planes.rows;
    }
    Masks masks = new Masks(party, step);
    Bits out = Bits.zero(count);
    int block = block(count);
    others = large(others, count);
    for (int t = 0; t < kept.length; t++) {
      int from = t * LessThan.TILE;
      Planes x = kept[t];
      if (block < keys.width()) {
        x = new Planes(x.rows, x.first.clone(), x.second.clone());
      }
      Planes y = others.reused(x.rows);
      y.fill(party, keys, right, false, from);
      LessThan.compare(party, step, masks, x, y, keys.width(), block, out, from >>> 6);
    }
    return out;
  }

  private int block(int count) {
    return LessThan.block(Math.min(LessThan.TILE, count), keys.width(), party.link());
  }

  private Planes large(Planes memory, int count) {
    int rows = Math.min(LessThan.TILE, count);
    return memory.first.length >= keys.width() * Bits.longs(rows)
        ? memory
        : new Planes(keys.width(), rows);
  }
}
