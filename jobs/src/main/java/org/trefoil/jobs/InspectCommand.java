package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Proposal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a proposal means. */
@Command(
    name = "inspect",
    description = "Shows in words what a proposal would use, reveal and leak.",
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
      Card card = card(cluster, cluster.proposal(id));
      System.out.print(card.text());
      if (html != null) {
        Files.writeString(html, card.html());
      }
      return 0;
    }
  }

  static Card card(GovernedCluster cluster, byte[] bytes) {
    return Card.of(
        bytes, cluster.catalog(), Proposal.decode(bytes).replaces().map(cluster::proposal));
  }
}
