package org.trefoil.spark.share;

/**
 * What one application shared for one query.
 *
 * @param rows padded
 * @param bytes of shares, to the three executors together
 */
public record SharedTotals(int tables, long rows, long bytes) {
  static final SharedTotals NONE = new SharedTotals(0, 0, 0);

  SharedTotals plus(SharedTotals other) {
    return new SharedTotals(tables + other.tables, rows + other.rows, bytes + other.bytes);
  }
}
