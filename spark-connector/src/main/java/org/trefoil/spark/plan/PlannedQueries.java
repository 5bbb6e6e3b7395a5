package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.trefoil.spark.result.ResultScan;

/** The queries that a DataFrame would run at the executors, as it is planned; nothing runs. */
public final class PlannedQueries {
  private PlannedQueries() {}

  /** The canonical bytes of each. */
  public static List<byte[]> of(Dataset<Row> frame) {
    org.apache.spark.sql.classic.Dataset<?> classic =
        (org.apache.spark.sql.classic.Dataset<?>) (Object) frame;
    List<byte[]> plans = new ArrayList<>();
    scans(classic.queryExecution().optimizedPlan(), plans);
    return plans;
  }

  private static void scans(LogicalPlan plan, List<byte[]> plans) {
    if (plan instanceof DataSourceV2ScanRelation relation
        && relation.scan() instanceof ResultScan scan) {
      plans.add(scan.planBytes());
    }
    Trees.list(plan.children()).forEach(child -> scans(child, plans));
  }

  /**
   * What Spark makes of the columns that the run of {@code frame} reveals: quotients, names, order.
   *
   * @param revealed these columns, as a recipient has fetched them
   */
  public static Dataset<Row> finished(Dataset<Row> frame, Dataset<Row> revealed) {
    org.apache.spark.sql.classic.Dataset<?> classic =
        (org.apache.spark.sql.classic.Dataset<?>) (Object) frame;
    LogicalPlan rows =
        ((org.apache.spark.sql.classic.Dataset<?>) (Object) revealed).queryExecution().analyzed();
    return org.apache.spark.sql.classic.Dataset.ofRows(
        classic.sparkSession(), over(classic.queryExecution().optimizedPlan(), rows));
  }

  private static LogicalPlan over(LogicalPlan plan, LogicalPlan rows) {
    if (!(plan instanceof DataSourceV2ScanRelation relation)
        || !(relation.scan() instanceof ResultScan)) {
      return Trees.withChildren(plan, child -> over(child, rows));
    }
    List<AttributeReference> leaf = Trees.list(relation.output());
    List<Attribute> fetched = Trees.list(rows.output());
    List<NamedExpression> named = new ArrayList<>();
    for (int i = 0; i < leaf.size(); i++) {
      named.add(Trees.alias(fetched.get(i), leaf.get(i).name(), leaf.get(i).exprId()));
    }
    return new Project(Trees.seq(named), rows);
  }

  /** Runs the leaves of a plan that is nobody else's with these options of the read. */
  static void withReadOptions(LogicalPlan plan, Map<String, String> options) {
    if (plan instanceof DataSourceV2ScanRelation relation
        && relation.scan() instanceof ResultScan scan) {
      scan.withReadOptions(options);
    }
    Trees.list(plan.children()).forEach(child -> withReadOptions(child, options));
  }
}
