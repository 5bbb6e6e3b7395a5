package org.trefoil.executor.transport;

import java.util.function.Consumer;
import org.trefoil.api.error.TrefoilException;

/**
 * A party's links with its two peers for one thread of a query: one TLS connection per peer, made
 * by {@link NettyPeerLinks}. The peers may begin at different times; what is sent early waits in a
 * bounded queue.
 */
final class NettyTransport implements Transport {
  private final int party;
  private final PeerLink next;
  private final PeerLink previous;
  private final Consumer<Boolean> whenClosed;
  private volatile Thread worker = Thread.currentThread();
  private long bytesSent;
  private long rounds;

  /**
   * @param whenClosed gets true if a peer has yet to connect and take what was sent to it
   */
  NettyTransport(int party, PeerLink next, PeerLink previous, Consumer<Boolean> whenClosed) {
    this.party = party;
    this.next = next;
    this.previous = previous;
    this.whenClosed = whenClosed;
  }

  @Override
  public int party() {
    return party;
  }

  private PeerLink link(int peer) {
    if (peer == next.peer()) {
      return next;
    }
    if (peer == previous.peer()) {
      return previous;
    }
    throw new IllegalArgumentException("party " + party + " has no peer " + peer);
  }

  private void enter() {
    Thread thread = Thread.currentThread();
    if (worker != thread) {
      worker = thread;
    }
  }

  @Override
  public void send(int peer, Step step, long[] words, int from, int count) {
    enter();
    link(peer).send(step, words, from, count);
    bytesSent += 8L * count;
  }

  @Override
  public void receive(int peer, Step step, long[] words, int from, int count) {
    enter();
    next.flush();
    previous.flush();
    link(peer).receive(step, words, from, count);
  }

  @Override
  public void flush() {
    push();
    rounds++;
  }

  @Override
  public void push() {
    enter();
    next.flush();
    previous.flush();
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long rounds() {
    return rounds;
  }

  @Override
  public long waitNanos() {
    return next.waitNanos() + previous.waitNanos();
  }

  /** Tells both peers that this party gives up, after what was flushed. Safe from any thread. */
  void abort(TrefoilException error) {
    next.abort(error);
    previous.abort(error);
  }

  /** Ends both links after what was flushed has left. Safe from any thread, any number of times. */
  @Override
  public void close() {
    boolean mine = worker == Thread.currentThread() || !worker.isAlive();
    boolean early = next.close() | previous.close();
    if (mine) {
      next.release();
      previous.release();
    }
    whenClosed.accept(early);
  }
}
