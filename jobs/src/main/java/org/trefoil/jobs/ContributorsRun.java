package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.jobs.deployment.ThreatContributors;

/**
 * Simulated contributors to a query under way: one process without Spark contributes for all, each
 * with an identity and connections of its own.
 */
final class ContributorsRun {
  private final LocalCluster cluster;
  private final ThreatContributors members;
  private final Path folder;

  ContributorsRun(LocalCluster cluster, ThreatContributors members, Path folder) {
    this.cluster = cluster;
    this.members = members;
    this.folder = folder;
  }

  /** Makes every contributor's identity. */
  void enrol() {
    Instant start = Instant.now();
    members.names().forEach(name -> cluster.enrol(name, folder.resolve("members").resolve(name)));
    note("%d contributors enrolled in %.1f s", members.names().size(), seconds(start));
  }

  /** What {@code question} answers while all contribute. */
  <T> T during(Supplier<T> question) {
    List<T> answer = new ArrayList<>();
    Process contributing = start();
    try {
      answer.add(question.get());
      if (contributing.waitFor() != 0) {
        throw new TrefoilException(
            Condition.SOURCE_FAILED,
            "Cannot contribute for everybody: some were refused; see above. The answer lacks their"
                + " rows.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrefoilException(
          Condition.QUERY_CANCELLED, "Cannot contribute for everybody: interrupted.", e);
    } finally {
      contributing.destroy();
    }
    return answer.get(0);
  }

  private Process start() {
    ProcessBuilder builder =
        new ProcessBuilder(
                LocalCluster.executorLauncher().resolveSibling("trefoil-contribute").toString(),
                "--executors",
                cluster.executors(),
                "--table",
                ThreatContributors.TABLE,
                "--each",
                folder.resolve("members").toString(),
                "--wait",
                "300")
            .redirectOutput(ProcessBuilder.Redirect.to(folder.resolve("contributors.log").toFile()))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    // One process for thousands of them is worth the second compiler.
    builder.environment().put("TREFOIL_TIERED", members.names().size() < 100 ? "1" : "4");
    builder.environment().put("TREFOIL_CONTRIBUTE_JAVA_OPTS", "-Xmx1g");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot start the contributors: " + e.getMessage() + ".",
          e);
    }
  }

  private static double seconds(Instant start) {
    return Duration.between(start, Instant.now()).toMillis() / 1000.0;
  }

  private static void note(String format, Object... values) {
    System.err.println("trefoil: " + format.formatted(values));
  }
}
