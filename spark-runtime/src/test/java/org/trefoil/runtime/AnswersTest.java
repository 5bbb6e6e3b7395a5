package org.trefoil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What analysts write, over small tables of several owners on three embedded executors: the answer
 * is plain Spark's over the same files.
 */
class AnswersTest {
  private static final String OWNERS =
      """
      owners:
        east:
          tables:
            readings: &readings
              source: {format: csv, path: east.csv, options: {header: "true"}}
              schema: "id INT NOT NULL, site VARCHAR(4), v DECIMAL(8,2), w INT, x DOUBLE"
              keys: [[id]]
              policy:
                min-group-size: 1
                columns:
                  x: {use: [join, filter, group, aggregate, rank], scale: 3, range: [-1000000, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
        west:
          tables:
            readings:
              source: {format: csv, path: west.csv, options: {header: "true"}}
              schema: "id INT NOT NULL, site VARCHAR(4), v DECIMAL(8,2), w INT, x DOUBLE"
              keys: [[id]]
              policy:
                min-group-size: 1
                columns:
                  x: {use: [join, filter, group, aggregate, rank], scale: 3, range: [-1000000, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
        bank:
          tables:
            limits:
              source: {format: csv, path: limits.csv, options: {header: "true"}}
              schema: "id INT NOT NULL, cap INT, rate DECIMAL(7,3)"
              keys: [[id]]
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate, rank]}}
        doc:
          tables:
            params:
              source: {format: csv, path: params.csv, options: {header: "true"}}
              schema: "threshold INT, factor DECIMAL(5,2), site VARCHAR(4), missing INT"
              keys: [[]]
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate, rank]}}
            nothing:
              source: {format: csv, path: nothing.csv, options: {header: "true"}}
              schema: "threshold INT"
              keys: [[]]
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate, rank]}}
            wrong:
              source: {format: csv, path: limits.csv, options: {header: "true"}}
              schema: "id INT NOT NULL, cap INT, rate DECIMAL(7,3)"
              keys: [[]]
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate, rank]}}
      """;

  private static final Pattern TABLE = Pattern.compile("\\{(\\w+)\\.(\\w+)\\}");

  private static SparkSession spark;

