package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Transport;

/**
 * The threads that one party's run has besides its own. Each talks to its peers' thread of the same
 * number over links of its own, so that no two messages race for one. They begin when they are
 * first needed and end with {@link #close}; a failure of one ends all of them.
 */
public final class Workers implements AutoCloseable {
  /** Rows, or longs of bits, of a slice at least: fewer are not worth handing over. */
  public static final int LEAST = 1 << 15;

  static final Workers NONE = new Workers(List.of(), LEAST);

  private final List<Transport> links;
  private final int least;
  private final List<Thread> threads = new ArrayList<>();
  private ExecutorService pool;

  /**
   * @param links of each thread; the same number at all three parties
   * @param least rows of a slice; the same at all three parties
   */
  public Workers(List<Transport> links, int least) {
    this.links = List.copyOf(links);
    this.least = least;
  }

  /** Threads beside the run's own. */
  int size() {
    return links.size();
  }

  Transport link(int which) {
    return links.get(which);
  }

  /** In how many slices so many rows are computed at a time; public, as the rows are. */
  int parts(int rows) {
    return links.isEmpty() ? 1 : Math.max(1, Math.min(1 + links.size(), rows / least));
  }

  /**
   * Runs {@code part} for 0, in the calling thread, to {@code parts - 1}, and returns when all have
   * ended. If one fails, the others are interrupted, and what failed first is thrown; none runs
   * again.
   */
  void run(int parts, IntConsumer part) {
    begin();
    Join join = new Join(parts - 1);
    for (int k = 1; k < parts; k++) {
      int number = k;
      try {
        pool.execute(() -> join.ended(attempt(number, part)));
      } catch (RuntimeException | Error e) {
        join.ended(e);
      }
    }
    join.failed(attempt(0, part));
    join.await(pool);
  }

  private static Throwable attempt(int number, IntConsumer part) {
    try {
      part.accept(number);
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private void begin() {
    if (pool == null) {
      String name = Thread.currentThread().getName();
      pool = Executors.newFixedThreadPool(links.size(), task -> thread(name, task));
    }
  }

  private Thread thread(String run, Runnable task) {
    synchronized (threads) {
      Thread thread = new Thread(task, run + "-worker-" + (threads.size() + 1));
      thread.setDaemon(true);
      threads.add(thread);
      return thread;
    }
  }

  /** Ends the threads, and returns when they are gone: {@link #run} has left nothing in them. */
  @Override
  public void close() {
    if (pool == null) {
      return;
    }
    pool.shutdownNow();
    List<Thread> begun;
    synchronized (threads) {
      begun = List.copyOf(threads);
    }
    boolean interrupted = false;
    for (Thread thread : begun) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The threads that still run, and what went wrong in the first that failed for itself. */
  private static final class Join {
    private int running;
    private Throwable failure;

    Join(int running) {
      this.running = running;
    }

    synchronized void ended(Throwable error) {
      failed(error);
      running--;
      notifyAll();
    }

    synchronized void failed(Throwable error) {
      if (error == null || error == failure) {
        return;
      }
      if (failure == null) {
        failure = error;
      } else if (isConsequence(failure) && !isConsequence(error)) {
        error.addSuppressed(failure);
        failure = error;
      } else {
        failure.addSuppressed(error);
      }
    }

    /** A wait that ended because another thread, here or at a peer, had given up. */
    private static boolean isConsequence(Throwable error) {
      return error instanceof TrefoilException e
          && (e.condition() == Condition.PEER_UNAVAILABLE
              || e.condition() == Condition.QUERY_CANCELLED);
    }

    synchronized void await(ExecutorService pool) {
      boolean interrupted = false;
      boolean stopped = false;
      while (running > 0) {
        if (failure != null && !stopped) {
          stopped = true;
          running -= pool.shutdownNow().size(); // those that never began
          continue;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
          failed(cancelled());
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure instanceof Error e) {
        throw e;
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
    }

    private static TrefoilException cancelled() {
      return new TrefoilException(
          Condition.QUERY_CANCELLED,
          "Cannot wait for the other threads of the query: it was cancelled. Run it again.");
    }
  }
}
