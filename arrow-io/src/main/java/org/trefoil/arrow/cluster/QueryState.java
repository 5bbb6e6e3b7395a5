package org.trefoil.arrow.cluster;

/** Where a query stands at one executor. */
public enum QueryState {
  /** The executor has the plan and compares it with its peers. */
  SUBMITTED,
  /** Policy allows it; owners announce the padded sizes of their fragments. */
  ADMITTED,
  /** All sizes are known, so the input layout is; owners share and commit. */
  INPUTS,
  RUNNING,
  /** Result shares can be fetched. */
  READY,
  /** The recipient has acknowledged the result; shares are erased. */
  DELIVERED,
  REFUSED,
  FAILED,
  CANCELLED;

  public boolean isEnd() {
    return this == DELIVERED || this == REFUSED || this == FAILED || this == CANCELLED;
  }
}
