package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Inspection;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.error.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a proposal means. */
@Command(
    name = "inspect",
    description = {
      "Shows in words what a proposal would use, reveal and leak, and whether policies allow it as"
          + " they are now; if not, every clause against it, whose it is and what would pass (exit"
          + " code 3)."
    },
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID")
  private String id;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--html", paramLabel = "FILE", description = "Write it as a page as well.")
  private Path html;

  @Override
  public Integer call() throws IOException {
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      byte[] bytes = cluster.proposal(id);
      Inspection inspection = Inspection.of(bytes, cluster.catalog());
      if (inspection.allowed()) {
        Card card = card(cluster, bytes);
        System.out.println(card.text());
        if (html != null) {
          Files.writeString(html, card.html());
        }
      }
      inspection.lines().forEach(System.out::println);
      return inspection.allowed() ? 0 : Outcome.REFUSED.exitCode();
    }
  }

  static Card card(GovernedCluster cluster, byte[] bytes) {
    return Card.of(
        bytes, cluster.catalog(), Proposal.decode(bytes).replaces().map(cluster::proposal));
  }
}
