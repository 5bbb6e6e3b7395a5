package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.plan.Catalog;
import org.trefoil.spark.plan.ProposalDraft;
import org.trefoil.spark.plan.ProposalPlanner;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Plans a query, runs nothing, and brings it to the executors as a proposal. */
@Command(
    name = "propose",
    description = "Proposes a query for approval; prints the proposal's id.",
    mixinStandardHelpOptions = true)
final class ProposeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @ArgGroup(multiplicity = "1")
  private QueryText text;

  @Option(names = "--purpose", required = true, description = "What the result is for.")
  private String purpose;

  @Option(names = "--runs", defaultValue = "1", description = "How many runs. Default: 1.")
  private int runs;

  @Option(names = "--interval", defaultValue = "0s", description = "Between runs at least: 24h.")
  private String interval;

  @Option(names = "--days", defaultValue = "30", description = "Valid for, at most 90.")
  private int days;

  @Option(names = "--analyst", description = "Who may run it besides; may be repeated.")
  private List<String> analysts = new ArrayList<>();

  @Option(
      names = "--to",
      defaultValue = "analyst",
      paramLabel = "WHOM",
      description =
          "Who gets the result: owners' names, analyst (who runs it; default), owners (all whose"
              + " tables it reads), separated by commas; or none:NAME, which keeps it secret-shared"
              + " as table shared.NAME.")
  private String recipients;

  @Option(
      names = "--own-keys",
      description = "One row for each key that the recipient, one owner, has in its own table.")
  private boolean ownKeys;

  @Option(
      names = "--param",
      paramLabel = "NAME=...",
      description = "region=north,south or month=month:2026-01-01..2026-12-01")
  private List<String> parameters = new ArrayList<>();

  @Option(names = "--replaces", paramLabel = "ID", description = "The version before this one.")
  private Optional<String> replaces;

  @Override
  public Integer call() throws IOException {
    List<String> statements = SqlText.statements(text.read(spec));
    if (statements.size() != 1) {
      throw usage("the text has " + statements.size() + " statements. Propose one SELECT");
    }
    SparkProperties settings = SparkProperties.read(properties);
    try (GovernedCluster cluster = GovernedCluster.open(settings)) {
      String proposer =
          cluster.self().analyst().orElseThrow(() -> usage(cluster.self() + " is no analyst"));
      SparkSession spark = LocalSpark.open(settings);
      byte[] bytes;
      try {
        bytes =
            ProposalPlanner.plan(
                    spark, "trefoil", draft(statements.get(0)), proposer, cluster.catalog())
                .encode();
      } finally {
        spark.stop();
      }
      Proposal.decode(bytes);
      Catalog catalog = cluster.catalog();
      System.err.print(Card.of(bytes, catalog, replaces.map(cluster::proposal)).text());
      cluster.onAll(g -> g.propose(bytes));
      System.out.println(Proposal.id(bytes));
      return 0;
    }
  }

  private ProposalDraft draft(String sql) {
    try {
      return new ProposalDraft(
          sql,
          purpose,
          runs,
          ProposalDraft.duration(interval),
          Duration.ofDays(days),
          analysts,
          recipients,
          ownKeys,
          parameters.stream().map(ProposalDraft::parameter).toList(),
          replaces);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private ParameterException usage(String reason) {
    return new ParameterException(spec.commandLine(), "Cannot propose: " + reason);
  }
}
