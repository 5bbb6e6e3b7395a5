package org.trefoil.jobs;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Withdrawal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An owner ends a proposal. */
@Command(
    name = "withdraw",
    aliases = "reject",
    description = "Ends a proposal for good, approved before or not; what runs under it stops.",
    mixinStandardHelpOptions = true)
final class WithdrawCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID")
  private String id;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--owner", description = "For an identity that speaks for several.")
  private Optional<String> owner;

  @Option(names = "--reason", defaultValue = "none given", description = "For the audit.")
  private String reason;

  @Override
  public Integer call() {
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      Proposal proposal = Proposal.decode(cluster.proposalOfAny(id));
      Withdrawal withdrawal =
          new Withdrawal(
              cluster.owner(proposal, owner),
              proposal.id(),
              reason,
              cluster.name(),
              GovernedCluster.now());
      byte[] signed = cluster.signed(withdrawal);
      cluster.onAll(g -> g.withdraw(signed));
      System.err.println("trefoil: withdrawn for owner " + withdrawal.owner());
      System.out.println(proposal.id());
      return 0;
    }
  }
}
