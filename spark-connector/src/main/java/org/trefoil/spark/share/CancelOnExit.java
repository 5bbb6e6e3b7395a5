package org.trefoil.spark.share;

import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryId;

/**
 * Cancels a query at the executors if this JVM is told to exit while the query runs, as by Ctrl-C:
 * they need not wait for somebody who has gone.
 */
final class CancelOnExit implements AutoCloseable {
  private final Thread hook;

  /** Throws QUERY_CANCELLED if the JVM is on its way out already. */
  CancelOnExit(ExecutorTriple executors, QueryId query) {
    hook = new Thread(() -> executors.tellAll(c -> c.cancel(query)), "trefoil-cancel-on-exit");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      throw new TrefoilException(
          Condition.QUERY_CANCELLED, "Cannot begin query " + query + ": this process ends.", e);
    }
  }

  @Override
  public void close() {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is on its way out, and the hook has run or is running.
    }
  }
}
