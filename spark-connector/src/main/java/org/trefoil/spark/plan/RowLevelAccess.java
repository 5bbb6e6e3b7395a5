package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Words the refusal of a plan that needs rows: what it asked for, and what would work. */
final class RowLevelAccess {
  private static final int NAMED = 8;

  private RowLevelAccess() {}

  /**
   * The refusal of {@code plan}.
   *
   * @param leaves what in it reads rows, at least one
   */
  static TrefoilException refuse(LogicalPlan plan, List<LogicalPlan> leaves) {
    Set<String> columns = new LinkedHashSet<>();
    Set<String> tables = new LinkedHashSet<>();
    for (LogicalPlan leaf : leaves) {
      Leaves.rows(leaf)
          .ifPresent(
              table -> {
                String name = table.descriptor().name();
                tables.add(name);
                for (Attribute column : Trees.list(leaf.output())) {
                  columns.add(name + "." + column.name());
                }
              });
      Leaves.query(leaf).ifPresent(q -> tables.add("option(\"query\")"));
      if (Leaves.isFrozen(leaf)) {
        Trees.list(leaf.output()).forEach(c -> columns.add(c.name()));
      }
    }
    return new TrefoilException(
        Condition.ROW_LEVEL_ACCESS,
        "Cannot return "
            + (columns.isEmpty() ? "rows of " + String.join(", ", tables) : named(columns))
            + ": only aggregates can be revealed. "
            + advice(plan));
  }

  private static String advice(LogicalPlan plan) {
    List<LogicalPlan> others = Leaves.others(plan);
    if (aggregates(plan) && others.isEmpty()) {
      return "An aggregate is there, but rows are needed beside or before it: aggregate everything"
          + " that is read from Trefoil's tables, and do not exclude "
          + AbsorbAggregates.class.getName()
          + " from the optimizer.";
    }
    if (aggregates(plan)) {
      return "Rows of owners cannot be combined with "
          + others.stream().map(RowLevelAccess::word).distinct().collect(Collectors.joining(", "))
          + " outside of Trefoil: list that table in an OWNERS.yaml too, write literals of the"
          + " query in CASE and IN, or aggregate before you combine.";
    }
    return "Aggregate it with SUM, COUNT, AVG, MIN or MAX, or group by a column whose policy allows"
        + " \"group\"; cache() and write the aggregated DataFrame, not the rows.";
  }

  private static String word(LogicalPlan leaf) {
    return leaf instanceof LocalRelation || leaf instanceof OneRowRelation
        ? "rows of literals"
        : leaf.nodeName().toLowerCase(Locale.ROOT);
  }

  private static boolean aggregates(LogicalPlan plan) {
    return plan instanceof Aggregate
        || Trees.list(plan.children()).stream().anyMatch(RowLevelAccess::aggregates);
  }

  private static String named(Set<String> columns) {
    List<String> names = new ArrayList<>(columns);
    String shown =
        names.stream().limit(NAMED).collect(Collectors.joining(", ", columnWord(names), ""));
    return names.size() > NAMED ? shown + " and " + (names.size() - NAMED) + " more" : shown;
  }

  private static String columnWord(List<String> names) {
    return names.size() == 1 ? "column " : "columns ";
  }
}
