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
  private final Crew crew;
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
    this.crew = party.crew(step, withAhead.length);
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

  /** The streams of every thread, which each draws from for its rows of all lanes. */
  private RandomWords[] streams(boolean ahead, String purpose) {
    RandomWords[] streams = new RandomWords[crew.size()];
    for (int k = 0; k < streams.length; k++) {
      streams[k] =
          ahead != back
              ? crew.party(k).withNext(crew.step(k), purpose)
              : crew.party(k).withPrevious(crew.step(k), purpose);
    }
    return streams;
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
    RandomWords[] z01 = streams(true, "mask");
    RandomWords[] z20 = streams(false, "mask");
    int rows = withAhead.length;
    int[] both = Permutation.compose(withAhead, withBehind);
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] masked = arrays(whole.limbs(), rows);
      crew.run(rows, (w, from, to) -> mask(whole, z01[w], masked, from, to));
      Lane lane = whole.holding(masked);
      crew.run(rows, (w, from, to) -> sendMoved(w, lane, both, z20[w], from, to));
      lanes.add(lane);
      spare.add(null);
    }
  }

  /** {@code masked} = a + b + z01. */
  private static void mask(Lane whole, RandomWords z01, long[][] masked, int from, int to) {
    for (int at = from; at < to; at += Transport.PIECE) {
      int k = Math.min(Transport.PIECE, to - at);
      int held = whole.held(at, k);
      whole.draw(z01, masked, at, k);
      whole.combine(masked, at, whole.first(), at, 1, masked, at, held);
      whole.combine(masked, at, whole.second(), at, 1, masked, at, held);
    }
  }

  private void sendMoved(int member, Lane lane, int[] both, RandomWords z20, int from, int to) {
    long[][] z = scratch(crew.party(member), lane);
    long[][] moved = message(lane, to - from);
    for (int at = from; at < to; at += moved[0].length) {
      int begin = at;
      send(
          member,
          ahead(),
          lane,
          moved,
          0,
          Math.min(moved[0].length, to - at),
          (first, k) -> {
            Lane.gather(lane.first(), both, begin + first, moved, first, k);
            lane.draw(z20, z, 0, k);
            lane.combine(moved, first, z, 0, 1, moved, first, k);
          });
    }
    end(member);
  }

  /** Role 1: sends y1 = p01(c - z01) to role 2 and receives x2. */
  private void sendAndReceive(List<Lane> moving) {
    RandomWords[] z01 = streams(false, "mask");
    int rows = withAhead.length;
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] masked = arrays(whole.limbs(), rows);
      crew.run(rows, (w, from, to) -> difference(whole, z01[w], masked, from, to));
      long[][] x2 = arrays(whole.limbs(), rows);
      Lane lane = whole.holding(x2);
      crew.run(rows, (w, from, to) -> sendAndReceive(w, lane, masked, from, to));
      lanes.add(lane);
      spare.add(masked);
    }
  }

  /** {@code masked} = c - z01. */
  private void difference(Lane whole, RandomWords z01, long[][] masked, int from, int to) {
    long[][] none = null;
    for (int at = from; at < to; at += Transport.PIECE) {
      int k = Math.min(Transport.PIECE, to - at);
      int held = whole.held(at, k);
      whole.draw(z01, masked, at, k);
      whole.combine(component(whole, true), at, masked, at, -1, masked, at, held);
      if (held < k) {
        none = none == null ? new long[whole.limbs()][Transport.PIECE] : none;
        whole.combine(none, 0, masked, at + held, -1, masked, at + held, k - held);
      }
    }
  }

  private void sendAndReceive(int member, Lane lane, long[][] masked, int from, int to) {
    long[][] moved = message(lane, to - from);
    for (int at = from; at < to; at += moved[0].length) {
      int count = Math.min(moved[0].length, to - at);
      int begin = at;
      send(
          member,
          ahead(),
          lane,
          moved,
          0,
          count,
          (first, k) -> Lane.gather(masked, withBehind, begin + first, moved, first, k));
      receive(member, behind(), lane, lane.first(), at, count);
    }
    end(member);
  }

  /** Role 2: receives y1; y2 = p20(y1) - z20. */
  private void receive(List<Lane> moving) {
    RandomWords[] z20 = streams(true, "mask");
    int rows = withAhead.length;
    for (int l = 0; l < moving.size(); l++) {
      Lane whole = moving.set(l, null);
      long[][] y1 = arrays(whole.limbs(), rows);
      int message = Wire.values(whole.wire());
      crew.run(
          rows,
          (w, from, to) -> {
            for (int at = from; at < to; at += message) {
              receive(w, behind(), whole, y1, at, Math.min(message, to - at));
            }
          });
      long[][] y2 = arrays(whole.limbs(), rows);
      Lane lane = whole.holding(y2);
      crew.run(rows, (w, from, to) -> unmask(w, lane, y1, z20[w], from, to));
      lanes.add(lane);
      spare.add(y1);
    }
  }

  /** What {@code lane} holds becomes p20(y1) - z20. */
  private void unmask(int member, Lane lane, long[][] y1, RandomWords z20, int from, int to) {
    long[][] y2 = lane.first();
    long[][] z = scratch(crew.party(member), lane);
    for (int at = from; at < to; at += Transport.PIECE) {
      int k = Math.min(Transport.PIECE, to - at);
      Lane.gather(y1, withAhead, at, y2, at, k);
      lane.draw(z20, z, 0, k);
      lane.combine(y2, at, z, 0, -1, y2, at, k);
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
      crew.run(
          rows,
          (w, begin, end) ->
              swap(
                  w,
                  lane,
                  sum,
                  begin,
                  end,
                  (from, k) -> Lane.gather(held, last, from, sum, from, k)));
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
    RandomWords[] freshAhead = role == 1 ? null : streams(true, "fresh");
    RandomWords[] freshBehind = role == 2 ? null : streams(false, "fresh");
    for (int l = 0; l < lanes.size(); l++) {
      Lane lane = lanes.set(l, null);
      long[][] held = lane.first();
      long[][] drawn = spare.set(l, null);
      boolean all = count == held[0].length;
      if (!all || drawn == null) {
        drawn = arrays(lane.limbs(), count);
      }
      long[][] taken = drawn;
      long[][] behind;
      long[][] ahead;
      if (role == 0) {
        behind = all ? held : arrays(lane.limbs(), count);
        ahead = taken;
        long[][] one = behind;
        crew.run(
            count,
            (w, begin, end) -> {
              drawAll(lane, freshBehind[w], one, begin, end);
              drawAll(lane, freshAhead[w], taken, begin, end);
            });
      } else {
        long[][] c = arrays(lane.limbs(), count);
        crew.run(
            count,
            (w, begin, end) -> {
              drawAll(lane, (role == 1 ? freshBehind : freshAhead)[w], taken, begin, end);
              swap(
                  w,
                  lane,
                  c,
                  begin,
                  end,
                  (at, k) -> {
                    Lane.gather(held, last, from + at, c, at, k);
                    lane.combine(c, at, taken, at, -1, c, at, k);
                  });
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

  /** What a thread has sent of a lane leaves, though the round goes on with others. */
  private void end(int member) {
    if (crew.size() > 1) {
      crew.party(member).transport().push();
    }
  }

  private static long[][] scratch(Party party, Lane lane) {
    return lane.limbs() == 1
        ? new long[][] {party.scratch(0)}
        : new long[][] {party.scratch(0), party.scratch(1)};
  }

  private static void drawAll(Lane lane, RandomWords stream, long[][] out, int from, int to) {
    for (int at = from; at < to; at += Transport.PIECE) {
      lane.draw(stream, out, at, Math.min(Transport.PIECE, to - at));
    }
  }

  /** Both limbs of a piece are computed before the first is sent. */
  private void send(
      int member, int peer, Lane lane, long[][] values, int at, int count, Fill fill) {
    Party party = crew.party(member);
    for (int limb = 0; limb < lane.limbs(); limb++) {
      boolean computes = limb == 0;
      party.send(
          peer,
          crew.step(member),
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

  private void receive(int member, int peer, Lane lane, long[][] values, int at, int count) {
    Party party = crew.party(member);
    for (int limb = 0; limb < lane.limbs(); limb++) {
      party.receive(peer, crew.step(member), values[limb], at, count, lane.wire());
    }
  }

  /** Roles 1 and 2 send each other what they computed into {@code c} and add what they receive. */
  private void swap(int member, Lane lane, long[][] c, int begin, int end, Fill fill) {
    int peer = role == 1 ? ahead() : behind();
    int values = Wire.values(lane.wire());
    int most = Party.AHEAD / lane.limbs() * values;
    long[][] received = new long[lane.limbs()][Math.min(values, end - begin)];
    int out = begin;
    int in = begin;
    while (in < end) {
      while (out < end && out - in < most) {
        int count = Math.min(values, end - out);
        send(member, peer, lane, c, out, count, fill);
        out += count;
      }
      int count = Math.min(values, end - in);
      receive(member, peer, lane, received, 0, count);
      lane.combine(c, in, received, 0, 1, c, in, count);
      in += count;
    }
    end(member);
  }
}
