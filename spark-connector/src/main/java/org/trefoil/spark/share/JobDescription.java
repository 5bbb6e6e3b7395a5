package org.trefoil.spark.share;

import org.apache.spark.SparkContext;

/** What Spark's UI calls the jobs of this thread, until it is closed; then it is as it was. */
final class JobDescription implements AutoCloseable {
  private static final String KEY = "spark.job.description";

  private final SparkContext context;
  private final String before;

  JobDescription(SparkContext context) {
    this.context = context;
    this.before = context.getLocalProperty(KEY);
  }

  void set(String description) {
    context.setLocalProperty(KEY, description);
  }

  @Override
  public void close() {
    context.setLocalProperty(KEY, before);
  }
}
