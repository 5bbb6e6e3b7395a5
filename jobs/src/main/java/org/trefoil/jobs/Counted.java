package org.trefoil.jobs;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.trefoil.spark.result.Counter;
import scala.jdk.javaapi.CollectionConverters;

/** What was counted of a run, as the Spark UI shows it. */
final class Counted {
  private Counted() {}

  /** The count of a query that has run; null if there is none. */
  static Long of(Dataset<Row> result, Counter counter) {
    return of(result.queryExecution().executedPlan(), counter);
  }

  private static Long of(SparkPlan plan, Counter counter) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      return of(adaptive.executedPlan(), counter);
    }
    if (plan instanceof QueryStageExec stage) {
      return of(stage.plan(), counter);
    }
    if (plan.metrics().contains(counter.metric())) {
      return plan.metrics().apply(counter.metric()).value();
    }
    for (SparkPlan child : CollectionConverters.asJava(plan.children())) {
      Long count = of(child, counter);
      if (count != null) {
        return count;
      }
    }
    return null;
  }
}
