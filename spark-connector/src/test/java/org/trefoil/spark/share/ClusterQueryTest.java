package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.owner.OwnerAgent;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.result.RevealedRows;

class ClusterQueryTest {
  private static final DataType MONEY = DataType.decimal(9, 2);

  private final SparkSession spark = LocalSpark.session();
  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "id,amount\n1,2.50\n2,-7.25\n3,\n4,0.01\n");
    Files.writeString(
        folder.resolve("OWNERS.yaml"),
        """
        owners:
          north:
            tables:
              t:
                source: {format: csv, path: t.csv, options: {header: "true"}}
                schema: "id INT NOT NULL, amount DECIMAL(9,2)"
                keys: [[id]]
                policy:
                  min-group-size: 2
                  default: {use: [aggregate, filter, join, group]}
        """);
  }

  @Test
  void aQueryOverOwnTablesReturnsWhatTheExecutorsReveal() {
    FakeCluster cluster = new FakeCluster(ClusterQueryTest::sumAndCount);
    ClusterQuery queries = new ClusterQuery(cluster, tables());
    spark.sparkContext().setJobDescription("mine");
    assertThat(queries.descriptors(spark))
        .singleElement()
        .satisfies(t -> assertThat(t.rows()).isEqualTo(4));
    RevealedRows rows = queries.run(spark, options("1min"), bytes(plan()), plan());
    assertThat(rows.rows()).singleElement().isEqualTo(new Object[] {new BigDecimal("-4.74"), 4L});
    assertThat(rows.metrics())
        .containsEntry(Counter.ROWS_SHARED, 4L)
        .containsEntry(Counter.ROUNDS, 7L);
    assertThat(rows.metrics().get(Counter.BYTES_SHARED)).isPositive();
    assertThat(cluster.delivered()).isTrue();
    assertThat(spark.sparkContext().getLocalProperty("spark.job.description")).isEqualTo("mine");
  }

  @Test
  void anAgentSharesForAnAnalystWhoHoldsNothing() throws Exception {
    FakeCluster cluster = new FakeCluster(ClusterQueryTest::sumAndCount);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (OwnerAgent agent =
        new OwnerAgent(
            spark,
            cluster,
            tables(),
            Duration.ofMinutes(1),
            new PrintStream(said, true, StandardCharsets.UTF_8))) {
      agent.start();
      ClusterQuery queries = new ClusterQuery(cluster, OwnerTables.none());
      RevealedRows rows = queries.run(spark, options("2min"), bytes(plan()), plan());
      assertThat(rows.rows()).singleElement().isEqualTo(new Object[] {new BigDecimal("-4.74"), 4L});
    }
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("registered north.t, 4 rows")
        .doesNotContain("7.25");
  }

  @Test
  void anOwnerWhoDoesNotAnswerIsNamed() {
    FakeCluster cluster = new FakeCluster(ClusterQueryTest::sumAndCount);
    TableDescriptor north = tables().descriptors(spark, "north").get(0);
    cluster.registerForeign(north);
    ClusterQuery queries = new ClusterQuery(cluster, OwnerTables.none());
    assertThatThrownBy(() -> queries.run(spark, options("2s"), bytes(plan()), plan()))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.OWNER_UNAVAILABLE))
        .hasMessageContaining("owner north");
    assertThat(cluster.state()).isEqualTo(QueryState.CANCELLED);
  }

  @Test
  void aSourceThatFailsFailsTheQueryEverywhereWithItsCondition() throws IOException {
    FakeCluster cluster = new FakeCluster(ClusterQueryTest::sumAndCount);
    ClusterQuery queries = new ClusterQuery(cluster, tables());
    queries.descriptors(spark);
    Files.writeString(folder.resolve("t.csv"), "id,amount\n1,hush\n");
    assertThatThrownBy(() -> queries.run(spark, options("1min"), bytes(plan()), plan()))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.SOURCE_FAILED))
        .hasMessageContaining("north.t")
        .hasMessageNotContaining("hush");
    assertThat(cluster.state()).isEqualTo(QueryState.FAILED);
    assertThat(cluster.error().condition()).isEqualTo(Condition.SOURCE_FAILED);
  }

  @Test
  void cancellingTheJobGroupInSparkCancelsTheQueryAtTheExecutors() throws Exception {
    FakeCluster cluster = new FakeCluster((layout, inputs) -> null);
    ClusterQuery queries = new ClusterQuery(cluster, tables());
    queries.descriptors(spark);
    CompletableFuture<RevealedRows> run =
        CompletableFuture.supplyAsync(
            () -> {
              spark.sparkContext().setJobGroup("stop me", "a test", true);
              return queries.run(spark, options("5min"), bytes(plan()), plan());
            });
    cluster.awaitState(QueryState.RUNNING);
    while (spark.sparkContext().statusTracker().getJobIdsForGroup("stop me").length == 0) {
      Thread.onSpinWait();
    }
    while (cluster.state() == QueryState.RUNNING) {
      spark.sparkContext().cancelJobGroup("stop me");
      synchronized (cluster) {
        cluster.wait(200);
      }
    }
    assertThatThrownBy(run::get)
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("TREFOIL_QUERY_CANCELLED");
    assertThat(cluster.state()).isEqualTo(QueryState.CANCELLED);
  }

  private OwnerTables tables() {
    return OwnerTables.of(OwnersFile.read(folder.resolve("OWNERS.yaml")));
  }

  private static TrefoilOptions options(String timeout) {
    return TrefoilOptions.ofCatalog("trefoil", Map.of("timeout", timeout));
  }

  private static byte[] bytes(Plan plan) {
    return SubstraitPlans.encode(plan);
  }

  private static Plan plan() {
    Field amount = new Field("amount", MONEY, true);
    Rel scan = new Rel.Scan("north", "t", List.of(amount));
    Rel root =
        new Rel.Aggregate(
            scan,
            List.of(),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM,
                    Optional.of(new Expr.FieldRef(0, MONEY, true)),
                    DataType.decimal(19, 2)),
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("total", "n"));
    return new Plan(root, true, "UTC");
  }

  /** What the executors would compute, in the clear. */
  private static List<ClearColumn> sumAndCount(InputLayout layout, List<List<FakeStore>> inputs) {
    int at = 1 + layout.column(0, Form.ARITHMETIC, List.of(0));
    BigInteger sum = BigInteger.ZERO;
    long count = 0;
    for (List<ClearColumn> chunk : inputs.get(0).get(0).opened()) {
      for (int r = 0; r < chunk.get(0).rows(); r++) {
        sum = sum.add(BigInteger.valueOf(chunk.get(at).limbs()[0][r]));
        count += chunk.get(0).limbs()[0][r >>> 6] >>> r & 1;
      }
    }
    List<ClearColumn> result =
        new ResultDecoder(layout.result())
            .shapes().stream().map(shape -> ClearColumn.zero(shape, 1)).toList();
    for (ClearColumn column : result) {
      column.limbs()[0][0] = 1;
    }
    result.get(0).limbs()[0][0] = sum.longValue();
    if (result.get(0).limbs().length > 1) {
      result.get(0).limbs()[1][0] = sum.signum() < 0 ? -1 : 0;
    }
    result.get(result.size() - 1).limbs()[0][0] = count;
    return result;
  }
}
