package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.TrefoilSparkException;

/**
 * Stands for the plan of a subquery over Trefoil tables between Spark's nested optimisation of the
 * subquery, which must not reveal it, and the optimisation of the query around it, which puts the
 * plan back.
 */
final class Frozen implements Scan {
  private final LogicalPlan plan;

  private Frozen(LogicalPlan plan) {
    this.plan = plan;
  }

  static LogicalPlan freeze(LogicalPlan plan) {
    return Leaves.of("subquery", new Frozen(plan), plan.output());
  }

  /** The plan that {@code leaf} stands for, with the leaf's attributes; empty for other plans. */
  static Optional<LogicalPlan> thaw(LogicalPlan leaf) {
    if (!(leaf instanceof DataSourceV2ScanRelation relation)
        || !(relation.scan() instanceof Frozen frozen)) {
      return Optional.empty();
    }
    List<Attribute> inner = Trees.list(frozen.plan.output());
    List<Attribute> outer = Trees.list(leaf.output());
    List<NamedExpression> names = new ArrayList<>();
    boolean renamed = inner.size() != outer.size();
    for (Attribute attribute : outer) {
      Attribute same =
          inner.stream()
              .filter(a -> a.exprId().equals(attribute.exprId()))
              .findFirst()
              .orElse(null);
      if (same != null) {
        names.add(same);
      } else {
        Attribute named =
            inner.stream().filter(a -> a.name().equals(attribute.name())).findFirst().orElseThrow();
        names.add(
            new Alias(
                named,
                attribute.name(),
                attribute.exprId(),
                Trees.seq(List.of()),
                scala.Option.empty(),
                Trees.seq(List.of())));
        renamed = true;
      }
    }
    return Optional.of(renamed ? new Project(Trees.seq(names), frozen.plan) : frozen.plan);
  }

  LogicalPlan plan() {
    return plan;
  }

  @Override
  public StructType readSchema() {
    return plan.schema();
  }

  @Override
  public String description() {
    return "a subquery that is never read by itself";
  }

  @Override
  public org.apache.spark.sql.connector.read.Batch toBatch() {
    throw TrefoilSparkException.raise(
        new TrefoilException(
            Condition.ROW_LEVEL_ACCESS,
            "Cannot read a subquery by itself: it was not made part of the query around it."));
  }
}
