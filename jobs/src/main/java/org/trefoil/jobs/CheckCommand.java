package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.trefoil.jobs.check.RandomCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares the answers to random queries over random tables with those of plain Spark. */
@Command(
    name = "check",
    description =
        "Random queries over random tables on three embedded executors, compared with plain Spark.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  /** Thousands of small queries: compiling code for each of them would take most of the time. */
  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("spark.sql.defaultCatalog", "spark_catalog"),
          Map.entry("spark.log.level", "ERROR"),
          Map.entry("spark.master", "local[4]"),
          Map.entry("spark.sql.shuffle.partitions", "1"),
          Map.entry("spark.sql.adaptive.enabled", "false"),
          Map.entry("spark.sql.autoBroadcastJoinThreshold", "-1"),
          Map.entry("spark.sql.codegen.wholeStage", "false"),
          Map.entry("spark.sql.codegen.factoryMode", "NO_CODEGEN"),
          Map.entry("spark.sql.ui.explainMode", "simple"),
          Map.entry("spark.sql.ui.retainedExecutions", "5"),
          Map.entry("spark.ui.retainedJobs", "5"),
          Map.entry("spark.ui.retainedStages", "5"),
          Map.entry("spark.ui.retainedTasks", "50"));

  @Option(names = "--queries", defaultValue = "100", description = "How many queries.")
  private int queries;

  @Option(
      names = "--seed",
      description = "What they follow from; a random one that is printed if it is not given.")
  private Long seed;

  @Option(names = "--query", description = "Only this one of the queries of a seed.")
  private Integer only;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "How many queries at a time; the answers do not depend on it.")
  private int threads;

  @Override
  public Integer call() throws IOException {
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    System.out.println("seed      " + chosen);
    SparkSession spark = LocalSpark.open(new SparkProperties(PROPERTIES));
    Path folder = Files.createTempDirectory("trefoil-check-");
    try {
      RandomCheck check = new RandomCheck(spark, folder, chosen, System.err);
      boolean equal =
          only == null ? check.run(0, queries, Math.max(1, threads)) : check.run(only, only + 1, 1);
      check.summary().forEach(System.out::println);
      return equal ? 0 : 1;
    } finally {
      spark.stop();
      DemoTables.remove(folder);
    }
  }
}
