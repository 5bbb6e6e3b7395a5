package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class WatchJobTest {
  private final SparkSession spark = LocalSpark.session();

  @Test
  void watchesOnEverySlotMakeRoomForWork() throws Exception {
    try (WatchJob one = new WatchJob(spark);
        WatchJob two = new WatchJob(spark)) {
      CompletableFuture<Long> work =
          CompletableFuture.supplyAsync(() -> spark.range(0, 1000, 1, 4).count());
      assertThat(await(work, one, two)).isEqualTo(1000);
      one.requireAlive("q");
      two.requireAlive("q");
    }
  }

  @Test
  void aCancelledWatchIsNoticed() throws Exception {
    spark.sparkContext().setJobGroup("watched", "a test", true);
    try (WatchJob watch = new WatchJob(spark)) {
      spark.sparkContext().clearJobGroup();
      watch.requireAlive("q");
      CompletableFuture<Long> noWork = new CompletableFuture<>();
      spark.sparkContext().cancelJobGroup("watched");
      assertThatThrownBy(() -> await(noWork, watch))
          .hasMessageContaining("TREFOIL_QUERY_CANCELLED")
          .hasMessageContaining("query q");
    }
  }

  private static long await(CompletableFuture<Long> work, WatchJob... watches)
      throws InterruptedException, ExecutionException {
    for (int turn = 0; turn < 600; turn++) {
      try {
        return work.get(200, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        for (WatchJob watch : watches) {
          watch.requireAlive("q");
        }
      }
    }
    throw new AssertionError("work starves");
  }
}
