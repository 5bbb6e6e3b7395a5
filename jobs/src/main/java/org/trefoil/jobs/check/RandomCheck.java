package org.trefoil.jobs.check;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Compares a range of the random queries of a seed; some queries in a row share their tables. */
public final class RandomCheck {
  private static final int QUERIES_PER_TABLES = 25;
  private static final int PROGRESS = 50;

  private final SparkSession spark;
  private final Path folder;
  private final long seed;
  private final PrintStream notes;
  private final Outcomes outcomes = new Outcomes();

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
   * @return whether no answer differs
   */
  public boolean run(int from, int to) throws IOException {
    RandomTables tables = null;
    for (int i = from; i < to; i++) {
      if (tables == null || tables.number() != i / QUERIES_PER_TABLES) {
        spark.catalog().clearCache();
        tables = RandomTables.of(seed, i / QUERIES_PER_TABLES);
        tables.register(spark, folder);
      }
      RandomQuery query = RandomQuery.of(seed, i, tables);
      Comparison.Outcome outcome = new Comparison(spark).of(tables, query);
      outcomes.add(outcome);
      if (outcome.verdict() == Comparison.Verdict.DIFFERENT) {
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
      } else if (outcome.verdict() == Comparison.Verdict.REFUSED && to == from + 1) {
        notes.println(query.text() + "\n  " + outcome.detail());
      }
      if (outcome.verdict() == Comparison.Verdict.DIFFERENT && to == from + 1) {
        tables.tables().forEach(t -> notes.println(t.name() + " " + t.ddl() + "\n" + t.json()));
      }
      if ((i + 1 - from) % PROGRESS == 0) {
        notes.println((i + 1 - from) + " queries, " + outcomes.compared() + " of them answered");
      }
    }
    return outcomes.allEqual();
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
