package org.trefoil.executor.protocol;

import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Moves rows to places that a secret column holds, and back.
 *
 * <p><b>Computes</b> the rows where their places say, freshly shared: the rows go by three
 * permutations, each known to a pair of parties. The first two are random; a random third one is
 * tried on the places alone, which are opened under it, so that its pair knows which third
 * permutation brings every row to its place, and moves the other columns by that. {@link #back}
 * goes by the inverses, the last one first.
 *
 * <p><b>Reveals</b> nothing. Opened, to two of the parties: the places, under a fresh shuffle, that
 * is, a uniformly random permutation. Public: rows and shapes.
 *
 * <p><b>Costs</b> one shuffle of all columns, of which the places take up to 32 bits and the others
 * are sent the second time for those rows only that are wanted; three rounds, and two for a way
 * back. Roles rotate as in {@link Shuffle}.
 *
 * <p><b>Secure</b> as the shuffle: every message of a column is masked at its full width by a
 * stream that its receiver does not have, and the simulator draws it. Of the places role 1 sends
 * role 2 its masked part, and role 2 sends its own: each follows from the opened places and what
 * the receiver has, and these are uniform to role 1, who lacks the second permutation, and to role
 * 2, who lacks the first. On the way back nothing is opened, so permutations that are used twice
 * say nothing twice.
 */
public final class Placement {
  private final int rows;
  private final int role;
  private final int[] next;
  private final int[] previous;
  private List<SharedColumn> columns;

  private Placement(int rows, int role, int[] next, int[] previous, List<SharedColumn> columns) {
    this.rows = rows;
    this.role = role;
    this.next = next;
    this.previous = previous;
    this.columns = columns;
  }

  /**
   * Moves all rows; those that a column lacks are zeros.
   *
   * @param places a permutation of 0 .. rows - 1, as words of at most 32 bits or as sums;
   *     EXECUTORS_DISAGREE at two parties if it is none
   */
  public static Placement of(
      Party party, Step step, SharedColumn places, List<? extends SharedColumn> columns) {
    return of(party, step, places, columns, 0, places.rows());
  }

  /** Moves the rows whose places are in {@code [from, to)}: there is no way back to the others. */
  public static Placement of(
      Party party,
      Step step,
      SharedColumn places,
      List<? extends SharedColumn> columns,
      int from,
      int to) {
    int rows = places.rows();
    int role = (party.id() + party.nextRotation()) % 3;
    int[] next = Permutation.random(party.withNext(step, "permutation"), rows);
    int[] previous = Permutation.random(party.withPrevious(step, "permutation"), rows);
    List<ColumnShape> shapes = Shuffle.shapes(columns);
    Lane.Plan plan = new Lane.Plan(shapes);
    List<Lane> lanes = plan.pack(columns, rows);
    lanes.add(0, lane(places));
    Moves moves = Moves.forward(party, step, role, next, previous);
    moves.first(lanes);
    long[] opened = moves.opened();
    int[] last = null;
    if (opened != null) {
      last = placed(party, step, opened, moves.last());
      if (role == 1) {
        next = last;
      } else {
        previous = last;
      }
    }
    List<SharedColumn> moved = plan.unpack(moves.second(last, from, to - from), shapes, to - from);
    return new Placement(to - from == rows ? rows : -1, role, next, previous, moved);
  }

  /**
   * The rows that {@link #of} moved, in order of their places. They are the caller's, in a list
   * that may be changed: asked again, there is none.
   */
  public List<SharedColumn> columns() {
    List<SharedColumn> taken = columns;
    columns = List.of();
    return taken;
  }

  /** Rows that lie at their places back to where they came from. */
  public List<SharedColumn> back(Party party, Step step, List<? extends SharedColumn> placed) {
    And.sameRows(rows, placed.get(0).rows());
    List<ColumnShape> shapes = Shuffle.shapes(placed);
    Lane.Plan plan = new Lane.Plan(shapes);
    Moves moves = Moves.back(party, step, role, next, previous);
    moves.first(plan.pack(placed, rows));
    return plan.unpack(moves.second(moves.last(), 0, rows), shapes, rows);
  }

  private static Lane lane(SharedColumn places) {
    if (places instanceof Words words && words.width() <= 32) {
      return new Lane(false, words.width(), words.first(), words.second());
    }
    if (places instanceof Sums sums) {
      return new Lane(true, 32, low(sums.first()[0]), low(sums.second()[0]));
    }
    throw new IllegalArgumentException("places in " + places.width() + " bits");
  }

  private static long[][] low(long[] sums) {
    long[] out = new long[sums.length];
    for (int r = 0; r < out.length; r++) {
      out[r] = sums[r] & 0xFFFFFFFFL;
    }
    return new long[][] {out};
  }

  /**
   * The last permutation that brings every row to its place.
   *
   * @param places of the rows in the order that {@code last} leaves
   */
  private static int[] placed(Party party, Step step, long[] places, int[] last) {
    int[] to = new int[places.length];
    for (int r = 0; r < to.length; r++) {
      to[r] = (int) Math.min(places[r], Integer.MAX_VALUE);
    }
    Permutation.check(step, to);
    int[] out = new int[to.length];
    for (int r = 0; r < to.length; r++) {
      out[to[r]] = last[r];
    }
    party.opened(step, places);
    return out;
  }

  /** Cost with unrotated roles of moving all rows by places of {@code width} bits. */
  public static Cost cost(int rows, int width, List<ColumnShape> columns) {
    return cost(rows, width, columns, rows);
  }

  /** Cost where {@code wanted} rows are moved out of all. */
  public static Cost cost(int rows, int width, List<ColumnShape> columns, int wanted) {
    long places = 8 * Wire.total(rows, Wire.width(width));
    long all = 8 * new Lane.Plan(columns).longs(rows);
    long kept = 8 * new Lane.Plan(columns).longs(wanted);
    return new Cost(places + all, 2 * places + all + kept, places + kept, 3);
  }

  /** Cost of {@link #back}; unrotated roles 0 and 2 change places. */
  public static Cost costOfBack(int rows, List<ColumnShape> columns) {
    return Shuffle.cost(rows, columns);
  }
}
