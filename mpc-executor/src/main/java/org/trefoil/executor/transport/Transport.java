package org.trefoil.executor.transport;

import java.util.List;

/**
 * One party's links to its two peers during one query. Messages between two parties arrive in the
 * order in which they were sent, and both sides know every message's step and length ahead. Used by
 * one thread; a query with several has a transport for each.
 *
 * <p>Any protocol that has at most {@link #WINDOW} longs towards a peer outstanding, that is, sent
 * and not yet known to have been received, never blocks in {@link #send}; so three parties may send
 * to each other at once.
 */
public interface Transport extends AutoCloseable {
  /** Longs that a queue towards a peer holds at least before {@link #send} may block: 1 MiB. */
  int WINDOW = 1 << 17;

  /** Longs of the longest message that protocols send: 64 KiB. */
  int PIECE = 1 << 13;

  /** This party: 0, 1 or 2. */
  int party();

  /**
   * Sends {@code words[from .. from + count)} as one message; the words are copied before this
   * returns. Blocks while the bounded queue is full. A small message may be held back until {@link
   * #flush} or until this party receives.
   */
  void send(int peer, Step step, long[] words, int from, int count);

  /**
   * Waits for the next message from {@code peer} and puts it at {@code words[from .. from +
   * count)}; whatever was held back leaves before this blocks. TIMEOUT or PEER_UNAVAILABLE, naming
   * peer and step; STEP_MISMATCH if the message is of another step or length.
   */
  void receive(int peer, Step step, long[] words, int from, int count);

  /**
   * Sends what was held back and ends a round: protocols call it once per round, at every party.
   */
  void flush();

  /** The links of the query's other threads, if it has any; closed with these. */
  default List<Transport> beside() {
    return List.of();
  }

  /** Sends what was held back; the round goes on. */
  default void push() {}

  /** Bytes of payload sent so far: 8 per word, without frames. */
  long bytesSent();

  /** Rounds so far: calls of {@link #flush}. */
  long rounds();

  /** Nanoseconds spent waiting in {@link #receive} and {@link #send}. */
  long waitNanos();

  @Override
  void close();
}