  @BeforeAll
  static void tables(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("east.csv"),
        """
        id,site,v,w,x
        1,a,10.25,3,1.5
        2,a,-7.50,,-2.125
        3,b,0.00,8,1000.001
        4,b,99.99,8,
        5,,12.30,-5,0.25
        6,c,12.30,7,0.25
        7,a,0.01,3,7.75
        """);
    Files.writeString(
        folder.resolve("west.csv"),
        """
        id,site,v,w,x
        11,a,-3.33,4,2.5
        12,b,8.80,2,-2.5
        13,d,,,
        """);
    Files.writeString(
        folder.resolve("limits.csv"),
        """
        id,cap,rate
        1,5,1.005
        2,-9,0.125
        3,8,
        4,7,-2.500
        6,,2.500
        7,-2,0.000
        """);
    Files.writeString(folder.resolve("params.csv"), "threshold,factor,site,missing\n4,1.50,a,\n");
    Files.writeString(folder.resolve("nothing.csv"), "threshold\n");
    Path owners =
        Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS.replace(" &readings", ""));
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("answers")
            .config("spark.ui.enabled", "false")
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
    String readings = "id INT, site STRING, v DECIMAL(8,2), w INT, x DOUBLE";
    String[][] views = {
      {"east_readings", "east", readings},
      {"west_readings", "west", readings},
      {"bank_limits", "limits", "id INT, cap INT, rate DECIMAL(7,3)"},
      {"doc_params", "params", "threshold INT, factor DECIMAL(5,2), site STRING, missing INT"},
      {"doc_nothing", "nothing", "threshold INT"}
    };
    for (String[] view : views) {
      Dataset<Row> rows =
          spark
              .read()
              .option("header", "true")
              .schema(view[2])
              .csv(folder.resolve(view[1] + ".csv").toString());
      // Not the file itself: the code that Spark generates for a scalar subquery without a value
      // that it pushes into a CSV file does not compile, which it logs as an error.
      spark.createDataFrame(rows.collectAsList(), rows.schema()).createOrReplaceTempView(view[0]);
    }
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static final String E = " FROM {east.readings} e";
  private static final String J = E + " JOIN {bank.limits} l ON e.id = l.id";

  private static List<Row> inTrefoil(String query) {
    return spark
        .sql(
            TABLE
                .matcher(query)
                .replaceAll(
                    m -> Matcher.quoteReplacement("trefoil." + m.group(1) + "." + m.group(2))))
        .collectAsList();
  }

  private static List<Row> inTheClear(String query) {
    return spark.sql(TABLE.matcher(query).replaceAll("$1_$2")).collectAsList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // An owner's own one row.
        "SELECT count(*), sum(e.v * p.factor), sum(CASE WHEN e.w >= p.threshold THEN 1 ELSE 0 END),"
            + " count(p.missing) FROM {east.readings} e CROSS JOIN {doc.params} p",
        "SELECT count(*)" + E + " WHERE w > (SELECT threshold FROM {doc.params})",
        "SELECT count(*), sum(v - (SELECT factor FROM {doc.params}))"
            + E
            + " WHERE w > (SELECT max(missing) FROM {doc.params}) OR w > (SELECT threshold - 3 FROM"
            + " {doc.params} WHERE site = 'a')",
        "SELECT count(*), count(t), sum(w + t) FROM (SELECT w, (SELECT threshold FROM {doc.nothing})"
            + " t"
            + E
            + ")",
        "SELECT count(*) FROM {east.readings} e, {doc.nothing} n WHERE e.w < n.threshold",
        "SELECT u.site, count(*), sum(abs(w - p.threshold)) FROM (SELECT * FROM {east.readings} UNION"
            + " ALL SELECT * FROM {west.readings}) u CROSS JOIN {doc.params} p GROUP BY u.site",
        "SELECT bool_or(e.w > p.threshold), every(e.v < p.factor), count_if(e.w = p.threshold + 4)"
            + E
            + " CROSS JOIN {doc.params} p WHERE e.site = p.site",
        "SELECT p.site, count(*)" + E + " JOIN {doc.params} p ON e.site = p.site GROUP BY p.site",
        // Outer joins.
        "SELECT site, count(*), count(cap), sum(w), sum(rate), sum(e.w + l.cap) FROM {east.readings}"
            + " e FULL JOIN {bank.limits} l ON e.id = l.id + 1 AND w > 2 GROUP BY site",
        // Functions of columns of several owners.
        "SELECT sum(abs(e.w - l.cap)), sum(abs(e.v - l.rate)), max(abs(l.cap + e.w)),"
            + " sum(least(e.w, l.cap)), sum(greatest(e.w, l.cap, 4)), min(least(e.v, l.rate))"
            + J,
        "SELECT count(nullif(e.w, l.cap)), sum(nullif(e.w, l.cap)), count_if(e.w IN (l.cap, 3)),"
            + " count_if(l.cap NOT IN (e.w, e.id))"
            + J,
        "SELECT sum(e.w div l.cap), sum(e.w % l.cap), sum(l.cap % e.w), sum(e.v % l.cap),"
            + " sum(l.rate % e.w), sum(l.rate div e.w), max(e.v % (l.rate + 10)), max((l.rate - 9)"
            + " div e.w)"
            + J,
        "SELECT sum(round(e.v * l.rate, 1)), sum(floor(e.v * l.rate)), sum(ceil(e.v + l.rate)),"
            + " sum(CAST(e.v * l.rate AS DECIMAL(12,3))), sum(CAST(e.v - l.rate AS INT))"
            + J,
        "SELECT sum(e.x * l.cap), sum(CAST(e.x + l.cap AS DECIMAL(20,1))), count_if(e.x > l.cap),"
            + " count_if(e.x + l.cap < 3.25D), sum(round(e.x * l.cap, 1))"
            + J,
        // Neither side has a key.
        "SELECT e.site, count(*), sum(e.w), sum(l.cap), max(l.rate), min(e.v), count(l.cap),"
            + " sum(e.v), avg(l.rate), sum(e.v * l.rate), sum(1)"
            + E
            + " JOIN {bank.limits} l ON e.w = l.cap + 1 AND e.v > -5 AND l.id < 7 GROUP BY e.site",
        "SELECT o.site, count(*), sum(e.v), sum(o.v), bool_or(e.v > 3)"
            + E
            + " JOIN {west.readings} o ON e.site = o.site GROUP BY o.site HAVING count(*) > 0 ORDER"
            + " BY sum(e.v) DESC LIMIT 2",
        "SELECT count(*), sum(e.w), max(o.v), count(o.w)"
            + E
            + " JOIN {west.readings} o ON e.site = o.site WHERE o.id > 100",
        // A union of which no column is read.
        "SELECT sum(DISTINCT p.threshold), count(*), max(p.factor) FROM (SELECT * FROM"
            + " {east.readings} UNION ALL SELECT * FROM {west.readings}) r CROSS JOIN {doc.params} p",
        // The most frequent values.
        "SELECT site, mode() WITHIN GROUP (ORDER BY w), mode() WITHIN GROUP (ORDER BY w DESC),"
            + " mode(v, true) FILTER (WHERE w > 3), sum(w) FROM (SELECT * FROM {east.readings} UNION"
            + " ALL SELECT * FROM {west.readings}) GROUP BY site",
        "SELECT site, mode() WITHIN GROUP (ORDER BY (-1.25 + 0) + big) FROM (SELECT site, CAST(v AS"
            + " DECIMAL(18,0)) * 1000000000000 AS big FROM {east.readings} UNION ALL SELECT site,"
            + " 0 AS big FROM {west.readings}) GROUP BY site",
        "SELECT mode(e.site, true), mode() WITHIN GROUP (ORDER BY e.w > l.cap), mode(x, true)" + J,
        // Subqueries of one row or none, though no key says so.
        "SELECT count(*), sum(w - (SELECT cap FROM {bank.limits} WHERE rate = 1.005)), max((SELECT"
            + " DISTINCT site FROM {west.readings} WHERE w > 3)), count((SELECT cap FROM"
            + " {bank.limits} WHERE cap > 100))"
            + E
            + " WHERE w > (SELECT cap FROM {bank.limits} WHERE cap < -5)",
        "SELECT count(*)"
            + E
            + " WHERE w > (SELECT l.cap FROM {bank.limits} l JOIN {west.readings} o ON l.id + 10 ="
            + " o.id WHERE o.w = 4)",
        "SELECT site, abs(sum(w) - 12) d, sum(v)"
            + E
            + " GROUP BY site HAVING abs(sum(w) - 12) > 1"
            + " ORDER BY abs(sum(w) - 12), site LIMIT 3",
      })
  void equalPlainSparks(String query) {
    assertThat(inTrefoil(query))
        .containsExactlyInAnyOrderElementsOf(inTheClear(query))
        .isNotEmpty();
  }

  /** Sums are exact, and rounded once; Spark adds up DOUBLEs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT var_pop(v), var_samp(w), stddev_pop(v), stddev(x), covar_pop(v, w), covar_samp(w, x),"
            + " corr(v, w), regr_slope(v, w), regr_intercept(v, w), regr_r2(v, w), regr_count(v, w),"
            + " regr_sxx(v, w), regr_syy(v, w), regr_sxy(v, w), regr_avgx(v, w), regr_avgy(v, w),"
            + " var_pop(w) FILTER (WHERE site = 'a')"
            + E,
        "SELECT site, count(*), var_samp(v), stddev_samp(w), var_pop(x), avg(x), covar_samp(v, w)"
            + E
            + " GROUP BY site",
        "SELECT corr(e.v, l.cap), regr_slope(l.cap, e.w), stddev_pop(e.w - l.cap),"
            + " variance(DISTINCT e.w), regr_intercept(e.x, l.cap)"
            + J,
        "SELECT variance(v), corr(v, w), regr_slope(v, w), median(v), percentile(w, 0.3)"
            + E
            + " WHERE id < 0",
        "SELECT site, median(v), median(w), percentile(v, 0.25), percentile(v, 0.3), percentile(x,"
            + " 0.9), percentile_cont(0.1) WITHIN GROUP (ORDER BY w DESC), percentile_disc(0.5)"
            + " WITHIN GROUP (ORDER BY w), percentile_disc(0.75) WITHIN GROUP (ORDER BY v DESC),"
            + " count(*), max(v) FROM (SELECT * FROM {east.readings} UNION ALL SELECT * FROM"
            + " {west.readings}) GROUP BY site",
        "SELECT percentile(v, 0), percentile(v, 1), median(w) FILTER (WHERE site = 'a'),"
            + " percentile_disc(0) WITHIN GROUP (ORDER BY v), percentile_disc(1) WITHIN GROUP (ORDER"
            + " BY v), percentile_disc(0.4) WITHIN GROUP (ORDER BY w), percentile_disc(0) WITHIN"
            + " GROUP (ORDER BY v DESC), percentile_cont(0.3) WITHIN GROUP (ORDER BY v), avg(v)"
            + E,
        "SELECT site, percentile_approx(w, 0.5) p, percentile_approx(v, array(0.0, 0.3, 1.0))"
            + E
            + " GROUP BY site HAVING percentile_approx(w, 0.5) > 3",
        "SELECT site, median(DISTINCT w), percentile(DISTINCT v, 0.3), count(DISTINCT w), median(w),"
            + " skewness(w), kurtosis(v), mode(w, true), count(*)"
            + E
            + " GROUP BY site",
        "SELECT skewness(v), kurtosis(w), skewness(x), kurtosis(DISTINCT w), kurtosis(x) FILTER"
            + " (WHERE id > 1), skewness(CAST(v AS DECIMAL(18,6))), kurtosis(CAST(w AS BIGINT))"
            + E,
        "SELECT skewness(e.w - l.cap), kurtosis(e.v - l.rate), kurtosis(l.cap * 0)" + J,
        "SELECT skewness(v), stddev(w), sum(v) FROM (SELECT * FROM {east.readings} UNION ALL SELECT *"
            + " FROM {west.readings})",
        "SELECT skewness(w), kurtosis(w), mode(w), median(DISTINCT w)" + E + " WHERE id < 0",
        "SELECT median(e.w - l.cap), percentile(e.v * l.rate, 0.75), max(e.w - l.cap)" + J
      })
  void momentsAndPercentilesEqualSparksWithinFloatingError(String query) {
    List<Row> clear = inTheClear(query);
    List<Row> revealed = inTrefoil(query);
    assertThat(revealed).hasSameSizeAs(clear);
    for (Row row : clear) {
      Row found =
          revealed.stream()
              .filter(r -> clear.size() == 1 || java.util.Objects.equals(r.get(0), row.get(0)))
              .findFirst()
              .orElseThrow();
      for (int i = 0; i < row.size(); i++) {
        if (row.get(i) instanceof Double expected && !expected.isNaN()) {
          assertThat(found.getDouble(i))
              .as("column %d of %s", i, query)
              .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
        } else {
          assertThat(found.get(i)).as("column %d of %s", i, query).isEqualTo(row.get(i));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT site, median(v) m, count(*) FROM {east.readings} GROUP BY site HAVING median(v) > 0.5"
            + " OR median(w) < 4 ORDER BY m DESC, site LIMIT 3",
        "SELECT max(m), count(m), sum(q) FROM (SELECT site, median(w) m, percentile(v, 0.3) q FROM"
            + " {east.readings} GROUP BY site)"
      })
  void percentilesChooseGroupsAndAreAggregated(String query) {
    momentsAndPercentilesEqualSparksWithinFloatingError(query);
  }

  @Test
  void aTableOfOneRowHasNotMore() {
    assertThatThrownBy(
            () -> inTrefoil("SELECT count(*)" + E + " CROSS JOIN {doc.wrong} p WHERE e.w > p.cap"))
        .hasMessageContaining("[TREFOIL_KEY_NOT_UNIQUE]")
        .hasMessageContaining("doc.wrong");
  }

  /** Of one table and of several, of more and of fewer rows than tiles. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT q, count(*), sum(w) FROM (SELECT w, ntile(3) OVER (ORDER BY v, id) q"
            + E
            + ") GROUP BY q",
        "SELECT q, n, count(*), sum(cap) FROM (SELECT l.cap, ntile(2) OVER (PARTITION BY e.site ORDER"
            + " BY l.rate, e.id) q, row_number() OVER (PARTITION BY e.site ORDER BY l.rate, e.id) n"
            + J
            + ") GROUP BY q, n"
      })
  void tilesEqualPlainSparks(String query) {
    equalPlainSparks(query);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Neither side has a key, and the aggregates are over both.
        "SELECT e.site, o.id % 2, count(*), sum(e.w * o.w), sum(CASE WHEN e.v > o.v THEN 1 END),"
            + " max(e.w + o.w), count(o.v)"
            + E
            + " JOIN {west.readings} o ON e.site = o.site GROUP BY e.site, o.id % 2",
        // Bands and inequalities.
        "SELECT l.cap, count(*), sum(e.v - l.rate), count(DISTINCT e.site)"
            + E
            + " JOIN {bank.limits} l ON e.w BETWEEN l.cap AND l.cap + 2 GROUP BY l.cap",
        "SELECT count(*), sum(e.w - o.w), min(e.v + o.v)"
            + E
            + " JOIN {west.readings} o ON e.w < o.w AND e.site = o.site",
        "SELECT count(*), sum(l.cap * o.w)"
            + " FROM {bank.limits} l CROSS JOIN {west.readings} o WHERE l.id > 2",
        // Three relations.
        "SELECT o.site, count(*), sum(e.w * o.w + l.cap)"
            + E
            + " JOIN {west.readings} o ON e.site = o.site JOIN {bank.limits} l ON l.cap = e.w GROUP"
            + " BY o.site",
        "SELECT count(*), sum(e.w * o.w + l.cap)"
            + E
            + " JOIN {west.readings} o ON e.site = o.site JOIN {bank.limits} l ON l.cap > o.w AND"
            + " l.id = e.id",
        "SELECT count(*), sum(e.w - o.w)"
            + E
            + " JOIN {west.readings} o ON e.w > o.w WHERE o.id > 100"
      })
  void joinsWithinADeclaredBound(String query) {
    spark.conf().set("spark.trefoil.max-matches", "west.readings=3, bank.limits=6");
    try {
      assertThat(inTrefoil(query))
          .containsExactlyInAnyOrderElementsOf(inTheClear(query))
          .isNotEmpty();
    } finally {
      spark.conf().unset("spark.trefoil.max-matches");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(*)" + E + " WHERE w > (SELECT cap FROM {bank.limits} WHERE id < 3)",
        "SELECT count(*)"
            + E
            + " WHERE w > (SELECT l.cap FROM {bank.limits} l JOIN {west.readings} o ON l.id + 10 ="
            + " o.id)"
      })
  void aSubqueryOfSeveralRowsIsAnErrorAndNotOneOfThem(String query) {
    assertThatThrownBy(() -> inTrefoil(query))
        .hasMessageMatching("(?s).*TREFOIL_(SOURCE_FAILED|ARITHMETIC_OVERFLOW).*");
    assertThatThrownBy(() -> inTheClear(query))
        .hasMessageContaining("SCALAR_SUBQUERY_TOO_MANY_ROWS");
  }

  @Test
  void moreMatchesThanDeclaredAreAnError() {
    String query = "SELECT count(*), sum(e.w - o.w)" + E + " JOIN {west.readings} o ON e.w < o.w";
    spark.conf().set("spark.trefoil.max-matches", "west.readings=1");
    try {
      assertThatThrownBy(() -> inTrefoil(query))
          .hasMessageContaining("[TREFOIL_SOURCE_FAILED]")
          .hasMessageContaining("CAST_OVERFLOW")
          .hasMessageContaining("west.readings");
      assertThat(inTrefoil("EXPLAIN " + query).toString()).contains("fails and names the kind");
    } finally {
      spark.conf().unset("spark.trefoil.max-matches");
    }
  }
}
