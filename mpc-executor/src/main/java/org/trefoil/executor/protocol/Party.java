package org.trefoil.executor.protocol;

import java.util.Objects;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/**
 * One of the three parties in one run: its links, its random streams with each peer, and scratch
 * memory for pieces of 64 KiB. All three run the same code, each on one thread, which may have
 * {@link Workers} divide large steps with it.
 */
public final class Party {
  /** Pieces that a party may be ahead of its peers: half of what a transport takes for sure. */
  static final int AHEAD = Transport.WINDOW / Transport.PIECE / 2;

  private final Transport transport;
  private final RandomStreams next;
  private final RandomStreams previous;
  private final RandomStreams own;
  private final Link link;
  private final long[][] scratch = new long[8][];
  private OpeningLog openings = OpeningLog.NONE;
  private int shuffles;
  private Workers workers = Workers.NONE;
  private Party[] others = {};

  /**
   * @param next streams of the key that this party shares with party id + 1
   * @param previous streams of the key that this party shares with party id - 1
   * @param own streams of a key that no other party has
   */
  public Party(
      Transport transport,
      RandomStreams next,
      RandomStreams previous,
      RandomStreams own,
      Link link) {
    this.transport = Objects.requireNonNull(transport);
    this.next = Objects.requireNonNull(next);
    this.previous = Objects.requireNonNull(previous);
    this.own = Objects.requireNonNull(own);
    this.link = Objects.requireNonNull(link);
  }

  /** This party, with everything that it opens told to {@code log}. */
  public Party telling(OpeningLog log) {
    openings = Objects.requireNonNull(log);
    return this;
  }

  /** This party, with threads that large steps are divided among. */
  public Party with(Workers more) {
    workers = more;
    others = new Party[more.size()];
    for (int k = 0; k < others.length; k++) {
      others[k] = new Party(more.link(k), next, previous, own, link);
    }
    return this;
  }

  /** This party as its thread {@code number} is, from 1 on. */
  Party worker(int number) {
    return others[number - 1];
  }

  /** The threads that share a step on so many rows, or longs of bits. */
  Crew crew(Step step, int rows) {
    return Crew.of(this, step, rows, workers);
  }

  /** Threads that may share a step. */
  int threads() {
    return 1 + others.length;
  }

  public int id() {
    return transport.party();
  }

  /** The party that also holds this party's second component. */
  public int next() {
    return (id() + 1) % 3;
  }

  /** The party that also holds this party's first component. */
  public int previous() {
    return (id() + 2) % 3;
  }

  public Transport transport() {
    return transport;
  }

  public Link link() {
    return link;
  }

  public RandomWords withNext(Step step, String purpose) {
    return next.stream(step.path(), purpose);
  }

  public RandomWords withPrevious(Step step, String purpose) {
    return previous.stream(step.path(), purpose);
  }

  public RandomWords own(Step step, String purpose) {
    return own.stream(step.path(), purpose);
  }

  /**
   * Places by which the roles of this run's next shuffle are handed on; the same at every party.
   */
  int nextRotation() {
    return shuffles++ % 3;
  }

  /** Told of everything that this party opens; see {@link OpeningLog}. */
  void opened(Step step, Object values) {
    openings.opened(step, values);
  }

  /** One of eight buffers of {@link Transport#PIECE} longs; its user must be done with it. */
  long[] scratch(int which) {
    long[] buffer = scratch[which];
    if (buffer == null) {
      buffer = scratch[which] = new long[Transport.PIECE];
    }
    return buffer;
  }

  /** Computes one piece of what is sent, in place. */
  @FunctionalInterface
  interface Piece {
    /** Nothing to compute: what is sent lies ready. */
    Piece READY = (segment, from, count) -> {};

    /**
     * Fills {@code [from, from + count)} of a segment; count is at most {@link Transport#PIECE}.
     */
    void fill(int segment, int from, int count);
  }

  /** A round of one segment of {@code length} 64-bit values. */
  void exchange(Step step, long[] sent, long[] received, int length, Piece piece) {
    exchange(step, sent, received, 0, length, piece);
  }

  /** A round of the 64-bit values {@code [begin, end)} of one segment. */
  void exchange(Step step, long[] sent, long[] received, int begin, int end, Piece piece) {
    exchange(step, new long[][] {sent}, new long[][] {received}, begin, end, new int[] {64}, piece);
  }

  /**
   * One round in which every party sends segments to the previous party and receives as many from
   * the next one, piece by piece: a piece is computed, sent and forgotten while it is in the cache.
   * A party is at most {@link #AHEAD} messages ahead of what it received, so that no three parties
   * block each other.
   *
   * @param begin the first value of each segment that takes part
   * @param end one after the last
   * @param wire bits per value of each segment on the wire, as {@link Wire#width} gives them
   */
  void exchange(
      Step step, long[][] sent, long[][] received, int begin, int end, int[] wire, Piece piece) {
    int outSegment = 0;
    int out = begin;
    int ahead = 0;
    int inSegment = 0;
    int in = begin;
    int next = next();
    int previous = previous();
    int segments = sent.length;
    boolean flushed = false;
    while (true) {
      while (outSegment < segments && ahead < AHEAD) {
        int count = Math.min(Wire.values(wire[outSegment]), end - out);
        if (count > 0) {
          send(previous, step, sent[outSegment], outSegment, out, count, wire[outSegment], piece);
          ahead++;
          out += count;
        }
        if (out == end) {
          outSegment++;
          out = begin;
        }
      }
      if (outSegment == segments && !flushed) {
        transport.flush();
        flushed = true;
      }
      while (inSegment < segments && in == end) {
        inSegment++;
        in = begin;
      }
      if (inSegment == segments) {
        return;
      }
      int count = Math.min(Wire.values(wire[inSegment]), end - in);
      receive(next, step, received[inSegment], in, count, wire[inSegment]);
      ahead--;
      in += count;
    }
  }

  /** Computes and sends one message of {@code count} values, packed. */
  void send(
      int peer, Step step, long[] values, int segment, int from, int count, int wire, Piece piece) {
    for (int at = from; at < from + count; at += Transport.PIECE) {
      piece.fill(segment, at, Math.min(Transport.PIECE, from + count - at));
    }
    if (wire == 64) {
      transport.send(peer, step, values, from, count);
    } else {
      long[] packed = scratch(7);
      transport.send(peer, step, packed, 0, Wire.pack(values, from, count, wire, packed));
    }
  }

  /** Receives one message of {@code count} values, packed. */
  void receive(int peer, Step step, long[] values, int from, int count, int wire) {
    if (wire == 64) {
      transport.receive(peer, step, values, from, count);
    } else {
      long[] packed = scratch(7);
      transport.receive(peer, step, packed, 0, Wire.longs(count, wire));
      Wire.unpack(packed, values, from, count, wire);
    }
  }

  @Override
  public String toString() {
    return "Party[" + id() + "]";
  }
}
