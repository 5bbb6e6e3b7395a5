package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Columns of the types that are shared as something else than what they are, on three embedded
 * executors: answers and their types as plain Spark's.
 */
class TypesTest {
  private static final String SCHEMA =
      "id BIGINT NOT NULL, b BINARY(20), f FLOAT,"
          + " w INTERVAL DAY TO SECOND, m INTERVAL YEAR TO MONTH, at TIMESTAMP";

  private static final String COLUMNS =
      "id;CASE WHEN id % 7 = 0 THEN NULL WHEN id % 7 < 4 THEN unhex(hex(id % 3)) WHEN id % 7 = 4"
          + " THEN X'' ELSE concat(X'ff80', unhex(hex(id % 4 * 64))) END AS b;CASE WHEN id % 6 = 5 THEN NULL ELSE CAST((id - 9) / 4.0D AS FLOAT)"
          + " END AS f;CASE WHEN id % 5 = 0 THEN NULL ELSE make_dt_interval(0, 0, 0, (id - 9) * 7.25)"
          + " END AS w;make_ym_interval(0, CAST(id % 9 - 4 AS INT)) AS m;timestamp_seconds(1711846000"
          + " + id * 1801) AS at";

  private static SparkSession spark;

  @BeforeAll
  static void tables(@TempDir Path folder) throws IOException {
    Path owners = folder.resolve("OWNERS.yaml");
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("types")
            .config("spark.ui.enabled", "false")
            // Where clocks are moved: a difference of timestamps is one of clocks.
            .config("spark.sql.session.timeZone", "Europe/Berlin")
            .config("spark.log.level", "ERROR")
            .config("spark.sql.shuffle.partitions", "1")
            // Few rows: compiling the code that Spark generates would take most of the time.
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .config("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog")
            .config("spark.sql.catalog.trefoil.executors", "embedded")
            .config("spark.sql.catalog.trefoil.owners", owners.toString())
            .getOrCreate();
    StringBuilder text = new StringBuilder("owners:\n");
    for (String owner : List.of("north", "south")) {
      Path file = folder.resolve(owner + ".parquet");
      spark
          .range(0, owner.equals("north") ? 23 : 14)
          .selectExpr(COLUMNS.split(";"))
          .coalesce(1)
          .write()
          .parquet(file.toString());
      spark.read().parquet(file.toString()).createOrReplaceTempView(owner);
      text.append("  %s:\n    tables:\n      t:\n".formatted(owner))
          .append("        source: {format: parquet, path: %s}\n".formatted(file))
          .append("        schema: \"" + SCHEMA + "\"\n")
          .append("        keys: [[id]]\n        policy:\n          min-group-size: 1\n")
          .append("          default: {use: [join, filter, group, aggregate, rank]}\n")
          .append(
              "          columns: {f: {use: [join, filter, group, aggregate, rank], scale: 3}}\n");
    }
    Files.writeString(owners, text);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT b, count(*) FROM {north} GROUP BY b ORDER BY b NULLS LAST LIMIT 5",
        "SELECT min(b), max(b), count(b), count(DISTINCT b) FROM {north}",
        "SELECT a.b, count(*), min(c.b) FROM {north} a JOIN {south} c ON a.id = c.id AND (a.b <> c.b OR"
            + " a.b < X'0102' OR a.b IN (X'', X'FF8040')) GROUP BY a.b",
        "SELECT count(*), sum(m.n) FROM {north} JOIN (SELECT b, count(*) n FROM {south} GROUP BY b) m"
            + " USING (b)",
        "SELECT hex(b), length(b), count(*) FROM {north} WHERE startswith(b, X'ff') OR contains(b,"
            + " X'01') GROUP BY 1, 2",
        "SELECT substring(b, 2, 1) x, concat(b, X'00', CAST(CAST(id % 2 AS STRING) AS BINARY)) y, max(b) FROM {north}"
            + " GROUP BY 1, 2",
        "SELECT DISTINCT coalesce(a.b, CAST('none' AS BINARY)), c.b FROM {north} a LEFT JOIN {south} c"
            + " ON a.id = c.id + 5",
        "SELECT b FROM {north} GROUP BY b INTERSECT SELECT b FROM {south} GROUP BY b",
        "SELECT sum(f), avg(f), min(f), max(f), count(f), sum(DISTINCT f), stddev(f),"
            + " median(round(CAST(f AS DOUBLE), 3)),"
            + " sum(round(CAST(f AS DOUBLE), 3) * 2), sum(CASE WHEN f > 0.1 THEN f END) FROM {north}",
        "SELECT f, count(*), avg(f) FROM {north} GROUP BY f ORDER BY f DESC LIMIT 4",
        "SELECT count(*), sum(a.f), min(c.f) FROM {north} a JOIN {south} c ON a.f = c.f",
        // As a DOUBLE the integer is greater than any of its type.
        "SELECT count(*) FROM {north} a JOIN {south} c ON a.id = c.id WHERE CAST(CAST(999999999999999999"
            + " - a.id AS DECIMAL(18,0)) AS DOUBLE) > round(CAST(c.f AS DOUBLE), 3)",
        "SELECT a.f < c.f x, max(c.f) y, sum(CASE WHEN c.id > 4 THEN round(CAST(a.f AS DOUBLE), 2) END) FROM {north} a JOIN"
            + " {south} c ON a.id = c.id + 3 GROUP BY 1 HAVING min(a.f) > -100.1",
        "SELECT f, sum(n) FROM (SELECT f, id n FROM {north} UNION ALL SELECT CAST(0.1 AS FLOAT), id"
            + " FROM {south} WHERE f IN (0.5, -1.25)) GROUP BY f",
        "SELECT sum(w), min(w), max(m), sum(m), count(w), sum(abs(w)), sum(- w + INTERVAL '1' DAY),"
            + " avg(w), avg(m) FROM {north}",
        "SELECT m, w > INTERVAL '3' SECOND x, count(*), max(at - TIMESTAMP '2024-01-01 00:00:00')"
            + " FROM {north} GROUP BY ALL ORDER BY m DESC, x LIMIT 9",
        "SELECT sum(a.w + c.w), max(a.w - c.w), sum(CASE WHEN a.m < c.m THEN a.w ELSE c.w END),"
            + " sum(greatest(a.w, c.w)), count_if(a.w + c.w < INTERVAL '-2' SECOND) FROM {north} a JOIN"
            + " {south} c ON a.id = c.id + 2",
        "SELECT max(at + INTERVAL 1 DAY), min(at - INTERVAL '2 03:00:00' DAY TO SECOND), max(at +"
            + " INTERVAL 1 MONTH), max(at + m), min(at + w), max(CAST(at AS DATE) - INTERVAL 2 DAY),"
            + " min(CAST(at AS DATE) + INTERVAL '1-2' YEAR TO MONTH), max(CAST(at AS DATE) + INTERVAL"
            + " 30 MINUTE) FROM {south} WHERE at - TIMESTAMP '2024-03-31 00:30:00' > INTERVAL 1 HOUR",
        "SELECT b, count(*) FROM (SELECT b FROM {north} UNION ALL SELECT b FROM {south} WHERE b <="
            + " X'01') GROUP BY b HAVING count(*) > 1",
      })
  void matchesPlainSpark(String query) {
    var expected = spark.sql(query.replaceAll("\\{(\\w+)}", "$1"));
    var actual = spark.sql(query.replaceAll("\\{(\\w+)}", "trefoil.$1.t"));
    assertThat(actual.schema().asNullable()).isEqualTo(expected.schema().asNullable());
    List<String> rows = texts(actual.collectAsList());
    assertThat(rows).isNotEmpty();
    List<String> plain = texts(expected.collectAsList());
    if (query.contains("ORDER BY")) {
      assertThat(rows).containsExactlyElementsOf(plain);
    } else {
      assertThat(rows).containsExactlyInAnyOrderElementsOf(plain);
    }
  }

  private static List<String> texts(List<Row> rows) {
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, row.size())
                    .mapToObj(row::get)
                    .map(v -> v instanceof byte[] b ? Arrays.toString(b) : String.valueOf(v))
                    .toList()
                    .toString())
        .toList();
  }

  @Test
  void explainSaysHowFarValuesMayBeOff() {
    assertThat(
            spark.sql("EXPLAIN FORMATTED SELECT sum(f) FROM trefoil.north.t").head().getString(0))
        .contains("north.t.f to 3 digits after the point: each value is off by at most 0.0005");
  }

  /** A declared bound of matches says nothing of the rows and the aggregate of their partition. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT k, count(*) n, sum(p) s FROM (SELECT b AS k, ntile(3) OVER (PARTITION BY b ORDER BY id)"
            + " AS p FROM {north}) WHERE p <= 2 GROUP BY k ORDER BY k LIMIT 9",
        "SELECT x, p, count(*), sum(id) FROM (SELECT nullif(id % 3, 0) x, id, ntile(2) OVER (PARTITION BY b,"
            + " nullif(id % 3, 0) ORDER BY id) p FROM {north}) GROUP BY x, p ORDER BY x, p LIMIT 9",
        "SELECT c, count(*) FROM (SELECT count(w) OVER (PARTITION BY nullif(id % 3, 0), w > INTERVAL '0'"
            + " SECOND) c FROM {north}) GROUP BY c ORDER BY c LIMIT 9",
        "SELECT ntile, count(*), sum(x) FROM (SELECT a.id x, ntile(3) OVER (PARTITION BY c.b ORDER BY"
            + " a.id) ntile FROM {north} a JOIN {south} c ON a.id = c.id) GROUP BY ntile ORDER BY ntile LIMIT 9",
        "SELECT count(*), sum(n), max(s) FROM (SELECT b, w, count(*) n, sum(count(*)) OVER (PARTITION"
            + " BY b) s FROM {north} GROUP BY b, w) WHERE n < s",
      })
  void partitionsByNullMatchPlainSpark(String query) {
    spark.conf().set("spark.trefoil.max-matches", "north.t=2");
    try {
      matchesPlainSpark(query);
    } finally {
      spark.conf().unset("spark.trefoil.max-matches");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SELECT count(*) FROM {north} WHERE CAST(b AS STRING) = 'a'; Use hex(...)",
        "SELECT max(coalesce(a.b, c.b)) FROM {north} a JOIN {south} c USING (id); within one table",
        "SELECT max(a.at - c.at) FROM {north} a JOIN {south} c ON a.id = c.id + 2; timestamp_diff",
        "SELECT median(w) FROM {north}; Use min or max",
        "SELECT sum(a.f + c.f) FROM {north} a JOIN {south} c USING (id); round(CAST(x AS DOUBLE)",
        "SELECT count(*) FROM {north} a JOIN {south} c ON a.id = c.id + 3 WHERE a.f < c.f * 2D; CAST(0.1 AS FLOAT)",
      })
  void refuses(String query, String reason) {
    assertThatThrownBy(() -> spark.sql(query.replaceAll("\\{(\\w+)}", "trefoil.$1.t")).collect())
        .hasMessageContaining("TREFOIL_UNSUPPORTED")
        .hasMessageContaining(reason);
  }
}
