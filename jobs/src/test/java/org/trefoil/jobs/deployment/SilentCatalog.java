package org.trefoil.jobs.deployment;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.ServiceLoader;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.arrow.cluster.EmbeddedCluster;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.spark.TrefoilCatalog;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.share.Cluster;
import org.trefoil.spark.share.ClusterQuery;
import org.trefoil.spark.share.OwnerTables;
import org.trefoil.spark.share.UploadRoute;

/** Embedded executors of which all tables are known, and that do not get to an answer. */
abstract class SilentCatalog extends TrefoilCatalog {
  private static OwnersFile file(TrefoilOptions options) {
    return OwnersFile.read(options.owners().orElseThrow());
  }

  /** Knows every table, and holds none: the owners' agents do not answer. */
  public static final class Late extends SilentCatalog {
    @Override
    protected ClusterQuery connect(TrefoilOptions options) {
      return over(options, embedded());
    }
  }

  /** Refuses every plan for want of approvals. */
  public static final class Unapproved extends SilentCatalog {
    @Override
    protected ClusterQuery connect(TrefoilOptions options) {
      return over(options, embedded().stream().map(Unapproved::strict).toList());
    }

    private static ExecutorConnection strict(ExecutorConnection executor) {
      return (ExecutorConnection)
          Proxy.newProxyInstance(
              Unapproved.class.getClassLoader(),
              new Class<?>[] {ExecutorConnection.class},
              (self, method, arguments) -> {
                if (method.getName().equals("submit")) {
                  throw new TrefoilException(
                      Condition.NOT_APPROVED, "Cannot run this: nobody has approved it.");
                }
                try {
                  return method.invoke(executor, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }

  private static List<ExecutorConnection> embedded() {
    return ServiceLoader.load(EmbeddedCluster.class).findFirst().orElseThrow().connect("analyst");
  }

  final ClusterQuery over(TrefoilOptions options, List<ExecutorConnection> executors) {
    OwnersFile owners = file(options);
    for (String owner : OwnerTables.of(owners).owners()) {
      OwnerTables tables = OwnerTables.of(owners, owner);
      executors.forEach(e -> e.register(owner, tables.descriptors(SparkSession.active(), owner)));
    }
    return new ClusterQuery(new Registered(executors), OwnerTables.none());
  }

  private record Registered(List<ExecutorConnection> connections) implements Cluster {
    @Override
    public UploadRoute route(List<UploadTicket> tickets) {
      throw new IllegalStateException("nothing is shared here");
    }

    @Override
    public String mode() {
      return "design, embedded executors";
    }

    @Override
    public String analyst() {
      return "analyst";
    }

    @Override
    public void close() {
      connections.forEach(ExecutorConnection::close);
    }
  }
}
