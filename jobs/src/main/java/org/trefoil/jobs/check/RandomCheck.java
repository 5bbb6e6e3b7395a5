package org.trefoil.jobs.check;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import scala.jdk.javaapi.CollectionConverters;

/** Compares a range of the random queries of a seed; some queries in a row share their tables. */
public final class RandomCheck {
  private static final int QUERIES_PER_TABLES = 25;
  private static final int PROGRESS = 50;

  private final SparkSession spark;
  private final Path folder;
  private final long seed;
  private final PrintStream notes;
  private final Outcomes outcomes = new Outcomes();
  private int done;
  private double since;

  /**
   * Prepares a check.
   *
   * @param folder where tables are written
   * @param notes for differences and progress
   */
  public RandomCheck(SparkSession spark, Path folder, long seed, PrintStream notes) {
    this.spark = spark;
    this.folder = folder;
    this.seed = seed;
    this.notes = notes;
  }

  /**
   * Runs the queries {@code from} to {@code to}, exclusive.
   *
   * @param threads how many run at a time; the answers are the same with any number
   * @return whether no answer differs
   */
  public boolean run(int from, int to, int threads) throws IOException {
    since = processSeconds();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> sets = new ArrayList<>();
      for (int i = from; i < to; i = after(i, to)) {
        int first = i;
        sets.add(workers.submit(() -> compare(first, after(first, to), to == from + 1)));
      }
      for (Future<?> set : sets) {
        set.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("Cannot go on: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      workers.shutdownNow();
    }
    return outcomes.allEqual();
  }

  /** The end of the queries that share their tables with query {@code i}. */
  private static int after(int i, int to) {
    return Math.min(to, (i / QUERIES_PER_TABLES + 1) * QUERIES_PER_TABLES);
  }

  /** Compares queries over the same tables. Views and catalogs are forgotten with their session. */
  private Void compare(int from, int to, boolean alone) throws IOException {
    RandomTables tables = RandomTables.of(seed, from / QUERIES_PER_TABLES);
    SparkSession session = spark.newSession();
    SparkSession.setActiveSession(session);
    tables.register(session, folder);
    try {
      for (int i = from; i < to; i++) {
        RandomQuery query =
            RandomQuery.of(
                seed,
                i,
                tables,
                q -> known(session.sql(tables.plain(q)).queryExecution().optimizedPlan()));
        note(i, tables, query, new Comparison(session).of(tables, query), alone);
      }
    } finally {
      tables.remove();
      SparkSession.clearActiveSession();
    }
    return null;
  }

  /** What the one column of {@code plan} is, if Spark knows that without rows; NULL is no. */
  private static Optional<Boolean> known(LogicalPlan plan) {
    if (plan instanceof Union union) {
      List<Optional<Boolean>> all =
          CollectionConverters.asJava(union.children()).stream()
              .map(RandomCheck::known)
              .distinct()
              .toList();
      return all.size() == 1 ? all.get(0) : Optional.empty();
    }
    return plan instanceof Project project
            && project.projectList().head() instanceof Alias column
            && column.child() instanceof Literal literal
        ? Optional.of(Boolean.TRUE.equals(literal.value()))
        : Optional.empty();
  }

  private synchronized void note(
      int i, RandomTables tables, RandomQuery query, Comparison.Outcome outcome, boolean alone) {
    outcomes.add(outcome);
    boolean different = outcome.verdict() == Comparison.Verdict.DIFFERENT;
    if (different) {
      notes.println(
          "Query "
              + i
              + " of seed "
              + seed
              + " differs (bin/trefoil check --seed "
              + seed
              + " --query "
              + i
              + ")\n  "
              + tables.secure(query.text(), query.altered())
              + "\n  "
              + outcome.detail());
    } else if (outcome.verdict() == Comparison.Verdict.REFUSED && alone) {
      notes.println(query.text() + "\n  " + outcome.detail());
    }
    if (different && alone) {
      notes.println("in the clear: " + tables.plain(query.expected()));
      tables
          .tables()
          .forEach(
              t ->
                  notes.println(
                      t.owner()
                          + "."
                          + t.name()
                          + " "
                          + t.minimum()
                          + " "
                          + t.ddl()
                          + "\n"
                          + t.json()));
    }
    if (++done % PROGRESS == 0) {
      double seconds = processSeconds();
      notes.printf(
          Locale.ROOT,
          "%d queries, %d of them answered; the last %d took %.2f s of processor time each%n",
          done,
          outcomes.compared(),
          PROGRESS,
          (seconds - since) / PROGRESS);
      since = seconds;
    }
  }

  /** Processor time of all threads of this JVM, those that have ended included. */
  private static double processSeconds() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }

  /** What became of them, for people. */
  public List<String> summary() {
    return outcomes.lines();
  }

  /** How many of them were compared: the others are outside the profile. */
  public int compared() {
    return outcomes.compared();
  }
}
