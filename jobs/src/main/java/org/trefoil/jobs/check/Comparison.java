package org.trefoil.jobs.check;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.types.StructField;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import scala.jdk.javaapi.CollectionConverters;

/** Runs a query over Trefoil's tables and over the same rows in plain Spark, and compares. */
final class Comparison {
  /** What came of it. */
  enum Verdict {
    EQUAL,
    BOTH_FAILED,
    /** For a row that plain Spark drops before it computes with it; docs/sql.md says so. */
    FAILED_EARLIER,
    /** A group of which plain Spark computes a quotient, though HAVING drops it; docs/sql.md. */
    DROPPED_EARLIER,
    REFUSED,
    DIFFERENT
  }

  /**
   * The result of a comparison.
   *
   * @param detail the reason of a refusal, or what differs
   */
  record Outcome(Verdict verdict, String detail) {}

  /** Spark's conditions, and what stands for them where secret values are concerned. */
  private static final Map<String, Condition> SAME =
      Map.of(
          "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", Condition.ARITHMETIC_OVERFLOW,
          "ARITHMETIC_OVERFLOW", Condition.ARITHMETIC_OVERFLOW,
          "CAST_OVERFLOW", Condition.ARITHMETIC_OVERFLOW,
          "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", Condition.ARITHMETIC_OVERFLOW,
          "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION", Condition.ARITHMETIC_OVERFLOW,
          "DIVIDE_BY_ZERO", Condition.SOURCE_FAILED,
          // Made of a cast that fails.
          "SCALAR_SUBQUERY_TOO_MANY_ROWS", Condition.SOURCE_FAILED);

  /** What Spark says of a single row with which it cannot compute. */
  private static final Set<String> SINGLE_ROWS =
      Set.of("ARITHMETIC_OVERFLOW", "CAST_OVERFLOW", "DIVIDE_BY_ZERO", "REMAINDER_BY_ZERO");

  private static final Pattern OF_OWNER = Pattern.compile("Spark reports ([A-Z_.]+)\\.");

  private final SparkSession spark;

  Comparison(SparkSession spark) {
    this.spark = spark;
  }

  Outcome of(RandomTables tables, RandomQuery query) {
    Answer plain = answer(tables.plain(query.expected()));
    Answer secure = answer(tables.secure(query.text(), query.altered()));
    if (plain.error != null) {
      if (secure.error == null
          && condition(plain.error).equals("DIVIDE_BY_ZERO")
          && query.text().contains(" HAVING ")) {
        return new Outcome(Verdict.DROPPED_EARLIER, "");
      }
      return secure.error != null && same(plain.error, secure.error)
          ? new Outcome(Verdict.BOTH_FAILED, "")
          : refusedOr(
              secure,
              "plain Spark fails with "
                  + plain.describe()
                  + "\n  Trefoil "
                  + (secure.error == null ? "answers " : "fails with ")
                  + secure.describe());
    }
    if (secure.error != null) {
      Optional<String> reported = ofOwner(secure.error);
      if (reported.filter(SINGLE_ROWS::contains).isPresent() && query.text().contains(" JOIN ")) {
        return new Outcome(Verdict.FAILED_EARLIER, reported.get());
      }
      return refusedOr(
          secure,
          "plain Spark answers "
              + plain.describe()
              + "\n  Trefoil fails with "
              + secure.describe());
    }
    if (tables.grouped() && secure.constant) {
      // No row is there, whatever the tables hold: Spark answers by itself, and nothing is held
      // back.
      plain = answer(tables.plain(query.text()));
    }
    if (!plain.schema.equals(secure.schema)) {
      return new Outcome(Verdict.DIFFERENT, "types " + plain.schema + "\n  not " + secure.schema);
    }
    List<String> expected = query.ordered() ? plain.rows : plain.rows.stream().sorted().toList();
    List<String> found = query.ordered() ? secure.rows : secure.rows.stream().sorted().toList();
    return expected.equals(found)
        ? new Outcome(Verdict.EQUAL, "")
        : new Outcome(
            Verdict.DIFFERENT,
            "plain Spark answers " + plain.describe() + "\n  Trefoil answers " + secure.describe());
  }

