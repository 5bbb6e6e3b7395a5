package org.trefoil.spark.share;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkJobInfo;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;
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
 *
 * <p>It never starves work: when a job of this application finds no free slot, the task makes room
 * and queues up again behind it. Two applications with one slot each, which wait for each other's
 * rows in two queries, thus do not block each other.
 */
final class WatchJob implements AutoCloseable {
  private static final long POLL_MILLIS = 100;
  private static final Set<Integer> WATCHES = ConcurrentHashMap.newKeySet();

  private final JavaSparkContext context;
  private Turn turn;

  WatchJob(SparkSession spark) {
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    turn = new Turn(context);
  }

  /**
   * Throws QUERY_CANCELLED if the job has been cancelled in Spark; makes room if work waits. To be
   * called often.
   */
  void requireAlive(String query) {
    if (!turn.job.isDone() && workWaits()) {
      Turn next = new Turn(context);
      // The next turn is there before this one goes: there is always a job to cancel.
      if (!turn.job.isDone()) {
        turn.end();
        turn = next;
        return;
      }
      next.end();
    }
    if (turn.job.isDone()) {
      throw new TrefoilException(
          Condition.QUERY_CANCELLED,
          "Cannot finish query " + query + ": its Spark job was cancelled.");
    }
  }

  private boolean workWaits() {
    JavaSparkStatusTracker tracker = context.statusTracker();
    for (int id : tracker.getActiveJobIds()) {
      SparkJobInfo job = WATCHES.contains(id) ? null : tracker.getJobInfo(id);
      for (int stageId : job == null ? new int[0] : job.stageIds()) {
        SparkStageInfo stage = tracker.getStageInfo(stageId);
        if (stage != null
            && stage.submissionTime() > 0
            && stage.numActiveTasks() == 0
            && stage.numCompletedTasks() < stage.numTasks()) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public void close() {
    turn.end();
    turn.awaitEnd();
  }

  /** One task's stay. */
  private static final class Turn {
    private final Broadcast<Integer> alive;
    private final JavaFutureAction<Void> job;

    Turn(JavaSparkContext context) {
      alive = context.broadcast(0);
      long id = alive.id();
      job = context.parallelize(List.of(0), 1).foreachPartitionAsync(rows -> idle(id));
      WATCHES.addAll(job.jobIds());
    }

    private static void idle(long broadcast) throws InterruptedException {
      BlockId block = new BroadcastBlockId(broadcast, "piece0");
      while (!SparkEnv.get().blockManager().master().getLocations(block).isEmpty()) {
        TaskContext.get().killTaskIfInterrupted();
        Thread.sleep(POLL_MILLIS);
      }
    }

    void end() {
      alive.destroy();
    }

    void awaitEnd() {
      try {
        job.get(1, TimeUnit.SECONDS);
        WATCHES.removeAll(job.jobIds());
      } catch (ExecutionException | TimeoutException e) {
        // Cancelled, or still queued behind other jobs: it ends as soon as it starts.
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
