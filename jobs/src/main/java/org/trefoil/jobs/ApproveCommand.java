package org.trefoil.jobs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An owner signs a proposal, having been shown what it means. */
@Command(
    name = "approve",
    description = "Shows a proposal, and signs it for an owner.",
    mixinStandardHelpOptions = true)
final class ApproveCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID")
  private String id;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--owner", description = "For an identity that speaks for several.")
  private Optional<String> owner;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Override
  public Integer call() throws IOException {
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      byte[] bytes = cluster.proposal(id);
      Proposal proposal = Proposal.decode(bytes);
      String signer = cluster.owner(proposal, owner);
      System.err.print(InspectCommand.card(cluster, bytes).text());
      if (!yes && !confirmed(signer)) {
        throw new TrefoilException(
            Condition.QUERY_CANCELLED, "Cannot approve: the answer was not yes. Nothing is signed");
      }
      Approval approval =
          new Approval(
              signer,
              proposal.id(),
              cluster.authorization().binding(proposal, cluster.catalog()),
              GovernedCluster.now(),
              proposal.until());
      byte[] signed = cluster.signed(approval);
      cluster.onAll(g -> g.approve(signed));
      System.err.println("trefoil: approved for owner " + signer);
      System.out.println(proposal.id());
      return 0;
    }
  }

  private static boolean confirmed(String signer) throws IOException {
    System.err.print("\nApprove it for owner " + signer + "? Write yes: ");
    System.err.flush();
    String answer =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    return answer != null && answer.strip().equals("yes");
  }
}
