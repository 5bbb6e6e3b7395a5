package org.trefoil.jobs;

import java.io.PrintStream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Tells people who wait what the query is at, a line whenever that changes. */
final class Progress extends SparkListener {
  private static final String DESCRIPTION = "spark.job.description";

  private final PrintStream notes;
  private String last = "";

  Progress(PrintStream notes) {
    this.notes = notes;
  }

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    String description = job.properties().getProperty(DESCRIPTION, "");
    if (description.startsWith("query ") && !description.equals(last)) {
      notes.println("trefoil: " + description);
      last = description;
    }
  }
}
