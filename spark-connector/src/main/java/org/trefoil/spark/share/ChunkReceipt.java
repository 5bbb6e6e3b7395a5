package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.List;
import java.util.UUID;

/**
 * What a task tells the driver of the chunk that it shared.
 *
 * @param rows real rows, never told to an executor
 * @param digest the sum of the hashes of the real rows
 * @param sent bytes of shares to executors 0, 1 and 2
 */
record ChunkReceipt(int chunk, UUID attempt, int rows, long digest, List<Long> sent)
    implements Serializable {
  /** To the three executors together. */
  long bytes() {
    return sent.stream().mapToLong(bytes -> bytes).sum();
  }
}
