package org.trefoil.jobs;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.owner.OwnerAgent;
import org.trefoil.spark.share.Approvals;
import org.trefoil.spark.share.FlightCluster;
import org.trefoil.spark.share.OwnerTables;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One owner agent, until it is stopped. */
@Command(
    name = "owner",
    description = "Runs one owner agent; connects outwards only.",
    mixinStandardHelpOptions = true)
final class OwnerCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "A file of Spark properties; see conf/basic/owner.properties.")
  private Path config;

  @Override
  public Integer call() throws InterruptedException {
    EndWithInput.watch();
    SparkProperties properties = SparkProperties.read(config);
    TrefoilOptions options = properties.catalog();
    Identity identity = properties.identity();
    SparkSession spark = LocalSpark.open(properties);
    try (OwnerAgent agent =
        new OwnerAgent(
            spark,
            new FlightCluster(options.executors(), identity, Approvals.of(options)),
            tables(options, identity),
            options.timeout(),
            System.out)) {
      agent.start();
      agent.await();
    } finally {
      spark.stop();
    }
    return 0;
  }

  /** Of all owners in the file, those that the certificate speaks for. */
  private OwnerTables tables(TrefoilOptions options, Identity identity) {
    OwnersFile file =
        OwnersFile.read(
            options
                .owners()
                .orElseThrow(
                    () ->
                        new TrefoilException(
                            Condition.INVALID_CONFIGURATION,
                            "Cannot serve an owner without tables: set "
                                + SparkProperties.CATALOG
                                + "owners in "
                                + config)));
    OwnersFile own =
        new OwnersFile(
            file.file(),
            file.tables().stream()
                .filter(table -> identity.principal().owns(table.owner()))
                .toList());
    if (own.tables().isEmpty()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot serve as "
              + identity.principal()
              + ": "
              + file.file()
              + " has tables of "
              + file.owners()
              + " only");
    }
    return OwnerTables.of(own);
  }
}
