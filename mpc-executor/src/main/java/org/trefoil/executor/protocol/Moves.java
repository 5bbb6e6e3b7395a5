package org.trefoil.executor.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/**
 * One party's part in moving rows by three permutations one after the other, of which each pair of
 * parties knows one: roles 0 and 1 the first, 2 and 0 the second, 1 and 2 the last. A permutation p
 * is held as the order that it leaves: row r comes from row p[r].
 *
 * <p>{@link #first} moves by the first two and leaves components of the rows at roles 1 and 2,
 * masked by streams of pairs; {@link #second} moves by the last one and shares afresh. Between the
 * two a lane may be opened to roles 1 and 2 ({@link #opened}): it is then known under all three
 * permutations, and the last one may depend on it.
 *
 * <p>Role r's neighbour ahead is the party in role r + 1. Rows move forward where that is the next
 * party, and back where it is the previous one: components then change places.
 */
final class Moves {
  private final Party party;
  private final Step step;
  private final int role;
  private final boolean back;
  private final int[] withAhead;
  private final int[] withBehind;

  /** Of each lane its look, what this party holds of it between the rounds, and spare arrays. */
  private final List<Lane> lanes = new ArrayList<>();

  private final List<long[][]> spare = new ArrayList<>();

  /** Arrays of a limb of all rows that nobody reads any longer. */
  private final Deque<long[]> free = new ArrayDeque<>();

  private Moves(Party party, Step step, int role, boolean back, int[] withAhead, int[] withBehind) {
    this.party = party;
    this.step = step;
    this.role = role;
    this.back = back;
    this.withAhead = withAhead;
    this.withBehind = withBehind;
  }

  /**
   * @param next the permutation that this party shares with the next one
   * @param previous the one that it shares with the previous one
   */
  static Moves forward(Party party, Step step, int role, int[] next, int[] previous) {
    return new Moves(party, step, role, false, next, previous);
  }

  /** By the inverses of what {@link #forward} was given, in the opposite order of pairs. */
  static Moves back(Party party, Step step, int role, int[] next, int[] previous) {
    return new Moves(party, step, 2 - role, true, Local.inverse(previous), Local.inverse(next));
  }

  private int ahead() {
    return back ? party.previous() : party.next();
  }

  private int behind() {
    return back ? party.next() : party.previous();
  }

  private RandomWords stream(boolean ahead, String purpose) {
    return ahead != back ? party.withNext(step, purpose) : party.withPrevious(step, purpose);
  }

  /** Of the components of {@code lane} that which the neighbour ahead also has, or the other. */
  private long[][] component(Lane lane, boolean ahead) {
    return ahead != back ? lane.second() : lane.first();
  }

  /** What role 1 and 2 know of the last permutation; null at role 0. */
  int[] last() {
    return role == 0 ? null : role == 1 ? withAhead : withBehind;
  }

  /**
   * Moves by the first and the second permutation: one round. Empties the list of lanes. The rows
   * that a lane lacks are zeros.
   */
  void first(List<Lane> moving) {
    switch (role) {
      case 0 -> maskAndSend(moving);
      case 1 -> sendAndReceive(moving);
      default -> receive(moving);
    }
    moving.clear();
    party.transport().flush();
  }

