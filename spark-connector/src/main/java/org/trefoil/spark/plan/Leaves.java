package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation$;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.apache.spark.sql.types.StructType;
import org.trefoil.spark.QueryTable;
import org.trefoil.spark.TrefoilTable;
import scala.Option;
import scala.collection.immutable.Seq;

/** Recognises and makes the leaves of Catalyst plans that Trefoil has to do with. */
final class Leaves {
  private Leaves() {}

  /** A leaf whose rows {@code scan} returns, under the given attributes. */
  static LogicalPlan of(String name, Scan scan, Seq<Attribute> output) {
    List<AttributeReference> attributes = new ArrayList<>();
    for (Attribute a : Trees.list(output)) {
      attributes.add(
          new AttributeReference(
              a.name(), a.dataType(), a.nullable(), a.metadata(), a.exprId(), a.qualifier()));
    }
    DataSourceV2Relation relation =
        DataSourceV2Relation$.MODULE$.create(
            new LeafTable(name, scan.readSchema()), Option.empty(), Option.empty());
    return new DataSourceV2ScanRelation(
        relation,
        scan,
        Trees.seq(attributes),
        Option.empty(),
        Option.empty(),
        Trees.seq(List.of()));
  }

  /** The owner's table that the leaf would read row by row. */
  static Optional<TrefoilTable> rows(LogicalPlan leaf) {
    return table(leaf).filter(TrefoilTable.class::isInstance).map(TrefoilTable.class::cast);
  }

  /** The query of {@code option("query", ...)} that the leaf stands for. */
  static Optional<QueryTable> query(LogicalPlan leaf) {
    return table(leaf).filter(QueryTable.class::isInstance).map(QueryTable.class::cast);
  }

  static boolean isFrozen(LogicalPlan leaf) {
    return leaf instanceof DataSourceV2ScanRelation r && r.scan() instanceof Frozen;
  }

  /** Whether only owners' rows are below {@code plan}, subqueries in its expressions left aside. */
  static boolean allOurs(LogicalPlan plan) {
    List<LogicalPlan> children = Trees.list(plan.children());
    return children.isEmpty()
        ? rows(plan).isPresent() || isFrozen(plan)
        : children.stream().allMatch(Leaves::allOurs);
  }

  /** The leaves of a plan and of the subqueries in its expressions, that Trefoil must deal with. */
  static List<LogicalPlan> unresolved(LogicalPlan plan) {
    List<LogicalPlan> found = new ArrayList<>();
    collect(plan, found);
    return found;
  }

  /** The leaves that are not Trefoil's, outside of subqueries. */
  static List<LogicalPlan> others(LogicalPlan plan) {
    List<LogicalPlan> found = new ArrayList<>();
    List<LogicalPlan> children = Trees.list(plan.children());
    if (children.isEmpty() && rows(plan).isEmpty() && !isFrozen(plan)) {
      found.add(plan);
    }
    children.forEach(c -> found.addAll(others(c)));
    return found;
  }

  private static void collect(LogicalPlan plan, List<LogicalPlan> found) {
    List<LogicalPlan> children = Trees.list(plan.children());
    if (rows(plan).isPresent() || isFrozen(plan) || query(plan).isPresent()) {
      found.add(plan);
    }
    children.forEach(c -> collect(c, found));
    for (Expression expression : Trees.list(plan.expressions())) {
      collect(expression, found);
    }
  }

  private static void collect(Expression expression, List<LogicalPlan> found) {
    if (expression instanceof PlanExpression<?> subquery
        && subquery.plan() instanceof LogicalPlan plan) {
      collect(plan, found);
    }
    Trees.list(expression.children()).forEach(c -> collect(c, found));
  }

  private static Optional<Table> table(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation) {
      return Optional.of(relation.table());
    }
    if (leaf instanceof DataSourceV2ScanRelation scan) {
      return Optional.of(scan.relation().table());
    }
    return Optional.empty();
  }

  /** The nameplate that Spark wants beside a scan. */
  private record LeafTable(String name, StructType leafSchema) implements Table {
    @Override
    public Column[] columns() {
      return Arrays.stream(leafSchema.fields())
          .map(f -> Column.create(f.name(), f.dataType(), f.nullable()))
          .toArray(Column[]::new);
    }

    @Override
    public Map<String, String> properties() {
      return Map.of();
    }

    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.BATCH_READ);
    }
  }
}
