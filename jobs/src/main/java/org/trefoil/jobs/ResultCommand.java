package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.spark.share.FlightCluster;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a result that somebody else has run for the identity of the properties. */
@Command(
    name = "result",
    description = "Fetches a result that another has run for you; prints the revealed rows.",
    mixinStandardHelpOptions = true)
final class ResultCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--format", defaultValue = "table", description = "${COMPLETION-CANDIDATES}")
  private ResultFormat format;

  @Option(names = "--output", paramLabel = "PATH", description = "Write here, all or nothing.")
  private Path output;

  static final class What {
    @Parameters(paramLabel = "QUERY", description = "The id of the query.")
    private String query;

    @Option(names = "--list", description = "Print what waits: query, analyst, columns.")
    private boolean list;
  }

  @Override
  public Integer call() throws IOException {
    SparkProperties settings = SparkProperties.read(properties);
    if (what.list) {
      list(settings);
      return 0;
    }
    SparkSession spark = LocalSpark.open(settings);
    spark.sparkContext().addSparkListener(new Progress(System.err));
    try {
      format.write(spark.read().format("trefoil").option("result", what.query).load(), output);
      return 0;
    } finally {
      spark.stop();
    }
  }

  private static void list(SparkProperties settings) {
    try (FlightCluster cluster =
        new FlightCluster(settings.catalog().executors(), settings.identity(), Optional.empty())) {
      for (HeldResult held : cluster.connections().get(0).held()) {
        System.out.println(
            held.query()
                + "  run by "
                + held.analyst()
                + "  "
                + String.join(
                    ", ",
                    SubstraitPlans.decode(held.plan()).root().fields().stream()
                        .map(field -> field.name())
                        .toList()));
      }
    }
  }
}
