package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.plan.Rel;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.WardTables;
import org.trefoil.spark.share.LocalSpark;

class AbsorbAggregatesTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    WardTables.register(spark);
  }

  /** One run each, and the answer that plain Spark gives over the same rows. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(*) FROM {north.patients}",
        "SELECT count(*), count(age), sum(age), min(age), max(age), avg(age) FROM {north.patients}",
        "SELECT sum(cost), avg(cost), min(cost), max(cost) FROM {north.patients} WHERE id < 0",
        "SELECT ward, avg(cost), avg(age) FROM {north.patients} GROUP BY ward",
        "SELECT DISTINCT ward FROM {north.patients}",
        "SELECT DISTINCT ward, vip FROM {north.patients} WHERE age IS NULL OR cost < 0",
        "SELECT ward FROM {north.patients} GROUP BY ward",
        "SELECT sum(cost) FROM {north.patients} GROUP BY ward",
        "SELECT year(admitted) y, month(admitted) m, count(*) FROM {north.patients} GROUP BY 1, 2",
        "SELECT ward, sum(cost) s FROM {north.patients} GROUP BY ward HAVING sum(cost) > 5",
        "SELECT ward, sum(cost) s FROM {north.patients} GROUP BY ward HAVING count(*) > 9",
        "SELECT ward, count(*) n FROM {north.patients} GROUP BY ward ORDER BY n DESC, ward LIMIT 2",
        "SELECT ward, count(*) n FROM {north.patients} GROUP BY ward ORDER BY n, ward LIMIT 1"
            + " OFFSET 1",
        "SELECT ward, avg(age) a FROM {north.patients} GROUP BY ward ORDER BY count(*) DESC, ward"
            + " NULLS LAST LIMIT 2",
        "SELECT ward, count(*) n, 'x' tag FROM {north.patients} GROUP BY ward ORDER BY ward",
        "SELECT kind, sum(fee), count(*) FROM {north.patients} JOIN {south.visits} ON id = patient"
            + " GROUP BY kind",
        "SELECT ward, kind, sum(fee * cost), sum(fee + age) FROM {north.patients} p,"
            + " {south.visits} v WHERE p.id = v.patient AND (fee > 10 OR age < 40) GROUP BY ward,"
            + " kind",
        "SELECT ward, count(*), sum(cost) FROM (SELECT * FROM {north.patients} UNION ALL SELECT *"
            + " FROM {west.patients}) GROUP BY ward",
        "SELECT DISTINCT ward FROM (SELECT ward FROM {north.patients} UNION SELECT ward FROM"
            + " {west.patients})",
        "WITH adults AS (SELECT * FROM {north.patients} WHERE age >= 30) SELECT ward, count(*) FROM"
            + " adults GROUP BY ward",
        "SELECT sum(age) FILTER (WHERE vip), count(*) FILTER (WHERE cost > 0), count(age, cost) FROM"
            + " {north.patients}",
        "SELECT sum(CASE WHEN ward = 'Nord' THEN cost END), sum(if(vip, 1, 0)),"
            + " sum(coalesce(age, 0)), sum(nullif(age, 25)) FROM {north.patients}",
        "SELECT count(*) FROM {north.patients} WHERE name LIKE 'p1%' AND name NOT LIKE '%3' AND name"
            + " LIKE '%_1%'",
        "SELECT count(*) FROM {north.patients} WHERE ward IN ('Nord', 'x') AND age NOT IN (21, 22)",
        "SELECT count(*) FROM {north.patients} WHERE id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,"
            + " 13)",
        "SELECT upper(substring(name, 1, 2)) u, count(*) FROM {north.patients} GROUP BY u",
        "SELECT count(*) FROM {north.patients} WHERE admitted BETWEEN DATE '2024-02-01' AND DATE"
            + " '2024-02-01' + INTERVAL 1 MONTH",
        "SELECT count(*) FROM {north.patients} WHERE admitted + INTERVAL 1 MONTH < DATE '2024-03-15'"
            + " AND date_add(admitted, 3) > DATE '2024-02-02'",
        "SELECT count(*) FROM {north.patients} WHERE seen < TIMESTAMP '2023-11-15 12:00:00' OR"
            + " hour(seen) = 3",
        "SELECT date_trunc('day', seen) d, max(seen) FROM {north.patients} GROUP BY d",
        "SELECT vip, min(name), max(admitted), min(vip) FROM {north.patients} GROUP BY vip",
        "SELECT sum(-cost), sum(abs(cost)), sum(age % 7), sum(age div 3), sum(round(cost, 1)) FROM"
            + " {north.patients}",
        "SELECT sum(round(age / 4, 2)), sum(age * 1.5D), avg(CAST(cost AS DOUBLE)) FROM"
            + " {north.patients}",
        "SELECT sum(d) FROM (SELECT age * 0.5D d FROM {north.patients} UNION ALL SELECT age * 0.25D"
            + " FROM {west.patients})",
        "SELECT sum(cost) / count(*) q, sum(cost) * 2 t FROM {north.patients} GROUP BY ward",
        "SELECT CAST(age AS STRING) a, count(*) FROM {north.patients} GROUP BY a",
        "SELECT count(*) FROM {north.patients} WHERE ward <=> NULL",
        "SELECT count(*) FROM {north.patients} WHERE NOT (vip OR age > 30)",
        "SELECT ward, sum(s) OVER () FROM (SELECT ward, sum(cost) s FROM {north.patients} GROUP BY"
            + " ward)"
      })
  void matchesPlainSpark(String query) {
    matchesPlainSpark(query, 1);
  }

  /** Where Spark knows that a part has no rows, the rest is one run, or none. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | SELECT ward, count(*) FROM (SELECT ward FROM {north.patients} WHERE coalesce(id IS NULL, false) UNION ALL SELECT ward FROM {west.patients}) GROUP BY ward HAVING count(*) > 5
          1 | SELECT w, count(*) FROM (SELECT ward w FROM {north.patients} EXCEPT SELECT kind FROM {south.visits} WHERE fee > 1 AND visit IS NULL) GROUP BY w
          0 | SELECT DISTINCT ward FROM (SELECT ward FROM {north.patients} INTERSECT SELECT kind FROM {south.visits} WHERE visit IS NULL)
          1 | SELECT count(*), count(fee) FROM {north.patients} p LEFT JOIN (SELECT * FROM {south.visits} WHERE visit IS NULL) v ON p.id = v.patient
          1 | SELECT ward, count(*), count(fee) FROM {north.patients} p FULL JOIN (SELECT * FROM {south.visits} WHERE visit IS NULL) v ON p.id = v.patient GROUP BY ward
          1 | SELECT DISTINCT g FROM (SELECT v.patient g FROM {south.visits} v RIGHT JOIN {north.patients} p ON v.patient = p.id AND NOT (p.id IS NOT NULL) INTERSECT SELECT patient FROM {south.visits})
          1 | SELECT count(*) FROM {north.patients} p WHERE NOT EXISTS (SELECT 1 FROM {south.visits} v WHERE v.patient = p.id AND v.visit IS NULL)
          1 | SELECT count(*) FROM {north.patients} WHERE vip OR id IN (SELECT patient FROM {south.visits} WHERE visit IS NULL)
          1 | SELECT count(*) FROM {north.patients} WHERE id NOT IN (SELECT patient FROM {south.visits} WHERE visit IS NULL)
          1 | SELECT count(*) FROM {north.patients} WHERE age > 20 + (SELECT count(*) FROM {south.visits} WHERE visit IS NULL)
          1 | SELECT count(*) FROM {north.patients} WHERE cost > coalesce((SELECT max(fee) FROM {south.visits} WHERE visit IS NULL), 0)
          0 | SELECT count(*), sum(cost) FROM {north.patients} p JOIN {south.visits} v ON p.id = v.patient WHERE visit IS NULL
          """)
  void leavesOutWhatIsEmpty(int runs, String query) {
    matchesPlainSpark(query, runs);
  }

  private static void matchesPlainSpark(String query, int runs) {
    List<String> expected =
        answers(spark.sql(query.replaceAll("\\{(\\w+)\\.(\\w+)\\}", "plain_$1_$2")));
    int before = PlainExecution.INSTANCE.runs();
    Dataset<Row> secure = spark.sql(query.replaceAll("\\{(\\w+\\.\\w+)\\}", "trefoil.$1"));
    assertThat(answers(secure)).isEqualTo(expected);
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + runs);
  }

  static List<String> answers(Dataset<Row> frame) {
    return frame.collectAsList().stream()
        .map(Row::toString)
        .sorted(Comparator.naturalOrder())
        .collect(Collectors.toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"age / 2", "1 + age / 2", "CAST(name AS DOUBLE)", "CAST(seen AS DOUBLE)"})
  void refusesDoublesThatFixedPointWouldRound(String expression) {
    assertThatThrownBy(
            () ->
                spark
                    .sql("SELECT sum(" + expression + ") FROM trefoil.north.patients")
                    .collectAsList())
        .hasMessageContaining("TREFOIL_UNSUPPORTED_FUNCTION")
        .hasMessageContaining("fixed-point");
    // Compared at their owner, in the clear, they are what they are in Spark.
    assertThat(
            spark
                .sql("SELECT count(*) FROM trefoil.north.patients WHERE age / 2 > 10.25")
                .head()
                .getLong(0))
        .isPositive();
  }

  @Test
  void answersWithinTheDataFrameApi() {
    Dataset<Row> rows = spark.table("trefoil.north.patients");
    assertThat(rows.count()).isEqualTo(40);
    assertThat(rows.groupBy("ward").agg(functions.sum("cost")).collectAsList()).hasSize(3);
    assertThat(rows.select("ward").distinct().collectAsList()).hasSize(3);
    assertThat(rows.agg(functions.avg("age")).head().isNullAt(0)).isFalse();
    rows.createOrReplaceTempView("north_rows");
    assertThat(spark.sql("SELECT max(age) FROM north_rows").head().getInt(0)).isPositive();
  }

  @Test
  void groupColumnsThatAreNotSelectedStayHidden() {
    spark.sql("SELECT sum(cost) FROM trefoil.north.patients GROUP BY ward").collectAsList();
    assertThat(PlainExecution.INSTANCE.last().root().fields()).hasSize(1);
    spark
        .sql("SELECT ward FROM trefoil.north.patients GROUP BY ward HAVING count(*) > 1")
        .collectAsList();
    assertThat(PlainExecution.INSTANCE.last().root().fields())
        .extracting(f -> f.name())
        .containsExactly("ward");
  }

  @Test
  void averagesAreDividedInsideIfAskedFor() {
    String query =
        "SELECT ward, avg(cost) a, avg(cost) + 1 b FROM %s GROUP BY ward HAVING avg(cost) > -90"
            + " ORDER BY avg(cost) DESC, ward LIMIT 2";
    List<String> plain = answers(spark.sql(query.formatted("plain_north_patients")));
    assertThat(answers(spark.sql(query.formatted("trefoil.north.patients")))).isEqualTo(plain);
    assertThat(PlainExecution.INSTANCE.last().root().fields()).hasSize(3);
    spark.conf().set("spark.trefoil.averages", "quotient");
    try {
      assertThat(answers(spark.sql(query.formatted("trefoil.north.patients")))).isEqualTo(plain);
    } finally {
      spark.conf().unset("spark.trefoil.averages");
    }
    assertThat(PlainExecution.INSTANCE.last().root().fields())
        .extracting(f -> f.type().sql())
        .containsExactly("STRING", "DECIMAL(16,6)");
  }

  @Test
  void takesOnlyTheColumnsThatAreNeeded() {
    spark
        .sql(
            "SELECT count(*) FROM trefoil.north.patients JOIN trefoil.south.visits ON id = patient")
        .collectAsList();
    assertThat(scans(PlainExecution.INSTANCE.last().root()))
        .flatExtracting(s -> s.fields().stream().map(f -> f.name()).toList())
        .containsExactlyInAnyOrder("id", "patient");
  }

  @Test
  void inferredNullChecksOfJoinKeysDoNotBecomeFilters() {
    spark
        .sql(
            "SELECT sum(fee) FROM trefoil.north.patients JOIN trefoil.south.visits ON id = patient")
        .collectAsList();
    assertThat(PlainExecution.INSTANCE.last().root().toString()).doesNotContain("IS_NOT_NULL");
  }

  @Test
  void oneActionRunsEqualPlansOnce() {
    String sums = "(SELECT ward, sum(cost) s FROM trefoil.north.patients GROUP BY ward)";
    int before = PlainExecution.INSTANCE.runs();
    spark
        .sql(
            "SELECT count(*) FROM (SELECT ward w FROM "
                + sums
                + " JOIN mine ON true) a JOIN "
                + sums
                + " b ON a.w <=> b.ward JOIN mine ON true")
        .collectAsList();
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
  }

  @Test
  void cachedAggregatesServeLaterActions() {
    int before = PlainExecution.INSTANCE.runs();
    Dataset<Row> sums =
        spark.sql("SELECT ward, sum(cost) s FROM trefoil.north.patients GROUP BY ward").cache();
    assertThat(sums.count()).isEqualTo(3);
    assertThat(sums.filter("s IS NOT NULL").collectAsList()).isNotEmpty();
    assertThat(sums.join(spark.table("mine")).count()).isEqualTo(30);
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
    sums.unpersist();
  }

  @Test
  void revealedValuesJoinLocalRowsInSpark() {
    Dataset<Row> frame =
        spark.sql(
            "SELECT label FROM mine WHERE id < (SELECT count(*) FROM trefoil.north.patients WHERE"
                + " age > 50) AND id IN (SELECT age - 20 FROM trefoil.north.patients GROUP BY age)");
    Dataset<Row> plain =
        spark.sql(
            "SELECT label FROM mine WHERE id < (SELECT count(*) FROM plain_north_patients WHERE"
                + " age > 50) AND id IN (SELECT age - 20 FROM plain_north_patients GROUP BY age)");
    assertThat(answers(frame)).isEqualTo(answers(plain)).isNotEmpty();
  }

  @Test
  void queryOptionRunsTheQueryWhole() {
    Dataset<Row> result =
        spark
            .read()
            .format("trefoil")
            .option(
                "query",
                "SELECT ward, avg(age) a, count(*) n FROM trefoil.north.patients GROUP BY ward ORDER"
                    + " BY ward;")
            .load();
    assertThat(result.columns()).containsExactly("ward", "a", "n");
    result.filter("a > 1").select("ward").limit(1).collectAsList();
    Rel root = PlainExecution.INSTANCE.last().root();
    assertThat(root.fields()).hasSize(4);
    assertThat(root).isInstanceOf(Rel.Aggregate.class);
  }

  @Test
  void explainSaysWhatIsRevealedAndRunsNothing() {
    int before = PlainExecution.INSTANCE.runs();
    String query =
        "SELECT ward, sum(fee) FROM trefoil.north.patients JOIN trefoil.south.visits ON id = patient"
            + " GROUP BY ward";
    for (String mode : List.of("EXPLAIN ", "EXPLAIN FORMATTED ", "EXPLAIN EXTENDED ")) {
      String text = spark.sql(mode + query).head().getString(0);
      assertThat(text)
          .contains("PushedJoin: [INNER ON (id = patient)]")
          .contains("PushedAggregates: [SUM(fee)]")
          .contains("PushedGroupBy: [ward]")
          .contains("Reveals: [", "Recipients: [", "Leaks: [", "Model: [", "Estimate: ")
          .contains("among executors about 2,000 rounds, 346.0 MB sent by each, about 4.0 s");
    }
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before);
  }

  @Test
  void unknownNamesGiveSparksErrors() {
    assertThat(condition("SELECT count(*) FROM trefoil.north.nothing"))
        .isEqualTo("TABLE_OR_VIEW_NOT_FOUND");
    assertThat(condition("SELECT sum(nothing) FROM trefoil.north.patients"))
        .isEqualTo("UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assertThat(condition("SELECT count(*) FROM trefoil.nobody.patients"))
        .isEqualTo("TABLE_OR_VIEW_NOT_FOUND");
  }

  @Test
  void catalogListsOwnersAndTables() {
    assertThat(answers(spark.sql("SHOW NAMESPACES IN trefoil"))).contains("[north]", "[south]");
    assertThat(answers(spark.sql("SHOW TABLES IN trefoil.north"))).hasSize(1);
    assertThat(answers(spark.sql("DESCRIBE TABLE trefoil.north.patients")))
        .anyMatch(line -> line.contains("ward") && line.contains("string"));
  }

  /** Numbers of rows and several copies of them: what they bring together is not counted. */
  @Test
  void noBoundOfMatchesOpensATableWithAMinimum() {
    spark.conf().set("spark.trefoil.max-matches", "east.patients=30,south.visits=100");
    try {
      for (String other : List.of("north", "east")) {
        assertThatThrownBy(
                () ->
                    spark
                        .sql(
                            "SELECT count(*) FROM trefoil.south.visits v JOIN trefoil."
                                + other
                                + ".patients p ON v.patient < p.id JOIN trefoil.east.patients e ON"
                                + " e.ward = p.ward")
                        .collectAsList())
            .hasMessageContaining("TREFOIL_POLICY_VIOLATION")
            .hasMessageContaining("east.patients");
      }
      spark.conf().set("spark.trefoil.max-matches", "east.patients=0");
      assertThatThrownBy(
              () ->
                  spark
                      .sql("SELECT count(*) FROM trefoil.south.visits v, trefoil.south.scans s")
                      .collectAsList())
          .hasMessageContaining("max-matches");
    } finally {
      spark.conf().unset("spark.trefoil.max-matches");
    }
  }

  @Test
  void keysEquatedWithExpressionsNeedNoBound() {
    spark.conf().set("spark.trefoil.max-matches", "north.patients=1");
    try {
      matchesPlainSpark(
          "SELECT count(*), sum(age) FROM {south.visits} JOIN {north.patients} ON patient + 1 = id",
          1);
    } finally {
      spark.conf().unset("spark.trefoil.max-matches");
    }
  }

  private static String condition(String query) {
    try {
      spark.sql(query).collectAsList();
      return "none";
    } catch (Exception e) {
      return ((org.apache.spark.SparkThrowable) e).getCondition();
    }
  }

  private static List<Rel.Scan> scans(Rel rel) {
    return rel instanceof Rel.Scan scan
        ? List.of(scan)
        : rel.inputs().stream().flatMap(r -> scans(r).stream()).toList();
  }
}
