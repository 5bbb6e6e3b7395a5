package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;

/**
 * Loads the classes that a query needs, for the class data archive that {@code bin/trefoil} makes
 * after a build: with it, Spark starts in a quarter of the CPU time.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final String OWNERS =
      """
      owners:
        a:
          tables:
            t:
              source: {format: csv, path: t.csv, options: {header: "true"}}
              schema: "k BIGINT NOT NULL, g VARCHAR(10)"
              keys: [[k]]
              policy: {min-group-size: 1, default: {use: [join, group, filter]}}
        b:
          tables:
            u:
              source: {format: parquet, path: u.parquet}
              schema: "k BIGINT NOT NULL, v DECIMAL(10,2)"
              policy: {min-group-size: 2, default: {use: [join, aggregate]}}
      """;

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("trefoil-warm-up-");
    try {
      Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS);
      Files.writeString(folder.resolve("t.csv"), "k,g\n1,x\n2,y\n");
      SparkSession spark =
          LocalSpark.open(
              new SparkProperties(
                  Map.of(
                      "spark.sql.catalog.trefoil",
                      "org.trefoil.spark.TrefoilCatalog",
                      SparkProperties.CATALOG + "executors",
                      "embedded",
                      SparkProperties.CATALOG + "owners",
                      folder.resolve("OWNERS.yaml").toString())));
      spark
          .sql("SELECT id % 2 + 1 AS k, CAST(id AS DECIMAL(10,2)) AS v FROM range(10)")
          .write()
          .parquet(folder.resolve("u.parquet").toString());
      String report =
          "SELECT g, count(*) n, sum(v) s FROM a.t JOIN b.u ON t.k = u.k GROUP BY g"
              + " HAVING sum(v) > 0 ORDER BY s DESC LIMIT 5";
      long lines = LocalSpark.explain(spark, report).lines().count();
      ResultFormat.table.write(spark.sql(report), System.err);
      spark.stop();
      return lines > 0 ? 0 : 1;
    } finally {
      DemoTables.remove(folder);
    }
  }
}
