package org.trefoil.jobs;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.package$;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.spark.TrefoilOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells an operator what keeps queries from running. */
@Command(
    name = "doctor",
    description = "Checks versions, clocks, certificates, reachability and jar conflicts.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final String SPARK = "4.2";
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);
  private static final Duration EXPIRY_NOTICE = Duration.ofDays(14);

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  private Outcome worst;

  @Override
  public Integer call() throws IOException {
    versions();
    jars();
    SparkProperties settings = SparkProperties.read(properties);
    TrefoilOptions options = settings.catalog();
    if (options.embedded()) {
      ok("executors", "embedded in this Spark: nothing to reach, nothing protected");
    } else {
      check("identity", () -> identity(settings.identity()));
      List<Map<String, String>> healths = new ArrayList<>();
      for (int party = 0; party < 3; party++) {
        int which = party;
        check("executor " + party, () -> executor(settings, which, healths));
      }
      long versions = healths.stream().map(h -> h.get("version")).distinct().count();
      if (versions > 1) {
        bad("software", "the executors run different versions", Outcome.FAILED);
      }
    }
    return worst == null ? 0 : worst.exitCode();
  }

  private void versions() {
    int java = Runtime.version().feature();
    if (java < 17) {
      bad("java", "version " + java + ". Use 17 or newer", Outcome.FAILED);
    } else {
      ok("java", Runtime.version().toString());
    }
    String spark = package$.MODULE$.SPARK_VERSION();
    if (spark.startsWith(SPARK + ".")) {
      ok("spark", spark);
    } else {
      bad("spark", spark + ". The runtime jar is for Spark " + SPARK, Outcome.FAILED);
    }
  }

  /**
   * Classes that must be on the class path once: of Trefoil, and those that it shares with Spark.
   */
  private void jars() throws IOException {
    for (String name :
        List.of(
            "org/trefoil/api/plan/Plan.class",
            "org/apache/arrow/vector/VectorSchemaRoot.class",
            "io/netty/channel/Channel.class",
            "io/netty/internal/tcnative/SSL.class")) {
      List<URL> places = Collections.list(getClass().getClassLoader().getResources(name));
      if (places.size() == 1) {
        ok("class path", name);
      } else {
        bad(
            "class path",
            name + " is there " + places.size() + " times: " + places,
            Outcome.FAILED);
      }
    }
  }

  private void identity(Identity identity) {
    Instant end = identity.certificate().getNotAfter().toInstant();
    String what = identity.principal() + ", valid until " + end;
    if (Instant.now().isAfter(end)) {
      bad("identity", what + ": it has expired", Outcome.FAILED);
    } else if (Instant.now().plus(EXPIRY_NOTICE).isAfter(end)) {
      ok("identity", what + ": renew it soon");
    } else {
      ok("identity", what);
    }
  }

  private void executor(SparkProperties settings, int party, List<Map<String, String>> healths) {
    String address = settings.catalog().executors().get(party);
    int colon = address.lastIndexOf(':');
    try (ExecutorConnection executor =
        FlightConnection.open(
            party,
            address.substring(0, colon),
            Integer.parseInt(address.substring(colon + 1)),
            settings.identity())) {
      Map<String, String> health = executor.health();
      healths.add(health);
      Duration ahead = Duration.between(Instant.now(), Instant.parse(health.get("clock")));
      String what = address + " " + health;
      if (ahead.abs().compareTo(CLOCK_TOLERANCE) > 0) {
        bad("executor " + party, what + ": its clock is off by " + ahead, Outcome.FAILED);
      } else {
        ok("executor " + party, what);
      }
    }
  }

  private void check(String what, Runnable check) {
    try {
      check.run();
    } catch (TrefoilException e) {
      bad(what, e.getMessage(), e.condition().outcome());
    }
  }

  private void ok(String what, String detail) {
    System.out.printf("ok   %-12s %s%n", what, detail);
  }

  private void bad(String what, String detail, Outcome outcome) {
    System.out.printf("BAD  %-12s %s%n", what, detail);
    if (worst == null || outcome == Outcome.FAILED) {
      worst = outcome;
    }
  }
}
