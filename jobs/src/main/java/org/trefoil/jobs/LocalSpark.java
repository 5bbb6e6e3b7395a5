package org.trefoil.jobs;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ExplainMode;

/** A Spark in this JVM, configured by a file of Spark properties. */
final class LocalSpark {
  private LocalSpark() {}

  /** Precedence: {@code properties}, then what suits one JVM on one machine. */
  static SparkSession open(SparkProperties properties) {
    SparkConf conf = new SparkConf(true);
    conf.set("spark.master", "local[2]");
    conf.set("spark.app.name", "trefoil");
    conf.set("spark.ui.enabled", "false");
    conf.set("spark.ui.showConsoleProgress", "false");
    conf.set("spark.sql.shuffle.partitions", "2");
    // Rows that Spark moves or spills lie on disk under a key that is in memory only.
    conf.set("spark.io.encryption.enabled", "true");
    conf.set("spark.driver.bindAddress", "127.0.0.1");
    conf.set("spark.driver.host", "127.0.0.1");
    conf.set("spark.sql.defaultCatalog", "trefoil");
    properties.values().forEach(conf::set);
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Spark's own plan text, with what Trefoil adds to it. */
  static String explain(SparkSession spark, String statement) {
    return explain(spark.sql(statement));
  }

  /** As {@link #explain(SparkSession, String)}, of a query that is planned. */
  static String explain(Dataset<Row> planned) {
    return planned.queryExecution().explainString(ExplainMode.fromString("formatted"));
  }
}
