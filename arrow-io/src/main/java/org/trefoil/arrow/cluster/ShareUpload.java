package org.trefoil.arrow.cluster;

import org.trefoil.share.owner.ShareBatch;

/** One attempt's upload of one chunk to one executor. */
public interface ShareUpload extends AutoCloseable {
  /** Sends the chunk's batch; a chunk is one batch. */
  void send(ShareBatch batch);

  /** Returns when the executor has stored the chunk; an attempt counts only once committed. */
  void complete();

  /** Abandons the attempt unless it is complete. */
  @Override
  void close();
}