  /** Role 0: sends x2 = p20(p01(a + b + z01) + z20) to role 1. */
  private void maskAndSend(List<Lane> moving) {
    RandomWords z01 = stream(true, "mask");
    RandomWords z20 = stream(false, "mask");
    int rows = withAhead.length;
    int[] both = Permutation.compose(withAhead, withBehind);
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] masked = arrays(whole.limbs(), rows);
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        int held = whole.held(at, k);
        whole.draw(z01, masked, at, k);
        whole.combine(masked, at, whole.first(), at, 1, masked, at, held);
        whole.combine(masked, at, whole.second(), at, 1, masked, at, held);
      }
      Lane lane = whole.holding(masked);
      long[][] z = scratch(lane);
      long[][] moved = message(lane, rows);
      for (int at = 0; at < rows; at += moved[0].length) {
        int count = Math.min(moved[0].length, rows - at);
        int begin = at;
        send(
            ahead(),
            lane,
            moved,
            0,
            count,
            (from, k) -> {
              Lane.gather(masked, both, begin + from, moved, from, k);
              lane.draw(z20, z, 0, k);
              lane.combine(moved, from, z, 0, 1, moved, from, k);
            });
      }
      lanes.add(lane);
      spare.add(null);
    }
  }

  /** Role 1: sends y1 = p01(c - z01) to role 2 and receives x2. */
  private void sendAndReceive(List<Lane> moving) {
    RandomWords z01 = stream(false, "mask");
    int rows = withAhead.length;
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] masked = arrays(whole.limbs(), rows);
      long[][] none = null;
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        int held = whole.held(at, k);
        whole.draw(z01, masked, at, k);
        whole.combine(component(whole, true), at, masked, at, -1, masked, at, held);
        if (held < k) {
          none = none == null ? new long[whole.limbs()][Transport.PIECE] : none;
          whole.combine(none, 0, masked, at + held, -1, masked, at + held, k - held);
        }
      }
      long[][] x2 = arrays(whole.limbs(), rows);
      Lane lane = whole.holding(x2);
      long[][] moved = message(lane, rows);
      for (int at = 0; at < rows; at += moved[0].length) {
        int count = Math.min(moved[0].length, rows - at);
        int begin = at;
        send(
            ahead(),
            lane,
            moved,
            0,
            count,
            (from, k) -> Lane.gather(masked, withBehind, begin + from, moved, from, k));
        receive(behind(), lane, x2, at, count);
      }
      lanes.add(lane);
      spare.add(masked);
    }
  }

  /** Role 2: receives y1; y2 = p20(y1) - z20. */
  private void receive(List<Lane> moving) {
    RandomWords z20 = stream(true, "mask");
    int rows = withAhead.length;
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] y1 = arrays(whole.limbs(), rows);
      for (int at = 0; at < rows; at += Wire.values(whole.wire())) {
        receive(behind(), whole, y1, at, Math.min(Wire.values(whole.wire()), rows - at));
      }
      long[][] y2 = arrays(whole.limbs(), rows);
      Lane lane = whole.holding(y2);
      long[][] z = scratch(lane);
      for (int at = 0; at < rows; at += Transport.PIECE) {
        int k = Math.min(Transport.PIECE, rows - at);
        Lane.gather(y1, withAhead, at, y2, at, k);
        lane.draw(z20, z, 0, k);
        lane.combine(y2, at, z, 0, -1, y2, at, k);
      }
      lanes.add(lane);
      spare.add(y1);
    }
  }

  /**
   * Opens the first lane, of one limb, to roles 1 and 2, in the order of all three permutations,
   * and removes it: one round, in which each sends the other what it holds.
   *
   * @return the values; null at role 0, which sees nothing
   */
  long[] opened() {
    Lane lane = lanes.remove(0);
    forget(spare.remove(0));
    long[] values = null;
    if (role != 0) {
      int rows = withAhead.length;
      int[] last = last();
      long[][] held = lane.first();
      long[][] sum = arrays(1, rows);
      swap(lane, sum, rows, (from, k) -> Lane.gather(held, last, from, sum, from, k));
      values = sum[0];
    }
    forget(lane.first());
    party.transport().flush();
    return values;
  }

  /**
   * Moves by the last permutation, and shares afresh: one round. Role 1 sends c1 = p12(x2) - b to
   * role 2, which sends c2 = p12(y2) - a: the new c is c1 + c2, a and b are drawn.
   *
   * @param last the last permutation of {@code count} rows out of all, from entry {@code from} on
   */
  List<Lane> second(int[] last, int from, int count) {
    List<Lane> out = new ArrayList<>(lanes.size());
    RandomWords freshAhead = role == 1 ? null : stream(true, "fresh");
    RandomWords freshBehind = role == 2 ? null : stream(false, "fresh");
    for (int l = 0; l < lanes.size(); l++) {
      Lane lane = lanes.set(l, null);
      long[][] held = lane.first();
      long[][] drawn = spare.set(l, null);
      boolean all = count == held[0].length;
      if (!all || drawn == null) {
        drawn = arrays(lane.limbs(), count);
      }
      long[][] behind;
      long[][] ahead;
      if (role == 0) {
        behind = all ? held : arrays(lane.limbs(), count);
        ahead = drawn;
        drawAll(lane, freshBehind, behind, count);
        drawAll(lane, freshAhead, ahead, count);
      } else {
        long[][] c = arrays(lane.limbs(), count);
        long[][] taken = drawn;
        drawAll(lane, role == 1 ? freshBehind : freshAhead, taken, count);
        swap(
            lane,
            c,
            count,
            (at, k) -> {
              Lane.gather(held, last, from + at, c, at, k);
              lane.combine(c, at, taken, at, -1, c, at, k);
            });
        behind = role == 1 ? taken : c;
        ahead = role == 1 ? c : taken;
        forget(held);
      }
      out.add(
          back
              ? new Lane(lane.additive(), lane.width(), ahead, behind)
              : new Lane(lane.additive(), lane.width(), behind, ahead));
    }
    party.transport().flush();
    return out;
  }

  @FunctionalInterface
  private interface Fill {
    void fill(int from, int count);
  }

  /** Arrays for limbs of so many rows, with anything in them. */
  private long[][] arrays(int limbs, int rows) {
    long[][] out = new long[limbs][];
    for (int limb = 0; limb < limbs; limb++) {
      boolean again = !free.isEmpty() && free.peek().length == rows;
      out[limb] = again ? free.pop() : new long[rows];
    }
    return out;
  }

  private void forget(long[][] limbs) {
    if (limbs != null) {
      free.addAll(List.of(limbs));
    }
  }

  /** Room for one message of a lane. */
  private static long[][] message(Lane lane, int rows) {
    return new long[lane.limbs()][Math.min(Wire.values(lane.wire()), Math.max(1, rows))];
  }

  private long[][] scratch(Lane lane) {
    return lane.limbs() == 1
        ? new long[][] {party.scratch(0)}
        : new long[][] {party.scratch(0), party.scratch(1)};
  }

  private static void drawAll(Lane lane, RandomWords stream, long[][] out, int rows) {
    for (int at = 0; at < rows; at += Transport.PIECE) {
      lane.draw(stream, out, at, Math.min(Transport.PIECE, rows - at));
    }
  }

  /** Both limbs of a piece are computed before the first is sent. */
  private void send(int peer, Lane lane, long[][] values, int at, int count, Fill fill) {
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

  private void receive(int peer, Lane lane, long[][] values, int at, int count) {
    for (int limb = 0; limb < lane.limbs(); limb++) {
      party.receive(peer, step, values[limb], at, count, lane.wire());
    }
  }

  /** Roles 1 and 2 send each other what they computed into {@code c} and add what they receive. */
  private void swap(Lane lane, long[][] c, int rows, Fill fill) {
    int peer = role == 1 ? ahead() : behind();
    int values = Wire.values(lane.wire());
    int most = Party.AHEAD / lane.limbs() * values;
    long[][] received = new long[lane.limbs()][Math.min(values, rows)];
    int out = 0;
    int in = 0;
    while (in < rows) {
      while (out < rows && out - in < most) {
        int count = Math.min(values, rows - out);
        send(peer, lane, c, out, count, fill);
        out += count;
      }
      int count = Math.min(values, rows - in);
      receive(peer, lane, received, 0, count);
      lane.combine(c, in, received, 0, 1, c, in, count);
      in += count;
    }
  }
}
