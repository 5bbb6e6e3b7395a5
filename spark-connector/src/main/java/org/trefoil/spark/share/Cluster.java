package org.trefoil.spark.share;

import java.util.List;
import java.util.Optional;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.UploadTicket;

/** The three executors, and how this process and its Spark tasks reach them. */
public interface Cluster extends AutoCloseable {
  /** The connections of this process, by party. */
  List<ExecutorConnection> connections();

  /** The route of tasks that hold these tickets, one per party. */
  UploadRoute route(List<UploadTicket> tickets);

  /** What EXPLAIN says of the mode, such as {@code design, embedded executors}. */
  String mode();

  /** The name under which this process asks queries. */
  String analyst();

  /** What runs only with approvals, in mode authorized. */
  default Optional<Approvals> approvals() {
    return Optional.empty();
  }

  @Override
  void close();
}
