package org.trefoil.spark.result;

/** What is counted of a run and shown in the Spark UI. */
public enum Counter {
  /** Rows that this Spark shared, padding included; 0 where only other owners share. */
  ROWS_SHARED("trefoilRowsShared", "rows shared by this application"),
  /** Bytes of shares that this Spark sent to the three executors. */
  BYTES_SHARED("trefoilBytesShared", "bytes of shares sent by this application"),
  ROWS_RECEIVED("trefoilRowsReceived", "rows of shares received by each executor"),
  ROUNDS("trefoilRounds", "rounds between executors"),
  BYTES_EXCHANGED("trefoilBytesExchanged", "bytes sent between executors"),
  WAIT_MILLIS_0("trefoilWaitMillis0", "milliseconds executor 0 waited for its peers"),
  WAIT_MILLIS_1("trefoilWaitMillis1", "milliseconds executor 1 waited for its peers"),
  WAIT_MILLIS_2("trefoilWaitMillis2", "milliseconds executor 2 waited for its peers"),
  /** From the last owner's shares to the result, on the slowest executor. */
  COMPUTE_MILLIS("trefoilComputeMillis", "milliseconds the executors computed"),
  /** From submission to the last result share. */
  RUN_MILLIS("trefoilRunMillis", "milliseconds from submission to result"),
  ROWS_REVEALED("trefoilRowsRevealed", "rows revealed"),
  /** Known only where every policy says {@code tell-suppressed: true}. */
  GROUPS_HELD_BACK("trefoilGroupsHeldBack", "groups held back");

  private final String metric;
  private final String description;

  Counter(String metric, String description) {
    this.metric = metric;
    this.description = description;
  }

  /** The name of Spark's metric. */
  public String metric() {
    return metric;
  }

  public String description() {
    return description;
  }
}
