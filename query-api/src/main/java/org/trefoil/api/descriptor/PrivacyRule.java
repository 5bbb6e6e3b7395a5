package org.trefoil.api.descriptor;

import java.math.BigDecimal;

/**
 * Differential privacy of a table: every count and sum over it carries noise, and what all runs
 * together may tell of one entity (one row, where the policy names no entity) is bounded.
 *
 * @param budget epsilon of all runs together, in millionths
 * @param perRun epsilon of one run, in millionths
 * @param rows how many rows of an entity count in a run at most
 */
public record PrivacyRule(long budget, long perRun, int rows) {
  /** What {@link #budget} and {@link #perRun} count in. */
  public static final long UNIT = 1_000_000;

  /** The greatest epsilon. */
  public static final long MOST = 1_000_000 * UNIT;

  /** More for one run protects nobody, and lets the noise's rounding tell something. */
  public static final long MOST_PER_RUN = 10 * UNIT;

  /** The greatest {@link #rows}. */
  public static final int MOST_ROWS = 1_000_000;

  public PrivacyRule {
    if (perRun < 1 || perRun > budget || budget > MOST) {
      throw new IllegalArgumentException("a run spends more than 0 and no more than there is");
    }
    if (rows < 1 || rows > MOST_ROWS) {
      throw new IllegalArgumentException("an entity has a row at least");
    }
  }

  /** Millionths as people write them. */
  public static String epsilon(long millionths) {
    return BigDecimal.valueOf(millionths, 6).stripTrailingZeros().toPlainString();
  }
}
