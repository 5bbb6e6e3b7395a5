package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Proposal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs an approved proposal once. */
@Command(
    name = "run",
    description = "Runs an approved proposal once; prints the revealed rows.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "ID")
  private String id;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--param", paramLabel = "NAME=VALUE", description = "month=2026-10-01")
  private List<String> parameters = new ArrayList<>();

  @Option(names = "--format", defaultValue = "table", description = "${COMPLETION-CANDIDATES}")
  private ResultFormat format;

  @Option(names = "--output", paramLabel = "PATH", description = "Write here, all or nothing.")
  private Path output;

  @Option(
      names = "--retry",
      defaultValue = "",
      paramLabel = "KEY",
      description = {
        "A name for this one result, such as report-2026-10: run again under it within a week, the"
            + " same result comes back, nothing runs and nothing counts."
      })
  private String retry;

  @Option(
      names = "--forget",
      description = "Destroy what the executors keep under --retry; runs nothing.")
  private boolean forget;

  @Override
  public Integer call() throws IOException {
    if (forget && retry.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Cannot forget a result: --forget needs --retry");
    }
    SparkProperties settings = SparkProperties.read(properties);
    String full;
    try (GovernedCluster cluster = GovernedCluster.open(settings)) {
      byte[] bytes = cluster.proposal(id);
      full = Proposal.id(bytes);
      if (forget) {
        cluster.forget(full, parameters, retry);
        return 0;
      }
      Expiry.note(full, Proposal.decode(bytes).until(), Instant.now())
          .ifPresent(System.err::println);
    }
    SparkSession spark = LocalSpark.open(settings);
    spark.sparkContext().addSparkListener(new Progress(System.err));
    try {
      Dataset<Row> result =
          spark
              .read()
              .format("trefoil")
              .option("proposal", full)
              .option("parameters", String.join(";", parameters))
              .option("retry", retry)
              .load();
      format.write(result, output);
      return 0;
    } finally {
      spark.stop();
    }
  }
}
