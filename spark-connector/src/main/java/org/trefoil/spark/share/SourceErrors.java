package org.trefoil.spark.share;

import java.util.concurrent.CancellationException;
import org.apache.spark.SparkThrowable;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What may be said of an error that an owner's Spark reported while it read or computed: the table
 * and Spark's name for the condition. Spark's messages quote cell values and paths, and go no
 * further than the owner's own log.
 */
final class SourceErrors {
  private SourceErrors() {}

  static TrefoilException of(String doing, String table, Throwable error) {
    TrefoilException own = TrefoilException.in(error).orElse(null);
    if (own != null) {
      return own;
    }
    if (wasCancelled(error)) {
      return new TrefoilException(
          Condition.QUERY_CANCELLED,
          "Cannot " + doing + " table " + table + ": the Spark job was cancelled.",
          error);
    }
    String name = name(error);
    Condition condition =
        name.contains("ARITHMETIC_OVERFLOW") || name.contains("NUMERIC_VALUE_OUT_OF_RANGE")
            ? Condition.ARITHMETIC_OVERFLOW
            : Condition.SOURCE_FAILED;
    return new TrefoilException(
        condition,
        "Cannot "
            + doing
            + " table "
            + table
            + ": Spark reports "
            + name
            + ". The log of the owner's Spark has the details.",
        error);
  }

  static boolean wasCancelled(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof InterruptedException
          || e instanceof CancellationException
          || (e instanceof SparkThrowable spark
              && "SPARK_JOB_CANCELLED".equals(spark.getCondition()))) {
        return true;
      }
    }
    return false;
  }

  /** The deepest condition that Spark names, else the class of the deepest cause. */
  private static String name(Throwable error) {
    String name = null;
    Throwable deepest = error;
    for (Throwable e = error; e != null; e = e.getCause()) {
      deepest = e;
      if (e instanceof SparkThrowable spark && spark.getCondition() != null) {
        name = spark.getCondition();
      }
    }
    return name != null ? name : deepest.getClass().getSimpleName();
  }
}
