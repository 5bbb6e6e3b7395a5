package org.trefoil.contributor;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Fragment;
import org.trefoil.arrow.tls.Identity;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/trefoil contribute}: one contributor's rows, for a query that collects them now. */
@Command(
    name = "contribute",
    description = "Shares the rows of a CSV file with the three executors, for one query.",
    mixinStandardHelpOptions = true)
public final class ContributeMain implements Callable<Integer> {
  @Option(names = "--executors", required = true, paramLabel = "HOST:PORT,HOST:PORT,HOST:PORT")
  private String executors;

  @Option(names = "--table", required = true, paramLabel = "OWNER.TABLE")
  private String table;

  @Option(names = "--identity", paramLabel = "FOLDER", description = "Key and certificate.")
  private Path identity;

  @Option(names = "--csv", paramLabel = "FILE", description = "The rows, under a header.")
  private Path csv;

  @Option(names = "--show", description = "Only print what the query would reveal, and to whom.")
  private boolean show;

  @Option(names = "--close", description = "As the table's owner: end the collection now.")
  private boolean close;

  @Option(
      names = "--each",
      paramLabel = "FOLDER",
      description = "Contribute for each folder in it: key.pem, cert.pem, ca.pem, rows.csv.")
  private Path each;

  @Option(names = "--threads", defaultValue = "4", description = "With --each.")
  private int threads;

  @Option(
      names = "--wait",
      defaultValue = "0",
      paramLabel = "SECONDS",
      description = "How long to wait for a query that collects.")
  private long waitSeconds;

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new ContributeMain());
    line.setExecutionExceptionHandler(
        (error, command, parsed) -> {
          TrefoilException known = TrefoilException.in(error).orElseThrow(() -> error);
          System.err.println(known.getMessage());
          return known.condition().outcome().exitCode();
        });
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() {
    Duration wait = Duration.ofSeconds(waitSeconds);
    Instant start = Instant.now();
    if (each != null) {
      Everybody.Outcome all = new Everybody(executors, table, each, wait).contribute(threads);
      all.refused().forEach(System.err::println);
      System.out.printf(
          "%d contributors accepted, %d refused, in %.1f s%n",
          all.accepted(), all.refused().size(), seconds(start));
      return all.refused().isEmpty() ? 0 : Outcome.FAILED.exitCode();
    }
    if (identity == null || (csv == null && !show && !close)) {
      System.err.println("Name --identity FOLDER and one of --csv FILE, --show, --close.");
      return Outcome.USAGE.exitCode();
    }
    try (Executors connected = Executors.at(executors, Identity.load(identity))) {
      Invitation invitation = Invitation.await(connected, table, wait);
      if (show) {
        print(invitation);
      } else if (close) {
        Fragment fragment = invitation.contributed().fragment();
        connected
            .all()
            .forEach(
                e -> e.commit(invitation.query(), fragment.source(), fragment.branch(), List.of()));
        System.out.println("closed the collection for query " + invitation.query());
      } else {
        List<Object[]> rows =
            CsvRows.read(csv, invitation.table().fields(), invitation.contributed().rule().rows());
        Contribution.share(connected, invitation, rows);
        System.out.printf(
            "contributed %d rows to %s for query %s of %s, in %.1f s%n",
            rows.size(), table, invitation.query(), invitation.analyst(), seconds(start));
      }
    }
    return 0;
  }

  private void print(Invitation invitation) {
    System.out.println("Query " + invitation.query() + " of analyst " + invitation.analyst());
    var statement = invitation.disclosure();
    section("Reveals", statement.reveals());
    section("Recipients", statement.recipients());
    section("Leaks", statement.leaks());
    section("Model", statement.model());
  }

  private static void section(String title, List<String> sentences) {
    System.out.println(title);
    sentences.forEach(sentence -> System.out.println("  " + sentence));
  }

  private static double seconds(Instant start) {
    return Duration.between(start, Instant.now()).toMillis() / 1000.0;
  }
}
