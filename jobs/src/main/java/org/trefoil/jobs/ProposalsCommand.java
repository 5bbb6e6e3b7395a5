package org.trefoil.jobs;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists proposals. */
@Command(
    name = "proposals",
    description = "Lists the proposals that you have a part in, as each executor has them.",
    mixinStandardHelpOptions = true)
final class ProposalsCommand implements Callable<Integer> {
  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Override
  public Integer call() {
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      for (ExecutorConnection executor : cluster.executors()) {
        System.out.println(executor.name());
        for (ProposalState state : new Governance(executor).proposals()) {
          System.out.println("  " + state.id() + "  by " + state.proposer() + "  " + stand(state));
        }
      }
      return 0;
    }
  }

  private static String stand(ProposalState state) {
    if (!state.ended().isEmpty()) {
      return "ended: " + state.ended();
    }
    String left = state.runsLeft() + (state.runsLeft() == 1 ? " run left" : " runs left");
    String until = ", until " + state.until();
    until += Expiry.soon(state.until(), Instant.now()).map(soon -> " (" + soon + ")").orElse("");
    return state.missing().isEmpty()
        ? "approved; " + left + until
        : "waits for " + String.join(", ", state.missing()) + "; " + left + until;
  }
}
