package org.trefoil.jobs;

import org.trefoil.api.error.Outcome;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The way into {@code bin/trefoil}. */
@Command(
    name = "trefoil",
    description =
        "Secure joins and aggregations for Apache Spark over data that stay with their owners.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      SqlCommand.class,
      JobCommand.class,
      LocalCommand.class,
      OwnerCommand.class,
      KeysCommand.class,
      DummyCommand.class,
      ProposeCommand.class,
      InspectCommand.class,
      ApproveCommand.class,
      WithdrawCommand.class,
      ProposalsCommand.class,
      RunCommand.class,
      ResultCommand.class,
      FreezeCommand.class,
      AuditCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      CheckCommand.class,
      WarmUpCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "  executor --config FILE   Runs one executor.",
      "  contribute --help        Shares a CSV file for a query that collects; needs no Spark.",
      "  jar                      Prints the path of the runtime jar (spark.jars).",
      "",
      "Exit codes: 0 done; 1 failed; 2 usage; 3 refused; 4 temporarily unavailable, try again; 130 interrupted."
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a command; returns its exit code. */
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler((error, command, parsed) -> Failure.report(error));
    if (arguments.length == 0) {
      line.usage(System.err);
      return Outcome.USAGE.exitCode();
    }
    return line.execute(arguments);
  }
}
