package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.MapOutputTrackerMaster;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.owner.Chunks;

class SharingFaultsTest {
  private static final List<Field> FIELDS = List.of(new Field("amount", DataType.BIGINT, true));
  private static final int CHUNKS = 10;
  private static final AtomicInteger EVALUATIONS = new AtomicInteger();

  private final SparkSession spark = LocalSpark.session();

  @Test
  void failuresDoublesAndLostStagesNeverMakeAWrongSum() {
    shareUnderFaults(100);
  }

  @Test
  @Tag("slow")
  void aThousandOfThemNeither() {
    shareUnderFaults(1000);
  }

  private void shareUnderFaults(int failures) {
    long seed = Long.getLong("trefoil.seed", System.nanoTime());
    System.out.println("seed " + seed);
    int injected = 0;
    int stagesLost = 0;
    int doubled = 0;
    for (int round = 0; injected < failures; round++) {
      int rows = 997 + 64 * 1024 * (round % 2);
      Dataset<Row> source =
          spark.sql("SELECT id * id - 7 AS amount FROM range(0, " + rows + ", 1, 5)");
      FakeStore store = new FakeStore();
      FaultyRoute faults = new FaultyRoute(store, seed + round);
      List<ChunkReceipt> receipts = sharing(source).share(faults.route());
      store.commit(FragmentSharing.attempts(receipts));

      List<String> expected =
          IntStream.range(0, rows).mapToObj(i -> "[" + ((long) i * i - 7) + "]").sorted().toList();
      assertThat(SharedRows.of(store, FIELDS)).as("round %s", round).isEqualTo(expected);
      assertThatThrownBy(() -> faults.route().open(0, 0, UUID.randomUUID()))
          .isInstanceOf(RuntimeException.class);
      injected += faults.injected();
      stagesLost += faults.stagesLost();
      doubled += store.seen().size() - 3 * CHUNKS;
    }
    System.out.println(
        injected + " failures, " + stagesLost + " stages lost, " + doubled + " uploads to spare");
    assertThat(stagesLost).isPositive();
    assertThat(doubled).isPositive();
  }

  @Test
  void rowsThatChangeWhenALostStageIsReadAgainAreNoticed() {
    EVALUATIONS.set(0);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Dataset<Row> source =
        spark.createDataFrame(
            context
                .parallelize(List.of(0, 1, 2), 3)
                .map(i -> RowFactory.create((long) EVALUATIONS.incrementAndGet())),
            new StructType().add("amount", DataTypes.LongType));
    AtomicInteger lost = new AtomicInteger();
    LOSE = lost;
    FakeStore store = new FakeStore();
    UploadRoute route = store.route();
    assertThatThrownBy(
            () ->
                sharing(source)
                    .share(
                        (party, chunk, attempt) -> {
                          loseEverythingOnce();
                          return route.open(party, chunk, attempt);
                        }))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_SOURCE_CHANGED");
    assertThat(lost.get()).isEqualTo(1);
  }

  @Test
  void equalRowsAreSharedAsOftenAsTheyOccur() {
    Dataset<Row> source = spark.sql("SELECT 3L AS amount FROM range(0, 500, 1, 4)");
    FakeStore store = new FakeStore();
    store.commit(FragmentSharing.attempts(sharing(source).share(store.route())));
    assertThat(SharedRows.of(store, FIELDS))
        .isEqualTo(new ArrayList<>(Collections.nCopies(500, "[3]")));
  }

  @Test
  void neitherSeedsNorNamesOfAttemptsRepeat() {
    Dataset<Row> source = spark.sql("SELECT 3L AS amount");
    FakeStore store = new FakeStore();
    List<ChunkReceipt> first = sharing(source).share(store.route());
    List<ChunkReceipt> second = sharing(source).share(store.route());
    assertThat(FragmentSharing.attempts(first))
        .doesNotContainAnyElementsOf(FragmentSharing.attempts(second));
    assertThat(store.seeds()).doesNotHaveDuplicates();
  }

  private static AtomicInteger LOSE = new AtomicInteger();

  private static void loseEverythingOnce() {
    if (LOSE.compareAndSet(0, 1)) {
      SparkSession.active()
          .sparkContext()
          .getPersistentRDDs()
          .values()
          .foreach(rdd -> rdd.unpersist(true));
      MapOutputTrackerMaster outputs = (MapOutputTrackerMaster) SparkEnv.get().mapOutputTracker();
      outputs.unregisterAllMapAndMergeOutput(FaultyRoute.latestShuffle(outputs));
      throw FaultyRoute.lost(FaultyRoute.latestShuffle(outputs));
    }
  }

  private static FragmentSharing sharing(Dataset<Row> rows) {
    return new FragmentSharing(
        "north.t", rows, SharedRows.encoder(FIELDS), (long) CHUNKS * Chunks.CHUNK_ROWS - 5);
  }
}
