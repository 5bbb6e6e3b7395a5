package org.trefoil.spark.owner;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.spark.share.Cluster;
import org.trefoil.spark.share.OwnerTables;
import org.trefoil.spark.share.OwnersPart;
import org.trefoil.spark.share.SharedTotals;

/**
 * A long-lived Spark application at an owner. It registers the owner's tables with the executors,
 * asks all three for admitted queries that need them, checks each for itself and shares its
 * fragments, several queries at a time. All its connections go outwards. It prints what it shared,
 * in rows and bytes, and never a value.
 *
 * <p>An executor that does not answer is asked again; when it is back, the tables are registered
 * there again, since a restarted executor has forgotten them.
 */
public final class OwnerAgent implements AutoCloseable {
  private static final int QUERIES_AT_A_TIME = 4;
  private static final int QUERIES_REMEMBERED = 10_000;
  private static final Duration POLL = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final SparkSession spark;
  private final Cluster cluster;
  private final OwnerTables tables;
  private final Duration timeout;
  private final PrintStream out;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ExecutorService queries = daemons("trefoil-owner-query", QUERIES_AT_A_TIME);
  private final ExecutorService pollers = daemons("trefoil-owner-poll", Integer.MAX_VALUE);
  private final Set<QueryId> begun =
      Collections.newSetFromMap(
          Collections.synchronizedMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<QueryId, Boolean> eldest) {
                  return size() > QUERIES_REMEMBERED;
                }
              }));

  /**
   * An agent for all owners of {@code tables}.
   *
   * @param timeout how long one query may wait for the other owners' sizes
   */
  public OwnerAgent(
      SparkSession spark, Cluster cluster, OwnerTables tables, Duration timeout, PrintStream out) {
    this.spark = spark;
    this.cluster = cluster;
    this.tables = tables;
    this.timeout = timeout;
    this.out = out;
  }

  /**
   * Reads and registers the tables at all three executors, then serves queries on its own threads.
   *
   * @throws TrefoilException if a table can't be read or an executor does not answer
   */
  public void start() {
    for (String owner : tables.owners()) {
      List<TableDescriptor> own = tables.descriptors(spark, owner);
      cluster.connections().forEach(c -> c.register(owner, own));
      for (TableDescriptor table : own) {
        say("registered " + table.name() + ", " + table.rows() + " rows");
      }
    }
    for (ExecutorConnection connection : cluster.connections()) {
      for (String owner : tables.owners()) {
        pollers.execute(() -> poll(connection, owner));
      }
    }
  }

  /** Waits until {@link #close}. */
  public void await() throws InterruptedException {
    closed.await();
  }

  private void poll(ExecutorConnection connection, String owner) {
    boolean answered = true;
    while (closed.getCount() > 0) {
      try {
        if (!answered) {
          connection.register(owner, tables.descriptors(spark, owner));
          say(connection.name() + " is back");
          answered = true;
        }
        connection.work(owner, POLL).forEach(this::begin);
      } catch (RuntimeException e) {
        if (closed.getCount() > 0 && answered) {
          say(connection.name() + " does not answer: " + message(e));
        }
        answered = false;
        pause();
      }
    }
  }

  private void begin(OwnerTask task) {
    if (begun.add(task.query())) {
      queries.execute(() -> share(task));
    }
  }

  private void share(OwnerTask task) {
    try {
      SharedTotals shared = new OwnersPart(spark, cluster, tables, timeout).run(task);
      say(
          "query "
              + task.query()
              + " of "
              + task.analyst()
              + ": shared "
              + shared.tables()
              + (shared.tables() == 1 ? " table, " : " tables, ")
              + shared.rows()
              + " rows with dummies, "
              + shared.bytes()
              + " bytes");
    } catch (RuntimeException e) {
      say("query " + task.query() + " of " + task.analyst() + ": " + message(e));
    }
  }

  private static String message(RuntimeException e) {
    return TrefoilException.in(e)
        .map(TrefoilException::getMessage)
        .orElse("unexpected " + e.getClass().getSimpleName());
  }

  private void pause() {
    try {
      boolean unused = closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String text) {
    out.println("owner " + String.join(", ", tables.owners()) + ": " + text);
    out.flush();
  }

  /** Stops asking for work, and the queries under way; the connections are closed, Spark is not. */
  @Override
  public void close() {
    closed.countDown();
    List<ExecutorService> all = new ArrayList<>(List.of(pollers, queries));
    all.forEach(ExecutorService::shutdownNow);
    cluster.close();
  }

  private static ExecutorService daemons(String name, int threads) {
    ThreadFactory daemon =
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        };
    return threads == Integer.MAX_VALUE
        ? Executors.newCachedThreadPool(daemon)
        : Executors.newFixedThreadPool(threads, daemon);
  }
}
