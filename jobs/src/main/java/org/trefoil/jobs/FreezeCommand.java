package org.trefoil.jobs;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Governance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Stops everything that involves an owner, or everything; or is one of two to lift that. */
@Command(
    name = "freeze",
    description =
        "Stops at once all that involves an owner or, by an operator, all that runs. Two people lift"
            + " a freeze, each with --lift ID.",
    mixinStandardHelpOptions = true)
final class FreezeCommand implements Callable<Integer> {
  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--owner", description = "For an identity that speaks for several.")
  private Optional<String> owner;

  @Option(names = "--reason", defaultValue = "none given", description = "For the audit.")
  private String reason;

  @Option(names = "--lift", paramLabel = "ID", description = "Say that this freeze may end.")
  private String lift;

  @Option(names = "--list", description = "Print the freezes that hold.")
  private boolean list;

  @Override
  public Integer call() {
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      if (list) {
        for (Freeze freeze : new Governance(cluster.executors().get(0)).freezes()) {
          System.out.println(
              freeze.id()
                  + "  by "
                  + freeze.signer()
                  + "  "
                  + freeze.signed()
                  + "  "
                  + freeze.reason());
        }
        return 0;
      }
      String signer = signer(cluster);
      String name = cluster.name();
      if (lift != null) {
        byte[] signed =
            cluster.signed(new Unfreeze(signer, lift, reason, name, GovernedCluster.now()));
        cluster.onAll(g -> g.unfreeze(signed));
        System.out.println(lift);
        return 0;
      }
      Freeze freeze = new Freeze(signer, reason, name, GovernedCluster.now());
      byte[] signed = cluster.signed(freeze);
      cluster.onAll(g -> g.freeze(signed));
      System.out.println(freeze.id());
      return 0;
    }
  }

  private String signer(GovernedCluster cluster) {
    if (cluster.self().party().isPresent()) {
      return "party-" + cluster.self().party().getAsInt();
    }
    var owners = cluster.self().owners();
    if (owner.isEmpty() && owners.size() == 1) {
      return "owner:" + owners.iterator().next();
    }
    return owner
        .filter(owners::contains)
        .map(o -> "owner:" + o)
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.PEER_REFUSED,
                    "Cannot freeze as " + cluster.self() + ": owners and operators may"));
  }
}
