package org.trefoil.jobs;

import org.apache.spark.SparkThrowable;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;

/** Turns an error into one line on standard error and the exit code of the contract. */
public final class Failure {
  private Failure() {}

  /** Prints what went wrong; returns the exit code. */
  public static int report(Throwable error) {
    Throwable shown = shown(error);
    String message = shown.getMessage();
    System.err.println("trefoil: " + (message == null ? shown.toString() : message.strip()));
    return outcome(error).exitCode();
  }

  /** What the error means for whoever waits. */
  public static Outcome outcome(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof TrefoilException trefoil) {
        return trefoil.condition().outcome();
      }
      if (e instanceof SparkThrowable spark && spark.getCondition() != null) {
        String condition = spark.getCondition();
        for (Condition known : Condition.values()) {
          if (known.label().equals(condition)) {
            return known.outcome();
          }
        }
      }
    }
    return Outcome.FAILED;
  }

  private static Throwable shown(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof TrefoilException
          || (e instanceof SparkThrowable spark
              && spark.getCondition() != null
              && spark.getCondition().startsWith("TREFOIL_"))) {
        return e;
      }
    }
    return error;
  }
}
