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
      Map.of(
          "spark.sql.defaultCatalog", "spark_catalog",
          "spark.log.level", "ERROR",
          "spark.sql.shuffle.partitions", "1",
          "spark.sql.adaptive.enabled", "false",
          "spark.sql.codegen.wholeStage", "false",
          "spark.sql.codegen.factoryMode", "NO_CODEGEN");

  @Option(names = "--queries", defaultValue = "100", description = "How many queries.")
  private int queries;

  @Option(
      names = "--seed",
      description = "What they follow from; a random one that is printed if it is not given.")
  private Long seed;

  @Option(names = "--query", description = "Only this one of the queries of a seed.")
  private Integer only;

  @Override
  public Integer call() throws IOException {
    long chosen = seed == null ? new SecureRandom().nextInt(1_000_000) : seed;
    System.out.println("seed      " + chosen);
    SparkSession spark = LocalSpark.open(new SparkProperties(PROPERTIES));
    Path folder = Files.createTempDirectory("trefoil-check-");
    try {
      RandomCheck check = new RandomCheck(spark, folder, chosen, System.err);
      boolean equal = only == null ? check.run(0, queries) : check.run(only, only + 1);
      check.summary().forEach(System.out::println);
      return equal ? 0 : 1;
    } finally {
      spark.stop();
      DemoTables.remove(folder);
    }
  }
}
