package org.trefoil.spark.share;

import java.util.List;
import java.util.ServiceLoader;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.EmbeddedCluster;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;

/**
 * Three executors in this JVM, in design mode, for dummy data: whoever holds the JVM holds all
 * shares. Spark's tasks must run in the same JVM.
 */
final class EmbeddedExecutors implements Cluster {
  private final String user;
  private final List<ExecutorConnection> connections;

  EmbeddedExecutors(SparkSession spark, String user) {
    if (!spark.sparkContext().isLocal()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot embed executors: Spark runs on "
              + spark.sparkContext().master()
              + ", and embedded executors serve tasks of their own JVM only. Use master local[*],"
              + " or executors = host0:port,host1:port,host2:port.");
    }
    this.user = user;
    this.connections = connect(user);
  }

  private static List<ExecutorConnection> connect(String user) {
    return ServiceLoader.load(EmbeddedCluster.class, EmbeddedExecutors.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.INVALID_CONFIGURATION,
                    "Cannot embed executors: they are not on the class path. Use the runtime jar"
                        + " that bin/trefoil jar prints."))
        .connect(user);
  }

  @Override
  public List<ExecutorConnection> connections() {
    return connections;
  }

  @Override
  public UploadRoute route(List<UploadTicket> tickets) {
    return new Route(user, tickets);
  }

  @Override
  public String mode() {
    return "design, embedded executors";
  }

  @Override
  public String analyst() {
    return user;
  }

  @Override
  public void close() {
    connections.forEach(ExecutorConnection::close);
  }

  @Override
  public String toString() {
    return "EmbeddedExecutors";
  }

  /** Finds the executors of its own JVM. */
  private static final class Route implements UploadRoute {
    private static final long serialVersionUID = 1L;

    private final String user;
    private final String query;
    private final int source;
    private final int branch;
    private final String[] tokens;

    Route(String user, List<UploadTicket> tickets) {
      UploadTicket first = tickets.get(0);
      this.user = user;
      this.query = first.query().hex();
      this.source = first.source();
      this.branch = first.branch();
      this.tokens = tickets.stream().map(UploadTicket::token).toArray(String[]::new);
    }

    @Override
    public ShareUpload open(int party, int chunk, UUID attempt) {
      UploadTicket ticket = new UploadTicket(new QueryId(query), source, branch, tokens[party]);
      return connect(user).get(party).upload(ticket, chunk, attempt);
    }
  }
}
