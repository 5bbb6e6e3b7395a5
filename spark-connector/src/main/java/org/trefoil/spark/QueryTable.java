package org.trefoil.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.plan.Finish;
import org.trefoil.spark.result.ResultScan;

/**
 * The result of {@code option("query", sql)} or {@code option("proposal", id)}: the query is run
 * whole, whatever is done with its result in Spark.
 *
 * @param result the schema of the query's result
 * @param readOptions under which it runs
 * @param planned its plan, its aggregates absorbed
 */
public record QueryTable(
    String text, StructType result, Map<String, String> readOptions, Supplier<LogicalPlan> planned)
    implements Table, SupportsRead {
  /** Analyses {@code sql}, which has to be one SELECT; nothing runs. */
  static QueryTable of(String sql, Map<String, String> readOptions) {
    Map<String, String> options = Map.copyOf(readOptions);
    return new QueryTable(
        sql,
        execution(sql).analyzed().schema(),
        options,
        () -> TrefoilOptions.planned(options, () -> execution(sql).optimizedPlan()));
  }

  /** What a proposal has in store: its plan, and what is computed from what that reveals. */
  static QueryTable of(
      String id, ResultScan scan, List<String> finish, Map<String, String> readOptions) {
    Dataset<Row> frame = Finish.apply(org.apache.spark.sql.SparkSession.active(), scan, finish);
    return new QueryTable(
        id,
        frame.schema(),
        Map.copyOf(readOptions),
        () ->
            ((org.apache.spark.sql.classic.Dataset<?>) (Object) frame)
                .queryExecution()
                .optimizedPlan());
  }

  /** The plan of the query, its aggregates absorbed. */
  public LogicalPlan optimized() {
    return planned.get();
  }

  private static org.apache.spark.sql.execution.QueryExecution execution(String sql) {
    SparkSession session = (SparkSession) org.apache.spark.sql.SparkSession.active();
    LogicalPlan parsed;
    try {
      parsed = session.sessionState().sqlParser().parsePlan(sql.strip().replaceAll(";$", ""));
    } catch (ParseException e) {
      throw TrefoilSparkException.<RuntimeException>unchecked(e);
    }
    var execution = session.sessionState().executePlan(parsed, CommandExecutionMode.SKIP());
    LogicalPlan analyzed = execution.analyzed();
    if (analyzed instanceof Command) {
      throw TrefoilSparkException.raise(
          new TrefoilException(
              Condition.UNSUPPORTED_OPERATION,
              "Cannot run option(\"query\"): it is not a SELECT. Run other statements by"
                  + " spark.sql."));
    }
    return execution;
  }

  @Override
  public String name() {
    return "trefoil query";
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(result.fields())
        .map(f -> Column.create(f.name(), f.dataType(), f.nullable()))
        .toArray(Column[]::new);
  }

  @Override
  public Map<String, String> properties() {
    return Map.of("query", text);
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return () -> new Unplanned(result);
  }

  /** What is left where the rule that plans the query is missing. */
  private record Unplanned(StructType readSchema) implements Scan {
    @Override
    public Batch toBatch() {
      throw TrefoilSparkException.raise(
          new TrefoilException(
              Condition.ROW_LEVEL_ACCESS,
              "Cannot run option(\"query\"): Trefoil's planner is not part of this session. Set"
                  + " spark.jars when Spark starts, and do not exclude its rule."));
    }
  }
}
