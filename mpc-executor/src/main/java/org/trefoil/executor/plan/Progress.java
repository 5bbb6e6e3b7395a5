package org.trefoil.executor.plan;

/** Hears how far a run is: public facts of the plan only. */
@FunctionalInterface
public interface Progress {
  Progress NONE = (done, total, stage) -> {};

  /**
   * An operator begins.
   *
   * @param done operators that are finished
   * @param total operators of the plan
   * @param stage what begins, such as {@code join of 2 tables, 3000 rows}
   */
  void begins(int done, int total, String stage);
}
