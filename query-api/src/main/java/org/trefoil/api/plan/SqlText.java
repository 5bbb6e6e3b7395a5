package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.IntervalText;

/** Expressions as people read them. */
final class SqlText {
  private SqlText() {}

  static String of(Expr expr, IntFunction<String> columns) {
    if (expr instanceof Expr.FieldRef ref) {
      return columns.apply(ref.index());
    }
    if (expr instanceof Expr.Literal literal) {
      return literal(literal);
    }
    Expr.Call call = (Expr.Call) expr;
    List<String> a = call.arguments().stream().map(e -> of(e, columns)).toList();
    if (call.function() == Function.CASE) {
      StringBuilder text = new StringBuilder("CASE");
      for (int i = 0; i + 1 < a.size(); i += 2) {
        text.append(" WHEN ").append(a.get(i)).append(" THEN ").append(a.get(i + 1));
      }
      if (a.size() % 2 == 1) {
        text.append(" ELSE ").append(a.get(a.size() - 1));
      }
      return text.append(" END").toString();
    }
    if (call.function() == Function.IN) {
      return "(" + a.get(0) + " IN (" + String.join(", ", a.subList(1, a.size())) + "))";
    }
    // One pass over the template: an argument may itself hold what looks like a placeholder.
    StringBuilder text = new StringBuilder();
    String template = call.function().sql();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      if (c != '$') {
        text.append(c);
        continue;
      }
      char which = template.charAt(++i);
      text.append(
          switch (which) {
            case '*' -> String.join(", ", a);
            case 'T' -> call.type().sql();
            default -> a.get(which - '1');
          });
    }
    return text.toString();
  }

  static String joined(List<Expr> exprs, IntFunction<String> columns, String separator) {
    return exprs.stream().map(e -> of(e, columns)).collect(Collectors.joining(separator));
  }

  private static String literal(Expr.Literal literal) {
    Object v = literal.value();
    if (v == null) {
      return "NULL";
    }
    if (v instanceof BigDecimal d) {
      return d.toPlainString();
    }
    if (literal.type().kind() == DataType.Kind.BINARY) {
      return "X'" + v + "'";
    }
    if (v instanceof String s) {
      return "'" + s.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
    if (literal.type().kind() == DataType.Kind.DAY_TIME) {
      return IntervalText.ofMicros((Long) v);
    }
    if (literal.type().kind() == DataType.Kind.YEAR_MONTH) {
      return IntervalText.ofMonths((Long) v);
    }
    if (literal.type().kind() == DataType.Kind.DATE) {
      return "DATE '" + LocalDate.ofEpochDay((Long) v) + "'";
    }
    if (literal.type().kind() == DataType.Kind.TIMESTAMP) {
      long micros = (Long) v;
      return "TIMESTAMP '"
          + Instant.ofEpochSecond(
              Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L)
          + "'";
    }
    return v.toString();
  }
}
