package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.policy.PolicyVerdict;
import org.trefoil.spark.plan.ExplainPolicy;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs SQL over the owners' tables; results and nothing else go to standard output. */
@Command(
    name = "sql",
    description = "Runs SQL over trefoil.<owner>.<table>; prints the revealed rows.",
    mixinStandardHelpOptions = true)
final class SqlCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Cluster cluster;

  @ArgGroup(multiplicity = "1")
  private Text text;

  @Option(names = "--format", defaultValue = "table", description = "${COMPLETION-CANDIDATES}")
  private ResultFormat format;

  @Option(
      names = "--explain",
      description = "Print the plan and what it would reveal; run nothing.")
  private boolean explain;

  @Option(names = "--analyst", defaultValue = "analyst", description = "Who asks (with --local).")
  private String analyst;

  @Option(
      names = "--to",
      paramLabel = "WHOM",
      description =
          "Who gets the results: owners' names, analyst (who asks; default), owners (all whose"
              + " tables a query reads), separated by commas.")
  private String recipients;

  @Option(
      names = "--own-keys",
      description = "One row for each key that the recipient, one owner, has in its own table.")
  private boolean ownKeys;

  static final class Cluster {
    @Option(
        names = "--local",
        paramLabel = "OWNERS.yaml",
        description = "Three executors and one agent per owner as processes on this machine.")
    private Path owners;

    @Option(names = "--properties", paramLabel = "FILE", description = "A running cluster.")
    private Path properties;
  }

  static final class Text {
    @Option(names = "-e", paramLabel = "SQL")
    private String sql;

    @Option(names = "-f", paramLabel = "FILE")
    private Path file;
  }

  @Override
  public Integer call() throws IOException {
    List<String> statements = SqlText.statements(text());
    if (statements.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Cannot run SQL: the text has no statement");
    }
    if (cluster.properties != null) {
      return run(LocalSpark.open(SparkProperties.read(cluster.properties)), statements);
    }
    try (LocalCluster local = LocalCluster.temporary(cluster.owners, analyst)) {
      local.start();
      return run(LocalSpark.open(SparkProperties.read(local.analystProperties())), statements);
    }
  }

  private Integer run(SparkSession spark, List<String> statements) {
    spark.sparkContext().addSparkListener(new Progress(System.err));
    if (recipients != null) {
      spark.conf().set("spark.trefoil.recipients", recipients);
    }
    if (ownKeys) {
      spark.conf().set("spark.trefoil.reveal", "own-keys");
    }
    try {
      for (String statement : statements) {
        Optional<String> asked = ExplainPolicy.query(statement);
        if (asked.isPresent()) {
          PolicyVerdict verdict = ExplainPolicy.verdict(spark, asked.get());
          verdict.lines().forEach(System.out::println);
          if (!verdict.allowed()) {
            return Outcome.REFUSED.exitCode();
          }
        } else if (explain) {
          System.out.println(LocalSpark.explain(spark, statement));
        } else {
          Dataset<Row> result = spark.sql(statement);
          if (result.columns().length > 0) {
            format.write(result, System.out);
          }
        }
      }
      return 0;
    } finally {
      spark.stop();
    }
  }

  private String text() throws IOException {
    if (text.sql != null) {
      return text.sql;
    }
    if (!Files.isReadable(text.file)) {
      throw new ParameterException(
          spec.commandLine(), "Cannot read " + text.file + ": no such file, or not readable");
    }
    return Files.readString(text.file);
  }
}
