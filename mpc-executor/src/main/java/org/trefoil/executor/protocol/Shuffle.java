package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
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
    Open.checkPermutation(step, next);
    Open.checkPermutation(step, previous);
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
    List<ColumnShape> shapes = columns.stream().map(Shuffle::shape).toList();
    int rows = columns.get(0).rows();
    Lane.Plan plan = new Lane.Plan(shapes);
    List<Lane> lanes = plan.pack(columns);
    List<Lane> out =
        switch (role) {
          case 0 -> zero(party, step, lanes, next, previous);
          case 1 -> one(party, step, lanes, next, previous);
          default -> two(party, step, lanes, next, previous);
        };
    return plan.unpack(out, shapes, rows);
  }

  /** Sends x2 = p20(p01(a + b + z01) + z20) to role 1 and draws its new components. */
  private static List<Lane> zero(Party party, Step step, List<Lane> lanes, int[] p01, int[] p20) {
    RandomWords z01 = party.withNext(step, "mask");
    RandomWords z20 = party.withPrevious(step, "mask");
    RandomWords newB = party.withNext(step, "fresh");
    RandomWords newA = party.withPrevious(step, "fresh");
    int rows = p01.length;
    int[] both = Permutation.compose(p01, p20);
    List<Lane> out = new ArrayList<>(lanes.size());
    for (int l = 0; l < lanes.size(); l++) {
      Lane whole = lanes.set(l, null);
      long[][] masked = new long[whole.limbs()][rows];
      long[][] z = scratch(party, whole, 0);
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        whole.draw(z01, z, 0, k);
        whole.combine(whole.first(), at, whole.second(), at, 1, masked, at, k);
        whole.combine(masked, at, z, 0, 1, masked, at, k);
      }
      Lane lane = whole.holding(masked);
      long[][] moved = new long[lane.limbs()][rows];
      for (int at = 0; at < rows; at += Wire.values(lane.wire())) {
        int count = Math.min(Wire.values(lane.wire()), rows - at);
        send(
            party,
            step,
            party.next(),
            lane,
            moved,
            at,
            count,
            (from, k) -> {
              Lane.gather(masked, both, from, moved, from, k);
              lane.draw(z20, z, 0, k);
              lane.combine(moved, from, z, 0, 1, moved, from, k);
            });
      }
      // What was sent is done with: its arrays take the new components.
      drawAll(lane, newA, masked, rows);
      drawAll(lane, newB, moved, rows);
      out.add(new Lane(lane.additive(), lane.width(), masked, moved));
    }
    party.transport().flush();
    party.transport().flush();
    return out;
  }

  /**
   * Sends y1 = p01(c - z01) to role 2 and receives x2; then sends c1 = p12(x2) - new b to role 2
   * and receives c2: the new c is c1 + c2.
   */
  private static List<Lane> one(Party party, Step step, List<Lane> lanes, int[] p12, int[] p01) {
    RandomWords z01 = party.withPrevious(step, "mask");
    RandomWords newB = party.withPrevious(step, "fresh");
    int rows = p01.length;
    List<long[][]> received = new ArrayList<>(lanes.size());
    List<long[][]> spare = new ArrayList<>(lanes.size());
    for (int l = 0; l < lanes.size(); l++) {
      Lane whole = lanes.get(l);
      long[][] masked = new long[whole.limbs()][rows];
      long[][] z = scratch(party, whole, 0);
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        whole.draw(z01, z, 0, k);
        whole.combine(whole.second(), at, z, 0, -1, masked, at, k);
      }
      Lane lane = whole.holding(masked);
      lanes.set(l, lane);
      long[][] moved = new long[lane.limbs()][rows];
      long[][] x2 = new long[lane.limbs()][rows];
      for (int at = 0; at < rows; at += Wire.values(lane.wire())) {
        int count = Math.min(Wire.values(lane.wire()), rows - at);
        send(
            party,
            step,
            party.next(),
            lane,
            moved,
            at,
            count,
            (from, k) -> Lane.gather(masked, p01, from, moved, from, k));
        receive(party, step, party.previous(), lane, x2, at, count);
      }
      received.add(x2);
      spare.add(masked);
    }
    party.transport().flush();
    List<Lane> out = new ArrayList<>(lanes.size());
    for (int l = 0; l < lanes.size(); l++) {
      Lane lane = lanes.get(l);
      long[][] x2 = received.get(l);
      long[][] b = spare.get(l);
      drawAll(lane, newB, b, rows);
      long[][] c = new long[lane.limbs()][rows];
      swap(
          party,
          step,
          party.next(),
          lane,
          c,
          rows,
          (from, k) -> {
            Lane.gather(x2, p12, from, c, from, k);
            lane.combine(c, from, b, from, -1, c, from, k);
          });
      out.add(new Lane(lane.additive(), lane.width(), b, c));
    }
    party.transport().flush();
    return out;
  }

  /** Receives y1; then sends c2 = p12(p20(y1) - z20) - new a to role 1 and receives c1. */
  private static List<Lane> two(Party party, Step step, List<Lane> lanes, int[] p20, int[] p12) {
    RandomWords z20 = party.withNext(step, "mask");
    RandomWords newA = party.withNext(step, "fresh");
    int rows = p20.length;
    List<long[][]> received = new ArrayList<>(lanes.size());
    party.transport().flush();
    for (int l = 0; l < lanes.size(); l++) {
      long[][] y1 = new long[lanes.get(l).limbs()][rows];
      Lane lane = lanes.get(l).holding(y1);
      lanes.set(l, lane);
      for (int at = 0; at < rows; at += Wire.values(lane.wire())) {
        int count = Math.min(Wire.values(lane.wire()), rows - at);
        receive(party, step, party.previous(), lane, y1, at, count);
      }
      received.add(y1);
    }
    List<Lane> out = new ArrayList<>(lanes.size());
    for (int l = 0; l < lanes.size(); l++) {
      Lane lane = lanes.get(l);
      long[][] y1 = received.get(l);
      long[][] y2 = new long[lane.limbs()][rows];
      long[][] z = scratch(party, lane, 0);
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        Lane.gather(y1, p20, at, y2, at, k);
        lane.draw(z20, z, 0, k);
        lane.combine(y2, at, z, 0, -1, y2, at, k);
      }
      // y1 is done with.
      drawAll(lane, newA, y1, rows);
      long[][] c = new long[lane.limbs()][rows];
      swap(
          party,
          step,
          party.previous(),
          lane,
          c,
          rows,
          (from, k) -> {
            Lane.gather(y2, p12, from, c, from, k);
            lane.combine(c, from, y1, from, -1, c, from, k);
          });
      out.add(new Lane(lane.additive(), lane.width(), c, y1));
    }
    party.transport().flush();
    return out;
  }

  @FunctionalInterface
  private interface Fill {
    void fill(int from, int count);
  }

  private static long[][] scratch(Party party, Lane lane, int which) {
    return lane.limbs() == 1
        ? new long[][] {party.scratch(which)}
        : new long[][] {party.scratch(which), party.scratch(which + 1)};
  }

  private static void drawAll(Lane lane, RandomWords stream, long[][] out, int rows) {
    for (int at = 0; at < rows; at += Transport.PIECE) {
      lane.draw(stream, out, at, Math.min(Transport.PIECE, rows - at));
    }
  }

  /** Both limbs of a piece are computed before the first is sent. */
  private static void send(
      Party party, Step step, int peer, Lane lane, long[][] values, int at, int count, Fill fill) {
    for (int limb = 0; limb < lane.limbs(); limb++) {
      boolean computes = limb == 0;
      party.send(
          peer,
          step,
          values[limb],
          limb,
          at,
          count,
          lane.wire(),
          (segment, from, k) -> {
            if (computes) {
              fill.fill(from, k);
            }
          });
    }
  }

  private static void receive(
      Party party, Step step, int peer, Lane lane, long[][] values, int at, int count) {
    for (int limb = 0; limb < lane.limbs(); limb++) {
      party.receive(peer, step, values[limb], at, count, lane.wire());
    }
  }

  /** Two parties send each other what they computed into {@code c} and add what they receive. */
  private static void swap(
      Party party, Step step, int peer, Lane lane, long[][] c, int rows, Fill fill) {
    int values = Wire.values(lane.wire());
    int ahead = Party.AHEAD / lane.limbs() * values;
    long[][] received = new long[lane.limbs()][Math.min(values, rows)];
    int out = 0;
    int in = 0;
    while (in < rows) {
      while (out < rows && out - in < ahead) {
        int count = Math.min(values, rows - out);
        send(party, step, peer, lane, c, out, count, fill);
        out += count;
      }
      int count = Math.min(values, rows - in);
      receive(party, step, peer, lane, received, 0, count);
      lane.combine(c, in, received, 0, 1, c, in, count);
      in += count;
    }
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
