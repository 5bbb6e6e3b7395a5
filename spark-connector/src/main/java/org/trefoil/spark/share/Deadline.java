package org.trefoil.spark.share;

import java.time.Duration;

/** The end of a span of time that began when this was made. */
final class Deadline {
  private final Duration span;
  private final long began = System.nanoTime();

  Deadline(Duration span) {
    this.span = span;
  }

  boolean passed() {
    return System.nanoTime() - began > span.toNanos();
  }

  /** The whole span, as messages print it: {@code 90 s}. */
  @Override
  public String toString() {
    return span.toSeconds() + " s";
  }
}
