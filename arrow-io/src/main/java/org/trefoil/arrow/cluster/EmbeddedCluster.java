package org.trefoil.arrow.cluster;

import java.util.List;

/**
 * Three executors in this JVM, for {@code executors = embedded}; found through ServiceLoader, so
 * that the connector never sees protocol code.
 */
public interface EmbeddedCluster {
  /** Starts, or returns the running, three executors in design mode; parties 0, 1, 2. */
  List<ExecutorConnection> connect(String user);
}
