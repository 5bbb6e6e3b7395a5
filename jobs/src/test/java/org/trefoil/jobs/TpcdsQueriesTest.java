package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Queries of TPC-DS as they are written, the 24 tables under four owners, on three embedded
 * executors: plain Spark's answer, rows in their order.
 */
@Tag("slow")
class TpcdsQueriesTest {
  static final List<String> ANSWERED = Tpcds.ANSWERED;

  private static final Map<String, List<Row>> expected = new HashMap<>();
  private static SparkSession spark;

  @BeforeAll
  static void tables(@TempDir Path folder) throws IOException {
    spark = Tpcds.session(folder);
    Tpcds.write(spark, folder, Tpcds.tables());
    Tpcds.inTheClear(spark, folder);
    for (String query : ANSWERED) {
      expected.put(query, spark.sql(Tpcds.text(query)).collectAsList());
    }
    Tpcds.onShares(spark);
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  @ParameterizedTest
  @FieldSource("ANSWERED")
  void equalsPlainSpark(String query) {
    Dataset<Row> answer = spark.sql(Tpcds.text(query));
    assertThat(answer.queryExecution().executedPlan().toString()).containsOnlyOnce("BatchScan");
    assertThat(answer.collectAsList()).isEqualTo(expected.get(query));
  }
}
