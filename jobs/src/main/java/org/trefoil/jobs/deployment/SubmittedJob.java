package org.trefoil.jobs.deployment;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.jobs.Failure;
import org.trefoil.jobs.ResultFormat;

/**
 * A deployment under {@code spark-submit}, whose configuration names the catalog {@code trefoil}:
 * {@code [--param NAME=VALUE]... [--proposal ID] [--output FOLDER]}.
 */
final class SubmittedJob {
  private SubmittedJob() {}

  /** Runs it and ends this process if it failed, with the exit code of the contract. */
  static void main(Deployment deployment, String... arguments) {
    SparkSession spark =
        SparkSession.builder().appName("trefoil " + deployment.name()).getOrCreate();
    int exitCode = 0;
    try {
      run(spark, deployment, arguments);
    } catch (Exception e) {
      // Spark throws AnalysisException, a checked exception, undeclared.
      exitCode = Failure.report(e);
    } finally {
      spark.stop();
    }
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static void run(SparkSession spark, Deployment deployment, String... arguments) {
    Map<String, String> parameters = new HashMap<>();
    Optional<String> proposal = Optional.empty();
    Optional<Path> output = Optional.empty();
    for (int i = 0; i < arguments.length; i += 2) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      int equals = value.indexOf('=');
      if (arguments[i].equals("--param") && equals > 0) {
        parameters.put(value.substring(0, equals), value.substring(equals + 1));
      } else if (arguments[i].equals("--proposal") && !value.isEmpty()) {
        proposal = Optional.of(value);
      } else if (arguments[i].equals("--output") && !value.isEmpty()) {
        output = Optional.of(Path.of(value));
      } else {
        throw new TrefoilException(
            Condition.INVALID_CONFIGURATION,
            "Cannot run job "
                + deployment.name()
                + " with "
                + arguments[i]
                + " "
                + value
                + ": write --param NAME=VALUE, --proposal ID, --output FOLDER.");
      }
    }
    Recipe recipe = Recipe.of(deployment, parameters);
    Answers answers =
        proposal.isPresent()
            ? new ApprovedAnswers(spark, recipe, proposal.get())
            : new SecureAnswers(spark, recipe);
    List<Result> results = deployment.report(answers);
    results.forEach(r -> ResultFormat.table.write(r.columns(), r.rows(), System.out));
    output.ifPresent(folder -> new OutputFolder(folder).write(spark, results));
  }
}
