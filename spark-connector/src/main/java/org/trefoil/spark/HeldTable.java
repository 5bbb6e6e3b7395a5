package org.trefoil.spark;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.spark.result.QueryExecution;
import org.trefoil.spark.result.ResultScan;

/**
 * The result of {@code option("result", id)}: what another has run and the executors hold for this
 * reader.
 */
record HeldTable(QueryExecution execution, TrefoilOptions options, Plan plan)
    implements Table, SupportsRead {
  /** Asks the executors what waits under the id of {@code options}; fetches nothing. */
  static HeldTable of(QueryExecution execution, TrefoilOptions options) {
    try {
      byte[] plan = execution.held(options.result().orElseThrow());
      return new HeldTable(execution, options, SubstraitPlans.decode(plan));
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  @Override
  public String name() {
    return "trefoil result";
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(SparkTypes.toSpark(plan.root().fields()).fields())
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

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap unused) {
    return () -> ResultScan.held(SparkSession.active(), execution, options, plan);
  }
}
