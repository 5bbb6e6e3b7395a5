package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.IntervalText;

/**
 * Expressions of the plan profile as Spark SQL text, for the owner's Spark, which runs its fragment
 * in the clear. Column i of the relation is named {@code c<i>}, so that no name of a table can be
 * mistaken. Literals are exact under every session setting: they are built from digits and
 * hexadecimal bytes, never from a number, a date or an escaped string that a parser could read in
 * another way.
 */
public final class FragmentSql {
  private FragmentSql() {}

  /** The SQL text of {@code expression}. */
  public static String of(Expr expression) {
    if (expression instanceof Expr.FieldRef field) {
      return column(field.index());
    }
    if (expression instanceof Expr.Literal literal) {
      return literal(literal);
    }
    Expr.Call call = (Expr.Call) expression;
    List<String> arguments = call.arguments().stream().map(FragmentSql::of).toList();
    return switch (call.function()) {
      case CASE -> caseWhen(arguments);
      case IN ->
          "("
              + arguments.get(0)
              + " IN ("
              + String.join(", ", arguments.subList(1, arguments.size()))
              + "))";
      // A quotient of decimals has as many digits as the plan says: those of an AVG are fewer.
      case DIVIDE ->
          call.type().kind() == DataType.Kind.DECIMAL
              ? "CAST("
                  + fill(call.function(), arguments, call.type())
                  + " AS "
                  + call.type().sql()
                  + ")"
              : fill(call.function(), arguments, call.type());
      default -> fill(call.function(), arguments, call.type());
    };
  }

  /** The SQL text of a call of {@code window}. */
  public static String of(Rel.Window window, WindowCall call) {
    String argument = call.argument().map(FragmentSql::of).orElse("*");
    String partitions =
        window.partitions().stream().map(FragmentSql::of).collect(Collectors.joining(", "));
    String order =
        window.keys().stream()
            .map(
                k ->
                    of(k.expression())
                        + (k.ascending() ? " ASC" : " DESC")
                        + (k.nullsFirst() ? " NULLS FIRST" : " NULLS LAST"))
            .collect(Collectors.joining(", "));
    return call.sql(argument, partitions, order);
  }

  /** The name of column {@code index} in the text. */
  public static String column(int index) {
    return "c" + index;
  }

  private static String caseWhen(List<String> arguments) {
    int pairs = arguments.size() / 2;
    String branches =
        IntStream.range(0, pairs)
            .mapToObj(i -> " WHEN " + arguments.get(2 * i) + " THEN " + arguments.get(2 * i + 1))
            .collect(Collectors.joining());
    String otherwise =
        arguments.size() % 2 == 1 ? " ELSE " + arguments.get(arguments.size() - 1) : "";
    return "(CASE" + branches + otherwise + " END)";
  }

  /** Fills a template in one pass, so that an argument's own text is never read as a template. */
  private static String fill(Function function, List<String> arguments, DataType type) {
    String template = function.sql();
    StringBuilder sql = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      if (c != '$') {
        sql.append(c);
        continue;
      }
      char what = template.charAt(++i);
      switch (what) {
        case '*' -> sql.append(String.join(", ", arguments));
        case 'T' -> sql.append(type.sql());
        default -> {
          int argument = what - '1';
          if (argument >= arguments.size()) {
            throw new TrefoilException(
                Condition.MALFORMED_PLAN,
                "Cannot compute "
                    + function.wireName()
                    + ": it has "
                    + arguments.size()
                    + " arguments, and needs more.");
          }
          sql.append(arguments.get(argument));
        }
      }
    }
    return sql.toString();
  }

  private static String literal(Expr.Literal literal) {
    DataType type = literal.type();
    Object value = literal.value();
    if (value == null) {
      return "CAST(NULL AS " + type.sql() + ")";
    }
    return switch (type.kind()) {
      case BOOLEAN -> ((Boolean) value) ? "TRUE" : "FALSE";
      case TINYINT, SMALLINT, INT, BIGINT, DOUBLE, FLOAT ->
          "CAST('" + value + "' AS " + type.sql() + ")";
      case DECIMAL -> "CAST('" + ((BigDecimal) value).toPlainString() + "' AS " + type.sql() + ")";
      case DATE -> "date_from_unix_date(CAST('" + value + "' AS INT))";
      case TIMESTAMP -> "timestamp_micros(CAST('" + value + "' AS BIGINT))";
      case STRING ->
          "CAST(X'"
              + HexFormat.of().formatHex(((String) value).getBytes(StandardCharsets.UTF_8))
              + "' AS STRING)";
      case DAY_TIME -> IntervalText.ofMicros((Long) value);
      case YEAR_MONTH -> IntervalText.ofMonths((Long) value);
      case BINARY -> "X'" + value + "'";
    };
  }
}
