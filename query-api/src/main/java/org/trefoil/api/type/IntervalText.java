package org.trefoil.api.type;

/** Intervals as literals of Spark's SQL. */
public final class IntervalText {
  private static final int MONTHS_OF_YEAR = 12;
  private static final long MICROS_OF_SECOND = 1_000_000L;
  private static final long SECONDS_OF_DAY = 86_400L;

  private IntervalText() {}

  /** An interval of {@code micros} microseconds. */
  public static String ofMicros(long micros) {
    // Parts of a negative number, each made positive: the least has no opposite.
    long seconds = micros / MICROS_OF_SECOND;
    long rest = Math.abs(seconds % SECONDS_OF_DAY);
    return "INTERVAL '%s%d %02d:%02d:%02d.%06d' DAY TO SECOND"
        .formatted(
            micros < 0 ? "-" : "",
            Math.abs(seconds / SECONDS_OF_DAY),
            rest / 3600,
            rest / 60 % 60,
            rest % 60,
            Math.abs(micros % MICROS_OF_SECOND));
  }

  /** An interval of {@code months} months. */
  public static String ofMonths(long months) {
    return "INTERVAL '%s%d-%d' YEAR TO MONTH"
        .formatted(
            months < 0 ? "-" : "",
            Math.abs(months / MONTHS_OF_YEAR),
            Math.abs(months % MONTHS_OF_YEAR));
  }
}
