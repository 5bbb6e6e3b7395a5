package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
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

  /** Runs the leaves of a plan that is nobody else's with these options of the read. */
  static void withReadOptions(LogicalPlan plan, Map<String, String> options) {
    if (plan instanceof DataSourceV2ScanRelation relation
        && relation.scan() instanceof ResultScan scan) {
      scan.withReadOptions(options);
    }
    Trees.list(plan.children()).forEach(child -> withReadOptions(child, options));
  }
}
