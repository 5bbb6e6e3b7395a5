package org.trefoil.spark.share;

import org.apache.spark.Partitioner;
import org.trefoil.share.owner.Chunks;

/** One partition per chunk: the row at position p lies in chunk p / CHUNK_ROWS. */
final class ChunkPartitioner extends Partitioner {
  private static final long serialVersionUID = 1L;

  private final int chunks;

  ChunkPartitioner(int chunks) {
    this.chunks = chunks;
  }

  @Override
  public int numPartitions() {
    return chunks;
  }

  @Override
  public int getPartition(Object position) {
    return (int) ((Long) position / Chunks.CHUNK_ROWS);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkPartitioner same && same.chunks == chunks;
  }

  @Override
  public int hashCode() {
    return chunks;
  }
}
