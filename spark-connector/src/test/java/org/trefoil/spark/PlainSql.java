package org.trefoil.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Rel;
import org.trefoil.spark.plan.FragmentSql;

/** A relation of the plan profile as SQL text over plain views; column i is named {@code c<i>}. */
final class PlainSql {
  private PlainSql() {}

  static String of(Rel rel, BinaryOperator<String> view) {
    if (rel instanceof Rel.Scan scan) {
      String columns =
          IntStream.range(0, scan.fields().size())
              .mapToObj(i -> "`" + scan.fields().get(i).name() + "` AS " + FragmentSql.column(i))
              .collect(Collectors.joining(", "));
      return "SELECT "
          + (columns.isEmpty() ? "0 AS nothing" : columns)
          + " FROM "
          + view.apply(scan.owner(), scan.table());
    }
    if (rel instanceof Rel.Union union) {
      return union.inputs().stream()
          .map(input -> "(" + of(input, view) + ")")
          .collect(Collectors.joining(" UNION ALL "));
    }
    if (rel instanceof Rel.Join join) {
      String columns =
          join.kind() == Rel.Join.Kind.EXISTENCE
              ? "SELECT *, EXISTS (SELECT * FROM ("
                  + shifted(join.right(), join.left().fields().size(), view)
                  + ") WHERE "
                  + FragmentSql.of(join.condition())
                  + ") AS "
                  + FragmentSql.column(join.left().fields().size())
                  + " FROM ("
                  + of(join.left(), view)
                  + ")"
              : "";
      if (!columns.isEmpty()) {
        return columns;
      }
      return "SELECT * FROM ("
          + of(join.left(), view)
          + ") "
          + join.kind().name().replace('_', ' ')
          + " JOIN ("
          + shifted(join.right(), join.left().fields().size(), view)
          + ") ON "
          + FragmentSql.of(join.condition());
    }
    String from = " FROM (" + of(rel.inputs().get(0), view) + ")";
    if (rel instanceof Rel.Filter filter) {
      return "SELECT *" + from + " WHERE " + FragmentSql.of(filter.condition());
    }
    if (rel instanceof Rel.Project project) {
      return "SELECT " + named(project.expressions().stream().map(FragmentSql::of).toList()) + from;
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregate(aggregate, from);
    }
    if (rel instanceof Rel.Window window) {
      int width = window.input().fields().size();
      return "SELECT *, "
          + IntStream.range(0, window.calls().size())
              .mapToObj(
                  i ->
                      FragmentSql.of(window, window.calls().get(i))
                          + " AS "
                          + FragmentSql.column(width + i))
              .collect(Collectors.joining(", "))
          + from;
    }
    if (rel instanceof Rel.Sort sort) {
      return "SELECT *"
          + from
          + " ORDER BY "
          + sort.keys().stream()
              .map(
                  k ->
                      FragmentSql.of(k.expression())
                          + (k.ascending() ? " ASC" : " DESC")
                          + (k.nullsFirst() ? " NULLS FIRST" : " NULLS LAST"))
              .collect(Collectors.joining(", "));
    }
    Rel.Limit limit = (Rel.Limit) rel;
    String count = limit.count() == Long.MAX_VALUE ? "" : " LIMIT " + limit.count();
    return "SELECT *" + from + count + (limit.offset() > 0 ? " OFFSET " + limit.offset() : "");
  }

  private static String aggregate(Rel.Aggregate aggregate, String from) {
    List<String> groups = aggregate.groups().stream().map(FragmentSql::of).toList();
    List<String> columns = new ArrayList<>(groups);
    for (AggregateCall call : aggregate.calls()) {
      columns.add(call.kind() + "(" + call.argument().map(FragmentSql::of).orElse("*") + ")");
    }
    return "SELECT "
        + named(columns)
        + from
        + (groups.isEmpty() ? "" : " GROUP BY " + String.join(", ", groups));
  }

  private static String shifted(Rel rel, int by, BinaryOperator<String> view) {
    String columns =
        IntStream.range(0, rel.fields().size())
            .mapToObj(i -> FragmentSql.column(i) + " AS " + FragmentSql.column(by + i))
            .collect(Collectors.joining(", "));
    return "SELECT " + columns + " FROM (" + of(rel, view) + ")";
  }

  private static String named(List<String> expressions) {
    if (expressions.isEmpty()) {
      return "0 AS nothing";
    }
    return IntStream.range(0, expressions.size())
        .mapToObj(i -> expressions.get(i) + " AS " + FragmentSql.column(i))
        .collect(Collectors.joining(", "));
  }
}
