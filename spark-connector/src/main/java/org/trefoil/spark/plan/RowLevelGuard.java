package org.trefoil.spark.plan;

import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.TrefoilSparkException;
import scala.collection.immutable.Seq;

/**
 * Refuses every plan that would still read an owner's rows when Spark makes it physical. Walks the
 * whole tree, because Spark's own strategies plan a leaf together with what is above it.
 */
public final class RowLevelGuard extends SparkStrategy {
  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    List<LogicalPlan> left = Leaves.unresolved(plan);
    if (!left.isEmpty()) {
      try {
        throw RowLevelAccess.refuse(plan, left);
      } catch (TrefoilException e) {
        throw TrefoilSparkException.raise(e);
      }
    }
    return Trees.seq(List.of());
  }
}
