package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.WardTables;
import org.trefoil.spark.share.LocalSpark;

/**
 * Wrong and unsupported queries: each message names the fragment of the query, where the query's
 * text has it, and what would work instead; nothing has run.
 */
class RefusalsTest {
  private static SparkSession spark;

  /**
   * A query and its refusal.
   *
   * @param words what the message says, in this order
   */
  record Refusal(String query, String... words) {
    @Override
    public String toString() {
      return query;
    }
  }

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    WardTables.register(spark);
  }

  private static Refusal of(String query, String... words) {
    return new Refusal(query, words);
  }

  /** An expression over patients that is not in the profile. */
  private static Refusal expression(String expression, String fragment, String... words) {
    String query = "SELECT sum(age) FROM north.patients WHERE " + expression;
    String[] all = new String[words.length + 2];
    all[0] = "Cannot compute " + fragment;
    all[1] = "(line 1, position " + (query.indexOf(expression) + 1);
    System.arraycopy(words, 0, all, 2, words.length);
    return new Refusal(query, all);
  }

  /** An aggregate of a column of a type that no query can use. */
  private static Refusal column(String aggregate, String column, String... words) {
    String[] all = new String[words.length + 2];
    all[0] = "UNSUPPORTED_TYPE";
    all[1] = "Cannot use column south." + column;
    System.arraycopy(words, 0, all, 2, words.length);
    return new Refusal("SELECT " + aggregate + " FROM south.scans", all);
  }

  static Stream<Refusal> refusals() {
    return Stream.of(
        // Wrong: Spark's own messages
        of("SELECT sum(agee) FROM north.patients", "UNRESOLVED_COLUMN", "agee", "age"),
        of("SELECT sum(age) FROM north.patient", "TABLE_OR_VIEW_NOT_FOUND", "patient"),
        of("SELECT sum(age FROM north.patients", "PARSE_SYNTAX_ERROR", "FROM"),
        of("SELECT name, sum(age) FROM north.patients", "MISSING_GROUP_BY", "GROUP BY"),
        of("SELECT sum(ward + DATE '2024-01-01') FROM north.patients", "DATATYPE_MISMATCH"),
        of("SELECT nosuch(age) FROM north.patients", "UNRESOLVED_ROUTINE", "nosuch"),
        // Rows
        of("SELECT name FROM north.patients", "ROW_LEVEL", "patients.name", "group"),
        of("SELECT * FROM north.patients LIMIT 3", "ROW_LEVEL", "patients.id", "Aggregate"),
        of(
            "SELECT collect_list(name) FROM north.patients",
            "ROW_LEVEL",
            "collect_list(",
            "(line 1, position 8)",
            "Use SUM"),
        of(
            "SELECT ward, first(name) FROM north.patients GROUP BY ward",
            "ROW_LEVEL",
            "first(",
            "(line 1, position 14)",
            "Use SUM"),
        of(
            "SELECT ward, listagg(name) FROM north.patients GROUP BY ward",
            "ROW_LEVEL",
            "listagg(",
            "Use SUM"),
        of("SELECT row_number() OVER (ORDER BY id) FROM north.patients", "ROW_LEVEL", "Aggregate"),
        of(
            "SELECT count(*) FROM north.patients p JOIN mine ON p.id = mine.id",
            "ROW_LEVEL",
            "OWNERS.yaml"),
        of(
            "SELECT name FROM east.patients WHERE cost > (SELECT avg(cost) FROM east.patients)",
            "ROW_LEVEL",
            "east.patients.name",
            "aggregate"),
        // Expressions
        expression("md5(name) = 'a'", "md5(", "function md5", "docs/sql.md"),
        expression("md5(name) = 'x'", "md5(", "function md5", "docs/sql.md"),
        expression("rand() < 0.5", "rand(", "not determined by the row", "Use a column"),
        expression("uuid() = name", "uuid(", "not determined by the row", "Use a column"),
        expression("levenshtein(name, ward) < 2", "levenshtein(", "docs/sql.md"),
        expression("regexp_replace(name, 'a', 'b') = 'x'", "regexp_replace(", "docs/sql.md"),
        expression("sqrt(age) > 2", "SQRT(", "docs/sql.md"),
        expression("try_add(age, 1) > 3", "", "try_", "without try_"),
        expression("try_cast(name AS INT) > 3", "", "try_", "without try_"),
        expression("sha2(name, 256) = 'x'", "sha2(", "docs/sql.md"),
        expression("array_contains(array(name), 'x')", "", "docs/sql.md"),
        expression("split(name, ',')[0] = 'x'", "", "docs/sql.md"),
        of(
            "SELECT sum(age) FROM north.patients WHERE name LIKE 'a!%' ESCAPE '!'",
            "ESCAPE '!'", "(line 1, position", "docs/sql.md"),
        expression("unix_timestamp(seen) > 3", "", "docs/sql.md"),
        of(
            "SELECT count(*) FROM south.scans WHERE CAST(photo AS STRING) = 'x'",
            "UNSUPPORTED_TYPE",
            "scans.photo AS STRING)",
            "need not be UTF-8",
            "hex("),
        expression("weekofyear(admitted) = 3", "", "docs/sql.md"),
        expression("name COLLATE UTF8_LCASE = 'x'", "", "docs/sql.md"),
        // Columns of types outside the profile
        column("sum(tags[0])", "scans.tags", "type ARRAY<BIGINT>", "rows of a table of their own"),
        column("sum(marks[1])", "scans.marks", "type MAP<", "rows of a table of their own"),
        column("max(parts.a)", "scans.parts", "type STRUCT<", "columns of their own"),
        column("max(waited)", "scans.waited", "type INTERVAL DAY", "DAY TO SECOND"),
        column("min(taken)", "scans.taken", "type TIMESTAMP_NTZ", "TIMESTAMP or a DATE"),
        column("count(DISTINCT code)", "scans.code", "type STRING COLLATE", "without a collation"),
        // Aggregates
        of(
            "SELECT max_by(name, age) FROM north.patients",
            "UNSUPPORTED_FUNCTION",
            "max_by(",
            "(line 1, position 8)",
            "docs/sql.md"),
        of(
            "SELECT\n  bit_xor(age)\nFROM north.patients",
            "UNSUPPORTED_FUNCTION",
            "bit_xor(",
            "(line 2, position 3)",
            "docs/sql.md"),
        of(
            "SELECT approx_count_distinct(age) FROM north.patients",
            "UNSUPPORTED_FUNCTION",
            "approx_count_distinct(",
            "docs/sql.md"),
        of(
            "SELECT try_sum(age) FROM north.patients",
            "UNSUPPORTED_FUNCTION",
            "try_sum(",
            "docs/sql.md"),
        of("SELECT sum(age / 2) FROM north.patients", "UNSUPPORTED_FUNCTION", "fixed-point"),
        // Relations
        of(
            "SELECT sum(r) FROM (SELECT percent_rank() OVER (ORDER BY age) r FROM north.patients)",
            "UNSUPPORTED_OPERATION",
            "PERCENT_RANK() OVER (",
            "profile of windows",
            "Aggregate first"),
        of(
            "SELECT count(*) FROM north.patients TABLESAMPLE (10 PERCENT)",
            "UNSUPPORTED_OPERATION",
            "SAMPLE",
            "Filter by a column"),
        of(
            "SELECT sum(age) FROM (SELECT age FROM north.patients LIMIT 3)",
            "UNSUPPORTED_OPERATION",
            "LIMIT",
            "order them first"),
        of(
            "SELECT x, count(*) FROM north.patients LATERAL VIEW explode(array(age)) t AS x GROUP BY x",
            "UNSUPPORTED_OPERATION",
            "GENERATE",
            "rows of a table of their own"),
        of(
            "SELECT count(*) FROM north.patients WHERE id > (SELECT max(id) FROM mine)",
            "UNSUPPORTED_OPERATION",
            "(line 1, position",
            "outside of Trefoil",
            "OWNERS.yaml"),
        of(
            "SELECT count(*) FROM north.patients WHERE id IN (SELECT id FROM mine)",
            "UNSUPPORTED_OPERATION",
            "outside of Trefoil",
            "OWNERS.yaml"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void namesTheFragmentAndANextStep(Refusal refusal) {
    int before = PlainExecution.INSTANCE.runs();
    String text =
        refusal
            .query()
            .replaceAll("\\b(north\\.|east\\.|south\\.)(patients|scans)", "trefoil.$1$2");
    Throwable error = catchThrowable(() -> spark.sql(text).collectAsList());
    assertThat(error).isNotNull();
    String[] words = refusal.words().clone();
    for (int i = 0; i < words.length; i++) {
      words[i] = moved(words[i], refusal.query(), text);
    }
    assertThat(error.getMessage()).containsSubsequence(words).doesNotEndWith(": .");
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before);
  }

  /** A position in the query as it is written with the catalog's name. */
  private static String moved(String word, String query, String text) {
    String start = "(line 1, position ";
    if (!word.startsWith(start) || word.length() == start.length()) {
      return word;
    }
    int position = Integer.parseInt(word.substring(start.length()).replace(")", ""));
    int table = query.indexOf(".patients");
    return position > table ? start + (position + text.length() - query.length()) : word;
  }

  @Test
  void unusableColumnsAreInTheWayOfNothingElse() {
    assertThat(spark.sql("SELECT count(*) FROM trefoil.south.scans").head().getLong(0))
        .isEqualTo(9);
    assertThat(spark.sql("SELECT DISTINCT * FROM trefoil.south.scans").columns())
        .containsExactly("patient", "photo", "dose");
    assertThat(
            spark
                .sql("SELECT count(*) FROM (SELECT marks FROM trefoil.south.scans)")
                .head()
                .getLong(0))
        .isEqualTo(9);
    // In plain Spark the name is of the inner table, whatever the outer one has.
    assertThat(
            catchThrowable(
                () ->
                    spark
                        .sql(
                            "SELECT count(*) FROM (SELECT 1L AS code, id FROM trefoil.north.patients)"
                                + " WHERE id IN (SELECT patient FROM trefoil.south.scans WHERE code ="
                                + " 1)")
                        .collectAsList()))
        .hasMessageContaining("south.scans.code");
  }

  @Test
  void listsAtLeastForty() {
    assertThat(refusals()).hasSizeGreaterThanOrEqualTo(40);
  }

  @Test
  void explainPolicySaysWhetherAQueryWouldBeRefused() {
    assertThat(ExplainPolicy.query("EXPLAIN SELECT 1")).isEmpty();
    String query =
        ExplainPolicy.query(" explain\n policy SELECT sum(age) FROM trefoil.north.patients").get();
    assertThat(ExplainPolicy.verdict(spark, query).lines())
        .singleElement()
        .asString()
        .startsWith("Allowed by every policy.");
    assertThat(ExplainPolicy.verdict(spark, "SELECT name FROM trefoil.north.patients").lines())
        .hasSize(2)
        .last()
        .asString()
        .contains("TREFOIL_ROW_LEVEL_ACCESS", "patients.name");
    assertThat(
            catchThrowable(
                () -> ExplainPolicy.verdict(spark, "SELECT x FROM trefoil.north.patients")))
        .hasMessageContaining("UNRESOLVED_COLUMN");

    Row allowed = spark.sql("EXPLAIN POLICY SELECT sum(age) FROM trefoil.north.patients").head();
    assertThat(allowed.getBoolean(0)).isTrue();
    assertThat(allowed.isNullAt(1)).isTrue();
    Dataset<Row> refused = spark.sql("EXPLAIN POLICY SELECT name FROM trefoil.north.patients");
    assertThat(refused.columns()).containsExactly("allowed", "condition", "reason");
    assertThat(refused.filter("NOT allowed").collectAsList())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.getString(1)).isEqualTo("TREFOIL_ROW_LEVEL_ACCESS");
              assertThat(row.getString(2)).contains("patients.name");
            });
  }
}
