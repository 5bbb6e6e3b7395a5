package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.WardTables;
import org.trefoil.spark.result.ResultScan;
import org.trefoil.spark.share.LocalSpark;

/** What Spark computes from revealed columns, stored as SQL and done again. */
class FinishTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    WardTables.register(spark);
    PlainExecution.INSTANCE.lenient(true);
  }

  @AfterAll
  static void strict() {
    PlainExecution.INSTANCE.lenient(false);
  }

  private static Dataset<Row> read(String sql) {
    return spark.read().format("trefoil").option("query", sql).load();
  }

  @Test
  void givesTheSameRowsFromTheStoredPlan() {
    for (String sql :
        List.of(
            "SELECT ward, count(*) AS n, sum(cost) FROM trefoil.north.patients GROUP BY ward",
            "SELECT ward AS `a ``b`, avg(cost) AS mean, avg(age) FROM trefoil.north.patients GROUP BY"
                + " ward",
            "SELECT round(sum(cost) / count(*), 1) + 1 AS x, ward, ward AS again FROM"
                + " trefoil.north.patients GROUP BY ward HAVING count(*) > 1",
            "SELECT upper(ward) AS w, CASE WHEN count(*) > 2 THEN 'many' ELSE 'few' END FROM"
                + " trefoil.north.patients GROUP BY ward")) {
      Dataset<Row> planned = read(sql);
      List<String> finish = Finish.of(spark, planned).orElseThrow(() -> new AssertionError(sql));
      assertThat(finish).hasSameSizeAs(planned.columns());
      ResultScan scan =
          ResultScan.plan(
              spark,
              PlainExecution.INSTANCE,
              TrefoilOptions.ofCatalog("trefoil", Map.of()),
              SubstraitPlans.decode(PlannedQueries.of(planned).get(0)),
              PlainExecution.INSTANCE.descriptors(spark));
      Dataset<Row> stored = Finish.apply(spark, scan, finish);
      assertThat(stored.columns()).isEqualTo(planned.columns());
      assertThat(stored.schema().simpleString()).isEqualTo(planned.schema().simpleString());
      assertThat(stored.collectAsList())
          .as(sql)
          .isNotEmpty()
          .containsExactlyInAnyOrderElementsOf(planned.collectAsList());
    }
  }

  @Test
  void whatIsMoreThanColumnsIsPlannedAgain() {
    for (String sql :
        List.of(
            "SELECT ward, rank() OVER (ORDER BY count(*)) FROM trefoil.north.patients GROUP BY ward",
            "SELECT ward, count(*) FROM trefoil.north.patients GROUP BY ward UNION ALL SELECT 'all',"
                + " count(*) FROM trefoil.north.patients")) {
      assertThat(Finish.of(spark, read(sql))).as(sql).isEmpty();
    }
  }
}
