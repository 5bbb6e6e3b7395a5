package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.UUID;

/**
 * What a task tells the driver of the chunk that it shared.
 *
 * @param rows real rows, never told to an executor
 * @param digest the sum of the hashes of the real rows
 * @param bytes of shares, to the three executors together
 */
record ChunkReceipt(int chunk, UUID attempt, int rows, long digest, long bytes)
    implements Serializable {}
