package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.spark.PlainCatalog;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.share.LocalSpark;

/** A policy's verbs are checked when the query is planned, and Spark's own filters need none. */
class PolicyTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    spark.conf().set("spark.sql.catalog.trefoil", PlainCatalog.class.getName());
    PlainExecution.INSTANCE.add(
        "clinic",
        "people",
        spark.range(9).selectExpr("id", "CAST(id AS STRING) AS name", "id % 3 AS area"),
        List.of(List.of("id")),
        20,
        ColumnPolicy.of(),
        Map.of("id", ColumnPolicy.of(Verb.JOIN), "area", ColumnPolicy.of(Verb.GROUP)));
    PlainExecution.INSTANCE.add(
        "insurer",
        "claims",
        spark
            .range(20)
            .selectExpr(
                "IF(id % 5 = 0, NULL, id % 9) AS person",
                "IF(id % 4 = 0, NULL, id) AS amount", "DATE '2024-01-01' AS day"),
        List.of(),
        20,
        ColumnPolicy.of(),
        Map.of(
            "person", ColumnPolicy.of(Verb.JOIN),
            "amount", ColumnPolicy.of(Verb.AGGREGATE),
            "day", ColumnPolicy.of(Verb.FILTER)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT area, sum(amount), avg(amount), count(amount) FROM trefoil.clinic.people JOIN"
            + " trefoil.insurer.claims ON id = person WHERE day > DATE '2023-01-01' GROUP BY area",
        "SELECT DISTINCT area FROM trefoil.clinic.people",
        "SELECT count(*), sum(amount) FROM (SELECT amount, row_number() OVER (PARTITION BY person ORDER"
            + " BY day) r FROM trefoil.insurer.claims) WHERE r = 1",
        "SELECT count(*) FROM trefoil.insurer.claims"
      })
  void allows(String query) {
    int before = PlainExecution.INSTANCE.runs();
    assertThat(spark.sql(query).collectAsList()).isNotEmpty();
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT sum(id) FROM trefoil.clinic.people",
        "SELECT name, count(*) FROM trefoil.clinic.people GROUP BY name",
        "SELECT count(*) FROM trefoil.clinic.people WHERE area = 1",
        "SELECT max(amount) FROM trefoil.insurer.claims",
        "SELECT sum(r) FROM (SELECT rank() OVER (ORDER BY amount) r FROM trefoil.insurer.claims)",
        "SELECT r, count(*) FROM (SELECT rank() OVER (ORDER BY day) r FROM trefoil.insurer.claims) GROUP"
            + " BY r",
        "SELECT max(r) FROM (SELECT rank() OVER (ORDER BY day) r FROM trefoil.insurer.claims)",
        "SELECT count(*) FROM (SELECT lag(amount) OVER (ORDER BY day) b FROM trefoil.insurer.claims)"
            + " WHERE b > 1",
        "SELECT count(*) FROM (SELECT sum(amount) OVER (PARTITION BY amount ORDER BY day) b FROM"
            + " trefoil.insurer.claims) WHERE b > 1",
        "SELECT day, count(*) FROM trefoil.insurer.claims GROUP BY day",
        "SELECT count(*) FROM trefoil.insurer.claims WHERE amount > 100",
        "SELECT sum(CASE WHEN amount > 100 THEN 1 END) FROM trefoil.insurer.claims",
        "SELECT area, sum(amount) s FROM trefoil.clinic.people JOIN trefoil.insurer.claims ON area"
            + " = person GROUP BY area"
      })
  void refuses(String query) {
    int before = PlainExecution.INSTANCE.runs();
    assertThat(catchThrowable(() -> spark.sql(query).collectAsList()))
        .hasMessageContaining("[TREFOIL_POLICY_VIOLATION]");
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before);
  }

  @Test
  void namesColumnTableAndVerb() {
    assertThat(
            catchThrowable(
                () -> spark.sql("SELECT max(amount) FROM trefoil.insurer.claims").collectAsList()))
        .hasMessageContaining("amount")
        .hasMessageContaining("insurer.claims")
        .hasMessageContaining("rank");
  }
}
