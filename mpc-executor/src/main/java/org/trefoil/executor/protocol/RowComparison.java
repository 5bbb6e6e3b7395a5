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
  private final Planes[] nots;
  private final Planes[] others;
  private Planes[][] kept = {};
  private int keptRows;

  public RowComparison(Party party, Words keys) {
    this.party = party;
    this.keys = keys;
    nots = new Planes[party.threads()];
    others = new Planes[party.threads()];
  }

  /** Bit k: row {@code left[k]} is less than row {@code right[k]}; for k below {@code count}. */
  public Bits less(Step step, int[] left, int[] right, int count) {
    Crew crew = crew(step, count);
    Masks[] masks = crew.masks();
    Bits out = Bits.zero(count);
    int block = block(count);
    for (int tile = 0; tile < count; tile += LessThan.TILE) {
      int start = tile;
      crew.run(
          Math.min(LessThan.TILE, count - start),
          (k, from, to) -> {
            Planes x = Planes.in(nots, k, keys.width(), to - from);
            x.fill(party, keys, left, true, start + from);
            compare(crew, k, masks[k], x, right, block, out, start + from);
          });
    }
    return out;
  }

  /** Keeps the rows {@code [from, to)} at hand, to be compared with many. */
  public void keep(int from, int to) {
    keptRows = to - from;
    kept = new Planes[(keptRows + LessThan.TILE - 1) / LessThan.TILE][party.threads()];
    Crew crew = crew(null, keptRows);
    for (int tile = 0; tile < kept.length; tile++) {
      Planes[] slices = kept[tile];
      int start = tile * LessThan.TILE;
      crew.run(
          Math.min(LessThan.TILE, keptRows - start),
          (k, first, last) ->
              Planes.in(slices, k, keys.width(), last - first)
                  .fill(party, keys, null, true, from + start + first));
    }
  }

  /** Bit k: the k-th row that is kept is less than row {@code right[k]}. */
  public Bits keptLess(Step step, int[] right) {
    Crew crew = crew(step, keptRows);
    Masks[] masks = crew.masks();
    Bits out = Bits.zero(keptRows);
    int block = block(keptRows);
    for (int tile = 0; tile < kept.length; tile++) {
      Planes[] slices = kept[tile];
      int start = tile * LessThan.TILE;
      crew.run(
          Math.min(LessThan.TILE, keptRows - start),
          (k, from, to) -> {
            Planes x = slices[k];
            if (block < keys.width()) {
              x = new Planes(x.rows, x.first.clone(), x.second.clone());
            }
            compare(crew, k, masks[k], x, right, block, out, start + from);
          });
    }
    return out;
  }

  private Crew crew(Step step, int count) {
    return party.crew(step, Math.min(LessThan.TILE, count));
  }

  /** Compares the rows of {@code x} with those at {@code right[at ..]}. */
  private void compare(
      Crew crew, int k, Masks masks, Planes x, int[] right, int block, Bits out, int at) {
    Planes y = Planes.in(others, k, keys.width(), x.rows);
    y.fill(party, keys, right, false, at);
    int width = keys.width();
    LessThan.compare(crew.party(k), crew.step(k), masks, x, y, width, block, out, at / Long.SIZE);
  }

  private int block(int count) {
    return LessThan.block(Math.min(LessThan.TILE, count), keys.width(), party.link());
  }
}
