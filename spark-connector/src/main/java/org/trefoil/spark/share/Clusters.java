package org.trefoil.spark.share;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.result.QueryExecution;

/** From a catalog's configuration to its executors. */
public final class Clusters {
  private Clusters() {}

  /**
   * The way to run queries of this catalog.
   *
   * @throws TrefoilException INVALID_CONFIGURATION naming the key; INVALID_OWNERS_FILE
   */
  public static QueryExecution queries(TrefoilOptions options) {
    OwnerTables tables =
        options.owners().map(OwnersFile::read).map(OwnerTables::of).orElseGet(OwnerTables::none);
    if (options.embedded()) {
      if (options.authorized()) {
        throw new TrefoilException(
            Condition.INVALID_CONFIGURATION,
            "Cannot use mode authorized with embedded executors: one JVM holds all three, so that"
                + " nothing protects anybody. Name three executors.");
      }
      if (options.owners().isEmpty()) {
        throw missing(options, TrefoilOptions.OWNERS, "an OWNERS.yaml, since nobody else has one");
      }
      return new ClusterQuery(
          new EmbeddedExecutors(SparkSession.active(), options.analyst()), tables);
    }
    Path identity =
        options
            .identity()
            .orElseThrow(
                () ->
                    missing(
                        options,
                        TrefoilOptions.IDENTITY,
                        "a folder with key.pem, cert.pem and ca.pem"));
    Identity self = Identity.load(identity);
    return new ClusterQuery(
        new FlightCluster(options.executors(), self, Approvals.of(options)),
        tables.of(self.principal().owners()));
  }

  private static TrefoilException missing(TrefoilOptions options, String key, String what) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot connect to the executors: spark.sql.catalog."
            + options.catalog()
            + "."
            + key
            + " is not set. Set it to "
            + what
            + ".");
  }
}
