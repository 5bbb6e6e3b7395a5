package org.trefoil.spark.share;

import org.apache.spark.sql.SparkSession;

/**
 * The one Spark session of this module's fast sharing tests: two threads, tasks are tried four
 * times, no UI.
 */
public final class LocalSpark {
  private LocalSpark() {}

  public static synchronized SparkSession session() {
    return SparkSession.builder()
        .master("local[2, 4]")
        .appName("sharing tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", "target/spark-warehouse")
        .getOrCreate();
  }
}
