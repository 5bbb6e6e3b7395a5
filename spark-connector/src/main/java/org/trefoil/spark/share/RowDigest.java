package org.trefoil.spark.share;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.XXH64;

/**
 * How many rows, and the sum of their hashes, whatever their order. It tells rows that were lost,
 * doubled or changed between two passes from rows that were not; it is no defence against an
 * attacker, and never leaves the owner.
 */
record RowDigest(long rows, long sum) implements Serializable {
  private static final long SEED = 0x7472_6566_6f69_6cL;

  static final RowDigest NONE = new RowDigest(0, 0);

  static long of(UnsafeRow row) {
    return XXH64.hashUnsafeBytes(
        row.getBaseObject(), row.getBaseOffset(), row.getSizeInBytes(), SEED);
  }

  RowDigest plus(RowDigest other) {
    return new RowDigest(rows + other.rows, sum + other.sum);
  }
}
