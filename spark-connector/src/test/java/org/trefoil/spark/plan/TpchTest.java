package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.spark.PlainCatalog;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.TpchTables;
import org.trefoil.spark.result.ResultScan;
import org.trefoil.spark.share.LocalSpark;

/**
 * The 22 queries of TPC-H, as they are written: from Catalyst to the plan, its bytes, back, and to
 * SQL over the same rows. One leaf each, and plain Spark's answer.
 */
class TpchTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    spark.conf().set("spark.sql.catalog.trefoil", PlainCatalog.class.getName());
    TpchTables.register(spark, 0.003);
    PlainExecution.INSTANCE.lenient(true);
  }

  @AfterAll
  static void strict() {
    PlainExecution.INSTANCE.lenient(false);
  }

  static IntStream queries() {
    return IntStream.rangeClosed(1, 22);
  }

  private static String text(int query) throws IOException {
    return Files.readString(
        Path.of("../jobs/src/main/resources/org/trefoil/jobs/tpch/q" + query + ".sql"));
  }

  @ParameterizedTest(name = "Q{0}")
  @MethodSource("queries")
  void isOneLeafWithPlainSparksAnswer(int query) throws IOException {
    String sql = text(query);
    TpchTables.views(spark, true);
    Dataset<Row> secure = spark.sql(sql);
    List<LogicalPlan> leaves = Trees.list(secure.queryExecution().optimizedPlan().collectLeaves());
    assertThat(leaves).hasSize(1);
    assertThat(leaves.get(0))
        .isInstanceOfSatisfying(
            DataSourceV2ScanRelation.class,
            leaf -> assertThat(leaf.scan()).isInstanceOf(ResultScan.class));
    int before = PlainExecution.INSTANCE.runs();
    List<Row> rows = secure.collectAsList();
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
    TpchTables.views(spark, false);
    assertThat(rows).isEqualTo(spark.sql(sql).collectAsList());
  }

  /** The policy allows them, and the executors know how to run them. */
  @ParameterizedTest(name = "Q{0}")
  @MethodSource("queries")
  void isPlannedForTheExecutors(int query) throws IOException {
    PlainExecution.INSTANCE.lenient(false);
    TpchTables.views(spark, true);
    try {
      assertThat(spark.sql(text(query)).queryExecution().optimizedPlan()).isNotNull();
    } finally {
      PlainExecution.INSTANCE.lenient(true);
    }
  }
}
