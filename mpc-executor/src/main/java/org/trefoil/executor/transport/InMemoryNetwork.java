package org.trefoil.executor.transport;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.trefoil.api.error.TrefoilException;

/** The links of three parties within one JVM: bounded queues that block as sockets do. */
public final class InMemoryNetwork implements AutoCloseable {
  private static final int SPARES = 64;

  private final Interceptor interceptor;
  private final Duration patience;
  private final Link[][] links = new Link[3][3];

  public InMemoryNetwork() {
    this(Interceptor.NONE, Duration.ofMinutes(2));
  }

  /**
   * @param patience how long a party waits for a message, or for room in a queue
   */
  public InMemoryNetwork(Interceptor interceptor, Duration patience) {
    this.interceptor = interceptor;
    this.patience = patience;
    for (int from = 0; from < 3; from++) {
      for (int to = 0; to < 3; to++) {
        links[from][to] = from == to ? null : new Link(from, to);
      }
    }
  }

  /** The transport of a party; its closing makes both peers fail instead of wait. */
  public Transport transport(int party) {
    return new InMemoryTransport(party);
  }

  @Override
  public void close() {
    for (Link[] row : links) {
      for (Link link : row) {
        if (link != null) {
          link.close();
        }
      }
    }
  }

  private final class InMemoryTransport implements Transport {
    private final int party;
    private long bytesSent;
    private long rounds;
    private long waitNanos;

    InMemoryTransport(int party) {
      this.party = party;
    }

    @Override
    public int party() {
      return party;
    }

    @Override
    public void send(int peer, Step step, long[] words, int from, int count) {
      bytesSent += 8L * count;
      waitNanos += links[party][peer].put(step.path(), words, from, count);
    }

    @Override
    public void receive(int peer, Step step, long[] words, int from, int count) {
      waitNanos += links[peer][party].take(step.path(), words, from, count);
    }

    @Override
    public void flush() {
      rounds++;
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
      return waitNanos;
    }

    @Override
    public void close() {
      for (int peer = 0; peer < 3; peer++) {
        if (peer != party) {
          links[party][peer].close();
          links[peer][party].close();
        }
      }
    }
  }

  private record Parcel(String step, long[] words, int count) {
    @Override
    public String toString() {
      return "Parcel[" + step + ", " + count + " words]";
    }
  }

  private final class Link {
    private final int from;
    private final int to;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Parcel> queue = new ArrayDeque<>();
    private final ArrayDeque<long[]> spares = new ArrayDeque<>();
    private long queued;
    private boolean closed;

    Link(int from, int to) {
      this.from = from;
      this.to = to;
    }

    long put(String step, long[] source, int at, int count) {
      long waited;
      lock.lock();
      try {
        waited =
            await(
                () -> closed || queue.isEmpty() || queued + count <= Transport.WINDOW,
                from,
                to,
                step);
        if (closed) {
          throw unavailable(from, to, step);
        }
        long[] words = count == Transport.PIECE ? spares.poll() : null;
        if (words == null) {
          words = new long[count];
        }
        System.arraycopy(source, at, words, 0, count);
        if (interceptor != Interceptor.NONE) {
          words = interceptor.pass(new Interceptor.Message(from, to, step, words));
          if (words == null) {
            return waited;
          }
        }
        queue.add(new Parcel(step, words, words.length));
        queued += words.length;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      return waited;
    }

    long take(String step, long[] target, int at, int count) {
      long waited;
      lock.lock();
      try {
        waited = await(() -> closed || !queue.isEmpty(), to, from, step);
        if (queue.isEmpty()) {
          throw unavailable(to, from, step);
        }
        Parcel parcel = queue.poll();
        if (parcel.count != count || !parcel.step.equals(step)) {
          throw new TrefoilException(
              org.trefoil.api.error.Condition.STEP_MISMATCH,
              "Cannot receive step %s of %d words at party %d: party %d sent step %s of %d words. Run the query again."
                  .formatted(step, count, to, from, parcel.step, parcel.count));
        }
        System.arraycopy(parcel.words, 0, target, at, count);
        queued -= parcel.count;
        if (count == Transport.PIECE && spares.size() < SPARES) {
          spares.add(parcel.words);
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      return waited;
    }

    void close() {
      lock.lock();
      try {
        closed = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private long await(BooleanSupplier ready, int waiting, int peer, String step) {
      if (ready.getAsBoolean()) {
        return 0;
      }
      long start = System.nanoTime();
      long left = patience.toNanos();
      try {
        while (!ready.getAsBoolean()) {
          if (left <= 0) {
            throw new TrefoilException(
                org.trefoil.api.error.Condition.TIMEOUT,
                "Cannot go on with step %s at party %d: party %d has not answered for %s. Check that it runs, then run the query again."
                    .formatted(step, waiting, peer, patience));
          }
          left = changed.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TrefoilException(
            org.trefoil.api.error.Condition.QUERY_CANCELLED,
            "Cannot go on with step " + step + ": the query was cancelled. Run it again.",
            e);
      }
      return System.nanoTime() - start;
    }

    private TrefoilException unavailable(int at, int peer, String step) {
      return new TrefoilException(
          org.trefoil.api.error.Condition.PEER_UNAVAILABLE,
          "Cannot go on with step %s at party %d: the link with party %d is closed. Run the query again."
              .formatted(step, at, peer));
    }
  }
}
