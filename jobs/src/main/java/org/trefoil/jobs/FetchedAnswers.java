package org.trefoil.jobs;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.jobs.deployment.Answers;
import org.trefoil.jobs.deployment.Question;
import org.trefoil.jobs.deployment.Result;
import org.trefoil.jobs.deployment.SecureAnswers;
import org.trefoil.spark.plan.PlannedQueries;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.share.FlightCluster;

/**
 * Answers that each recipient fetches under its own name, where one machine has everybody's
 * identities: executors hand a result to its recipients' certificates only.
 */
record FetchedAnswers(SecureAnswers asked, LocalCluster cluster) implements Answers {
  @Override
  public Result to(Question question) {
    Dataset<Row> planned = asked.planned(question);
    Result result = Result.of(question.name(), planned);
    Long millis = Counted.of(planned, Counter.COMPUTE_MILLIS);
    // Whoever gets no result is told nothing of it.
    if (millis != null && millis > 0) {
      System.err.println(
          "trefoil: the executors computed %s for %.1f s"
              .formatted(question.name(), millis / 1000.0));
    }
    if (!question.isForOthers()) {
      return result;
    }
    Optional<Result> fetched = Optional.empty();
    for (Map.Entry<String, SparkProperties> owner : cluster.ownerProperties().entrySet()) {
      for (String query : held(owner.getValue())) {
        Dataset<Row> rows = fetch(question, owner.getKey(), owner.getValue(), query);
        Result one = Result.of(question.name(), PlannedQueries.finished(planned, rows));
        if (fetched.isPresent() && !fetched.get().rows().equals(one.rows())) {
          throw new TrefoilException(
              Condition.INTERNAL,
              "Cannot report " + question.name() + ": its recipients got different results.");
        }
        fetched = Optional.of(one);
      }
    }
    return fetched.orElse(result);
  }

  private static List<String> held(SparkProperties settings) {
    try (FlightCluster cluster =
        new FlightCluster(settings.catalog().executors(), settings.identity(), Optional.empty())) {
      return cluster.connections().get(0).held().stream()
          .map(HeldResult::query)
          .map(Object::toString)
          .toList();
    }
  }

  private Dataset<Row> fetch(
      Question question, String owner, SparkProperties settings, String query) {
    SparkSession spark = asked.spark();
    String catalog = "trefoil_of_" + owner;
    settings
        .values()
        .forEach((k, v) -> spark.conf().set(k.replace("catalog.trefoil", "catalog." + catalog), v));
    Dataset<Row> rows =
        spark.read().format("trefoil").option("catalog", catalog).option("result", query).load();
    System.err.println("trefoil: " + owner + " fetches " + question.name());
    return rows;
  }

  @Override
  public String parameter(String name) {
    return asked.parameter(name);
  }
}
