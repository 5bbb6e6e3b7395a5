package org.trefoil.executor.protocol;

import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/**
 * Moves the rows of columns by a permutation that no party knows.
 *
 * <p><b>Computes</b> the same rows in another order, freshly shared, all columns moved alike: three
 * permutations one after the other, each known to one pair of parties, so that each party lacks
 * one.
 *
 * <p><b>Reveals</b> nothing. Public: rows and shapes. Whoever opens something about the new order
 * says why that tells nothing; one opening per shuffle.
 *
 * <p><b>Costs</b> 4 words per row in all: the parties in roles 0, 1 and 2 send one, two and one;
 * two rounds. Roles rotate from shuffle to shuffle. Columns of fewer than 64 bits share words; a
 * word in which at most 32 bits are used goes as 1, 2, 4, 8, 16 or 32: {@link #cost}.
 *
 * <p><b>Secure</b> as Araki, Furukawa, Ohara, Pinkas, Rosemarin, Tsuchida, CCS 2021, section 5.2:
 * every message is masked at the column's full width, additively for sums, by the key of a pair
 * that its receiver does not belong to, and the new components 0 and 1 are drawn afresh; the
 * simulator draws what it sends.
 */
public final class Shuffle {
  private Shuffle() {}

  /** Columns of equal rows under one fresh permutation. */
  public static List<SharedColumn> columns(
      Party party, Step step, List<? extends SharedColumn> columns) {
    int role = (party.id() + party.nextRotation()) % 3;
    int rows = columns.get(0).rows();
    // Role 0 and 1, 1 and 2, 2 and 0 share a permutation: r of the new order comes from index[r].
    int[] next = Permutation.random(party.withNext(step, "permutation"), rows);
    int[] previous = Permutation.random(party.withPrevious(step, "permutation"), rows);
    return move(party, step, columns, role, next, previous);
  }

  /**
   * Moves rows by an owner's permutation: party 0 and 1, 1 and 2, 2 and 0 hold a factor each, of
   * which two come from seeds and one is explicit. The pair compares what it was given before it is
   * used. Since the owner knows the order, nothing may be opened until a fresh {@link #columns} has
   * followed.
   *
   * @param next where each row goes by the factor shared with the next party
   * @param previous the same for the previous party
   */
  public static List<SharedColumn> programmed(
      Party party, Step step, List<? extends SharedColumn> columns, int[] next, int[] previous) {
    int rows = columns.get(0).rows();
    And.sameRows(rows, next.length);
    And.sameRows(rows, previous.length);
    Permutation.check(step, next);
    Permutation.check(step, previous);
    Digests.compare(party, step, next, previous);
    return move(party, step, columns, party.id(), Local.inverse(next), Local.inverse(previous));
  }

  private static List<SharedColumn> move(
      Party party,
      Step step,
      List<? extends SharedColumn> columns,
      int role,
      int[] next,
      int[] previous) {
    // From here on the columns may be forgotten, by whoever does not need them any longer.
    List<ColumnShape> shapes = shapes(columns);
    int rows = columns.get(0).rows();
    columns.forEach(column -> And.sameRows(rows, column.rows()));
    Lane.Plan plan = new Lane.Plan(shapes);
    Moves moves = Moves.forward(party, step, role, next, previous);
    moves.first(plan.pack(columns, rows));
    return plan.unpack(moves.second(moves.last(), 0, rows), shapes, rows);
  }

  static List<ColumnShape> shapes(List<? extends SharedColumn> columns) {
    return columns.stream().map(Shuffle::shape).toList();
  }

  private static ColumnShape shape(SharedColumn column) {
    if (column instanceof Bits) {
      return ColumnShape.BIT;
    }
    return column instanceof Words
        ? ColumnShape.words(column.width())
        : ColumnShape.sums(column.width());
  }

  /** Cost with unrotated roles: parties 0, 1 and 2 send one, two and one words per row. */
  public static Cost cost(int rows, List<ColumnShape> columns) {
    long bytes = 8 * new Lane.Plan(columns).longs(rows);
    return new Cost(bytes, 2 * bytes, bytes, 2);
  }

  /** Cost of a shuffle by an owner's permutation, the comparison of digests included. */
  public static Cost costOfProgrammed(int rows, List<ColumnShape> columns) {
    return Digests.COST.then(cost(rows, columns));
  }
}
