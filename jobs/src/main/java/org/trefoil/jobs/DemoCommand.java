package org.trefoil.jobs;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The main job, printed and explained: TPC-H tables of three owners in three kinds of source, three
 * executors, an analyst who owns nothing, each a process with an identity of its own.
 */
@Command(
    name = "demo",
    description = "The main job on real processes, printed and explained; stops all it started.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final String REPORT =
      """
      SELECT c_mktsegment, o_orderpriority, count(*) AS items,
             sum(l_extendedprice * (1 - l_discount)) AS revenue
      FROM   bank.customer
             JOIN shop.orders ON o_custkey = c_custkey
             JOIN carrier.lineitem ON l_orderkey = o_orderkey
      WHERE  o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
      GROUP  BY c_mktsegment, o_orderpriority
      HAVING sum(l_quantity) > 100
      ORDER  BY revenue DESC
      LIMIT  10""";
  private static final String ROW_LEVEL =
      "SELECT c_name, c_acctbal FROM bank.customer WHERE c_custkey = 7";
  private static final String SMALL_GROUPS =
      """
      SELECT c_mktsegment, count(*) AS customers
      FROM   bank.customer
      WHERE  c_acctbal > 9700
      GROUP  BY c_mktsegment
      ORDER  BY c_mktsegment""";

  @Option(names = "--sf", defaultValue = "0.01", description = "TPC-H scale (${DEFAULT-VALUE}).")
  private double scale;

  private final PrintStream out = System.out;
  private final Map<String, Duration> times = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("trefoil-demo-");
    try (DemoDatabase database = DemoDatabase.start(folder);
        LocalCluster cluster =
            LocalCluster.temporary(DemoTables.writeOwners(folder, database), "hq")) {
      SparkSession spark = timed("start Spark", () -> session(cluster));
      try {
        return tour(spark, folder, database, cluster);
      } finally {
        spark.stop();
      }
    } finally {
      DemoTables.remove(folder);
    }
  }

  private static SparkSession session(LocalCluster cluster) {
    SparkSession spark = LocalSpark.open(SparkProperties.read(cluster.analystProperties()));
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }

  private int tour(SparkSession spark, Path folder, DemoDatabase database, LocalCluster cluster) {
    heading("Three owners, each with its own source (TPC-H at scale " + scale + ")");
    Map<String, Dataset<Row>> clear =
        timed("make the data", () -> DemoTables.create(spark, scale, folder, database));
    clear.forEach((name, table) -> out.printf("  %-18s %,9d rows%n", name, table.count()));
    heading("Processes: three executors, three owner agents, a database server");
    timed("start executors and agents", () -> start(cluster));
    for (ChildProcess child : cluster.children()) {
      out.printf("  %-18s pid %d%n", child.name(), child.pid());
    }

    heading("The analyst's SQL");
    out.println(REPORT);
    heading("What Spark would do, and what it would reveal (EXPLAIN; nothing has run)");
    out.println(timed("explain", () -> LocalSpark.explain(spark, REPORT)));
    heading("The revealed table");
    List<Row> revealed = timed("the report, on shares", () -> spark.sql(REPORT).collectAsList());
    print(spark, REPORT, revealed);
    heading("Plain Spark's answer over the same tables in the clear");
    List<Row> expected =
        timed("the same in plain Spark", () -> plain(spark, clear, REPORT).collectAsList());
    print(spark, REPORT, expected);
    boolean equal = revealed.equals(expected);
    out.println(equal ? "The two are equal." : "THE TWO DIFFER.");

    heading("What each executor received: shares, no values");
    cluster.received().forEach(line -> out.println("  " + line));

    heading("A row-level query is refused when it is planned");
    out.println(ROW_LEVEL);
    boolean refused = refused(spark);

    heading("A group of fewer than 5 customers is held back");
    out.println(SMALL_GROUPS);
    List<Row> shown =
        timed("small groups, on shares", () -> spark.sql(SMALL_GROUPS).collectAsList());
    print(spark, SMALL_GROUPS, shown);
    List<Row> all = plain(spark, clear, SMALL_GROUPS).collectAsList();
    List<Row> large = all.stream().filter(row -> row.getLong(1) >= DemoTables.K).toList();
    out.printf(
        "In the clear there are %d groups, %d of them with at least %d customers.%n",
        all.size(), large.size(), DemoTables.K);
    boolean suppressed = shown.equals(large) && large.size() < all.size();

    heading("How long each part took");
    times.forEach((part, time) -> out.printf("  %-28s %6.1f s%n", part, time.toMillis() / 1000.0));
    if (equal && refused && suppressed) {
      return 0;
    }
    System.err.println(
        "trefoil: the demo did not show what it should: report equal "
            + equal
            + ", row-level query refused "
            + refused
            + ", small groups held back "
            + suppressed);
    return Outcome.FAILED.exitCode();
  }

  private static Void start(LocalCluster cluster) {
    cluster.start();
    return null;
  }

  private boolean refused(SparkSession spark) {
    try {
      spark.sql(ROW_LEVEL).collectAsList();
      out.println("IT WAS NOT REFUSED.");
      return false;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws AnalysisException, a checked exception, undeclared.
      out.println(e.getMessage());
      return Failure.outcome(e) == Condition.ROW_LEVEL_ACCESS.outcome();
    }
  }

  /** The same text over tables in the clear, with the owners' names as prefixes of views. */
  private static Dataset<Row> plain(
      SparkSession spark, Map<String, Dataset<Row>> clear, String sql) {
    String text = sql;
    for (Map.Entry<String, Dataset<Row>> table : clear.entrySet()) {
      String view = "clear_" + table.getKey().replace('.', '_');
      table.getValue().createOrReplaceTempView(view);
      text = text.replace(table.getKey(), view);
    }
    return spark.sql(text);
  }

  private void print(SparkSession spark, String sql, List<Row> rows) {
    List<String> names = new ArrayList<>(List.of(spark.sql(sql).schema().fieldNames()));
    ResultFormat.table.write(names, rows, out);
  }

  private void heading(String text) {
    out.println();
    out.println("== " + text);
  }

  private <T> T timed(String part, Supplier<T> work) {
    Instant start = Instant.now();
    T result = work.get();
    times.put(part, Duration.between(start, Instant.now()));
    return result;
  }
}
