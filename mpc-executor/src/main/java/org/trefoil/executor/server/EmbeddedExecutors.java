package org.trefoil.executor.server;

import java.util.List;
import org.trefoil.arrow.cluster.EmbeddedCluster;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.executor.transport.InMemoryPeerLinks;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.PeerLinks;

/**
 * Three executors in this JVM, started when they are first asked for, in design mode. All three
 * parties are in one hand here: nothing is secret from whoever runs the JVM.
 */
public final class EmbeddedExecutors implements EmbeddedCluster {
  /** Shared by all that ask in this JVM; the threads of its queries are daemons. */
  private static List<QueryService> running;

  @Override
  public List<ExecutorConnection> connect(String user) {
    return started().stream()
        .<ExecutorConnection>map(service -> new InProcessConnection(service, user))
        .toList();
  }

  private static synchronized List<QueryService> started() {
    if (running == null) {
      List<PeerLinks> links = InMemoryPeerLinks.three(Interceptor.NONE, Timeouts.DEFAULT.peer());
      running =
          links.stream()
              .map(link -> new QueryService(link, Limits.DEFAULT, Timeouts.DEFAULT))
              .toList();
    }
    return running;
  }
}