  /** A refusal at planning says that a query is outside the profile; nothing else does. */
  private static Outcome refusedOr(Answer secure, String difference) {
    if (secure.error != null) {
      TrefoilException error = TrefoilException.in(secure.error).orElse(null);
      if (error != null
          && (error.condition().name().startsWith("UNSUPPORTED")
              || error.condition() == Condition.UNBOUNDED_VALUE
              || error.condition() == Condition.POLICY_VIOLATION
              || error.condition() == Condition.ROW_LEVEL_ACCESS)) {
        String message = error.getMessage();
        String reason = message.substring(message.indexOf(": ") + 1).strip();
        return new Outcome(
            Verdict.REFUSED,
            error.condition().name() + " " + reason.substring(0, Math.min(70, reason.length())));
      }
    }
    return new Outcome(Verdict.DIFFERENT, difference);
  }

  private static boolean same(Throwable plain, Throwable secure) {
    if (condition(plain).equals(ofOwner(secure).orElse(condition(secure)))) {
      return true;
    }
    Condition expected = SAME.get(condition(plain));
    return TrefoilException.in(secure)
        .map(e -> e.condition() == expected || e.condition() == Condition.ARITHMETIC_OVERFLOW)
        .orElse(false);
  }

  /** The condition that an owner's Spark reports. */
  private static Optional<String> ofOwner(Throwable secure) {
    return TrefoilException.in(secure)
        .filter(e -> e.condition() == Condition.SOURCE_FAILED)
        .map(e -> OF_OWNER.matcher(e.getMessage()))
        .filter(Matcher::find)
        .map(found -> found.group(1));
  }

  private static String condition(Throwable error) {
    for (Throwable t = error; t != null; t = t.getCause()) {
      if (t instanceof SparkThrowable known && known.getCondition() != null) {
        return known.getCondition();
      }
    }
    return error.getClass().getName();
  }

  private Answer answer(String query) {
    try {
      Dataset<Row> frame = spark.sql(query);
      String schema =
          Arrays.stream(frame.schema().fields())
              .map((StructField f) -> f.name() + " " + f.dataType().sql())
              .collect(Collectors.joining(", "));
      List<String> rows = new ArrayList<>();
      for (Row row : frame.collectAsList()) {
        rows.add(shown(row));
      }
      return new Answer(schema, rows, null, constant(frame));
    } catch (Exception e) {
      return new Answer("", List.of(), e, false);
    }
  }

  /** Whether the answer follows from the query alone. */
  private static boolean constant(Dataset<Row> frame) {
    List<LogicalPlan> leaves =
        CollectionConverters.asJava(frame.queryExecution().optimizedPlan().collectLeaves());
    return leaves.stream()
        .allMatch(leaf -> leaf instanceof LocalRelation || leaf instanceof OneRowRelation);
  }

  private static String shown(Row row) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      Object value = row.get(i);
      values.add(
          value instanceof BigDecimal d
              ? d.toPlainString()
              // Fixed point has no minus zero.
              : (value instanceof Double || value instanceof Float)
                      && ((Number) value).doubleValue() == 0
                  ? "0.0"
                  : value instanceof byte[] b
                      ? "X'" + HexFormat.of().formatHex(b) + "'"
                      : value instanceof String s ? "'" + s + "'" : String.valueOf(value));
    }
    return String.join(", ", values);
  }

  /** Rows, or an error. */
  private record Answer(String schema, List<String> rows, Throwable error, boolean constant) {
    String describe() {
      if (error != null) {
        String message = String.valueOf(error.getMessage());
        return condition(error) + ": " + message.substring(0, Math.min(600, message.length()));
      }
      return rows.size()
          + " rows: "
          + rows.stream().sorted().limit(12).collect(Collectors.joining(" | "));
    }
  }
}
