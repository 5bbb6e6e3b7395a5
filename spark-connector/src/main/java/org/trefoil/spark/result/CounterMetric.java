package org.trefoil.spark.result;

import org.apache.spark.sql.connector.metric.CustomSumMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** A {@link Counter} as a metric in the Spark UI. */
public final class CounterMetric extends CustomSumMetric {
  private final Counter counter;

  /** For Spark, which makes one by reflection only to add values up. */
  public CounterMetric() {
    this(Counter.ROWS_REVEALED);
  }

  CounterMetric(Counter counter) {
    this.counter = counter;
  }

  @Override
  public String name() {
    return counter.metric();
  }

  @Override
  public String description() {
    return counter.description();
  }

  /** The value of one run. */
  record Value(Counter counter, long value) implements CustomTaskMetric {
    @Override
    public String name() {
      return counter.metric();
    }
  }
}
