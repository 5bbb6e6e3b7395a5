package org.trefoil.executor.plan;

/** Counts the operators of a run as they begin. */
final class Stages {
  private final Progress progress;
  private final int total;
  private int begun;

  Stages(Progress progress, int total) {
    this.progress = progress;
    this.total = total;
  }

  void begin(String stage) {
    progress.begins(Math.min(begun, total), total, stage);
    begun++;
  }
}
