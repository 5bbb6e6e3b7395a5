package org.trefoil.spark.share;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BroadcastBlockId;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A Spark job of one idle task that lives as long as the driver waits for the executors, so that
 * whatever cancels jobs in Spark (its UI, a job group, a notebook's stop button) has one to cancel,
 * and the wait notices. The task ends by itself when the driver removes a tiny broadcast, or dies.
 */
final class WatchJob implements AutoCloseable {
  private static final long POLL_MILLIS = 100;

  private final Broadcast<Integer> alive;
  private final JavaFutureAction<Void> job;

  WatchJob(SparkSession spark) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    alive = context.broadcast(0);
    long id = alive.id();
    job = context.parallelize(List.of(0), 1).foreachPartitionAsync(rows -> idle(id));
  }

  private static void idle(long broadcast) throws InterruptedException {
    BlockId block = new BroadcastBlockId(broadcast, "piece0");
    while (!SparkEnv.get().blockManager().master().getLocations(block).isEmpty()) {
      TaskContext.get().killTaskIfInterrupted();
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Throws QUERY_CANCELLED if the job has been cancelled in Spark. */
  void requireAlive(String query) {
    if (job.isDone()) {
      throw new TrefoilException(
          Condition.QUERY_CANCELLED,
          "Cannot finish query " + query + ": its Spark job was cancelled.");
    }
  }

  @Override
  public void close() {
    alive.destroy();
    try {
      job.get(1, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Cancelled, or still queued behind other jobs: it ends as soon as it starts.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
