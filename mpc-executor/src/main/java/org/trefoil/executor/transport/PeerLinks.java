package org.trefoil.executor.transport;

import org.trefoil.api.error.TrefoilException;

/**
 * An executor's links to its two peers, shared by all queries: one {@link Transport} per query, and
 * word of a failure even to a peer that isn't waiting for a message. Thread-safe.
 */
public interface PeerLinks extends AutoCloseable {
  /** Threads that a query may have. */
  int MOST_THREADS = 64;

  /** This party: 0, 1 or 2. */
  int party();

  /** How messages name a peer: {@code executor 1 (host:port)}. */
  String name(int peer);

  /**
   * Opens this party's end of a query's stream. The peers may open theirs earlier or later: what
   * they send before is kept, in a bounded queue. A stream that a peer has aborted already fails at
   * once. Each name is opened once.
   *
   * @param stream the query's id
   */
  default Transport open(String stream, Listener listener) {
    return open(stream, 0, listener);
  }

  /**
   * Opens this party's end of a stream's links for one of the query's threads, which talks to the
   * same thread of its peers. Only the links of thread 0 carry word of an abort.
   *
   * @param thread 0 for the query's own, then one after the other; less than {@link #MOST_THREADS}
   */
  Transport open(String stream, int thread, Listener listener);

  /**
   * Tells both peers, without waiting for them, that this party gives a stream up and why; their
   * waits in it end with this error. The stream's own transport is closed by its user.
   */
  void abort(String stream, TrefoilException error);

  @Override
  void close();

  /** Learns, on any thread and without blocking it, that a stream can't go on. */
  interface Listener {
    /**
     * @param error what the peer gave as its reason to {@link #abort}, or PEER_UNAVAILABLE if the
     *     link to it broke
     */
    void stopped(int peer, TrefoilException error);
  }
}
