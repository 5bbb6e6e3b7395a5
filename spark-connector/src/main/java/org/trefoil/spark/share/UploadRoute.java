package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.UUID;
import org.trefoil.arrow.cluster.ShareUpload;

/**
 * How a Spark task reaches the executors with the shares of one fragment. It is part of the task's
 * closure: it holds addresses, what authenticates the executors and short-lived upload tickets, and
 * neither an identity nor a seed.
 */
public interface UploadRoute extends Serializable {
  /** Begins an attempt at a chunk at executor {@code party}. */
  ShareUpload open(int party, int chunk, UUID attempt);
}
