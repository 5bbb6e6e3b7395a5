package org.trefoil.spark.result;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.internal.connector.SupportsMetadata;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.spark.SparkTypes;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.TrefoilSparkException;

/**
 * The leaf that stands for a whole query in Spark's plan. Planning it checks the policy, so that
 * refusals come before anything runs; EXPLAIN shows what it reveals. The query runs at the
 * executors when Spark asks for the reader factory, once, which EXPLAIN never does.
 */
public final class ResultScan implements Scan, Batch, SupportsMetadata {
  private static final Logger LOG = LoggerFactory.getLogger(ResultScan.class);
  private static final RunMemo MEMO = new RunMemo();

  private final SparkSession session;
  private final QueryExecution execution;
  private TrefoilOptions options;
  private final Plan plan;
  private final byte[] planBytes;
  private final Explanation explanation;
  private RevealedRows result;

  private ResultScan(
      SparkSession session,
      QueryExecution execution,
      TrefoilOptions options,
      Plan plan,
      byte[] planBytes,
      Explanation explanation) {
    this.session = session;
    this.execution = execution;
    this.options = options;
    this.plan = plan;
    this.planBytes = planBytes;
    this.explanation = explanation;
  }

  /**
   * Plans a leaf; nothing runs.
   *
   * @param tables the descriptors of the tables that the plan names
   * @throws TrefoilException if a policy forbids it or it is not in the profile
   */
  public static ResultScan plan(
      SparkSession session,
      QueryExecution execution,
      TrefoilOptions options,
      Plan plan,
      List<TableDescriptor> tables) {
    // Of a kept result the tables count from which it was made.
    Catalog catalog =
        Catalog.of(
            tables.stream().anyMatch(t -> t.kept().isPresent())
                ? execution.descriptors(session)
                : tables);
    Explanation explanation = execution.explain(plan, catalog);
    return new ResultScan(
        session, execution, options, plan, SubstraitPlans.encode(plan), explanation);
  }

  /** A leaf for a result that waits at the executors under the id of {@code options}. */
  public static ResultScan held(
      SparkSession session, QueryExecution execution, TrefoilOptions options, Plan plan) {
    return new ResultScan(
        session,
        execution,
        options,
        plan,
        SubstraitPlans.encode(plan),
        Explanation.ofHeld(plan, execution.mode()));
  }

  /** What is submitted. */
  public byte[] planBytes() {
    return planBytes.clone();
  }

  /** Runs with these options of the read; called before anything runs. */
  public synchronized void withReadOptions(Map<String, String> readOptions) {
    options = options.withReadOptions(readOptions);
  }

  public Plan plan() {
    return plan;
  }

  @Override
  public StructType readSchema() {
    return SparkTypes.toSpark(plan.root().fields());
  }

  @Override
  public String description() {
    return explanation.line();
  }

  @Override
  public scala.collection.immutable.Map<String, String> getMetaData() {
    return explanation.metadata();
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  /** Without this, Spark would ask for the reader factory, and so start the run, to plan. */
  @Override
  public ColumnarSupportMode columnarSupportMode() {
    return ColumnarSupportMode.SUPPORTED;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return new InputPartition[] {RevealedBatch.Whole.PARTITION};
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    RevealedRows rows = result();
    return new RevealedBatch(plan.root().fields(), rows.rows());
  }

  private synchronized RevealedRows result() {
    if (result == null) {
      String root = session.sparkContext().getLocalProperty("spark.sql.execution.root.id");
      try {
        result =
            root == null
                ? run()
                : MEMO.get(
                    new RunMemo.Key(
                        root, digest(planBytes) + options.result().orElse(""), execution),
                    this::run);
      } catch (TrefoilException e) {
        throw TrefoilSparkException.raise(e);
      }
      LOG.info("mode {}: {}", execution.mode(), explanation.model());
      if (result.suppressionMayApply()) {
        LOG.info(
            "suppression may apply to this result: groups to which too few rows or entities"
                + " contribute are left out, values on which too few weigh are NULL");
      }
      Long held = result.metrics().get(Counter.GROUPS_HELD_BACK);
      if (held != null) {
        LOG.info("groups held back: {}", held);
      }
    }
    return result;
  }

  private RevealedRows run() {
    return execution.run(session, options, planBytes, plan);
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return Arrays.stream(Counter.values()).map(CounterMetric::new).toArray(CustomMetric[]::new);
  }

  @Override
  public synchronized CustomTaskMetric[] reportDriverMetrics() {
    Map<Counter, Long> metrics = result == null ? Map.of() : result.metrics();
    return metrics.entrySet().stream()
        .map(m -> new CounterMetric.Value(m.getKey(), m.getValue()))
        .toArray(CustomTaskMetric[]::new);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ResultScan scan
        && execution == scan.execution
        && Arrays.equals(planBytes, scan.planBytes)
        && options.result().equals(scan.options.result());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(planBytes);
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
