package org.trefoil.spark.share;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;

/** Shows the executors that an owner is alive while its Spark is busy reading. */
final class Heartbeat implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(15);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "trefoil-heartbeat");
            thread.setDaemon(true);
            return thread;
          });

  Heartbeat(ExecutorTriple executors, QueryId query) {
    timer.scheduleWithFixedDelay(
        () -> executors.tellAll(c -> c.status(query, QueryState.SUBMITTED, Duration.ZERO)),
        PERIOD.toMillis(),
        PERIOD.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
