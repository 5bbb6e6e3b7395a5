package org.trefoil.jobs;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.ParameterText;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.share.Approvals;
import org.trefoil.spark.share.FlightCluster;

/** The three executors in authorized mode, as somebody with an identity and a key governs them. */
final class GovernedCluster implements AutoCloseable {
  private final FlightCluster cluster;
  private final Approvals approvals;
  private final Principal self;

  private GovernedCluster(FlightCluster cluster, Approvals approvals, Principal self) {
    this.cluster = cluster;
    this.approvals = approvals;
    this.self = self;
  }

  static GovernedCluster open(Path properties) {
    return open(SparkProperties.read(properties));
  }

  static GovernedCluster open(SparkProperties properties) {
    TrefoilOptions options = properties.catalog();
    Approvals approvals =
        Approvals.of(options)
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.INVALID_CONFIGURATION,
                        "Cannot govern in design mode: set "
                            + SparkProperties.CATALOG
                            + "mode to authorized. See docs/governance.md"));
    Identity identity = properties.identity();
    return new GovernedCluster(
        new FlightCluster(options.executors(), identity, Optional.of(approvals)),
        approvals,
        identity.principal());
  }

  List<ExecutorConnection> executors() {
    return cluster.connections();
  }

  /** Who this is. */
  Principal self() {
    return self;
  }

  Roster roster() {
    return approvals.roster(executors());
  }

  /** The name of this cluster in the own roster: known also if an executor does not answer. */
  String name() {
    return approvals.roster().cluster();
  }

  Authorization authorization() {
    return approvals.authorization(executors());
  }

  static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  /** Who signs here. */
  SigningKey key() {
    return approvals.key();
  }

  byte[] signed(Statement statement) {
    return SignedStatement.sign(approvals.key(), statement).encode();
  }

  /**
   * Calls all three, also after one has failed: a withdrawal has to reach whom it can.
   *
   * @throws TrefoilException the first error
   */
  void onAll(Consumer<Governance> call) {
    TrefoilException first = null;
    for (ExecutorConnection executor : executors()) {
      try {
        call.accept(new Governance(executor));
      } catch (TrefoilException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** The tables as the executors list them; EXECUTORS_DISAGREE unless all three do so alike. */
  Catalog catalog() {
    var first = executors().get(0).descriptors();
    for (ExecutorConnection executor : executors()) {
      if (!executor.descriptors().equals(first)) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot look at tables: "
                + executor.name()
                + " lists other schemas or policies. Let the owners' agents register again.");
      }
    }
    return Catalog.of(first);
  }

  /** The bytes that {@code id}, or its unambiguous beginning, names; the same at all three. */
  byte[] proposal(String id) {
    String full = full(id);
    byte[] first = null;
    for (ExecutorConnection executor : executors()) {
      byte[] bytes = Approvals.proposal(executor, full);
      if (first != null && !Arrays.equals(first, bytes)) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot show proposal " + full + ": the executors differ.");
      }
      first = bytes;
    }
    return first;
  }

  /**
   * As {@link #proposal}, from whichever executor shows them: for ending a proposal, which must not
   * need all three.
   */
  byte[] proposalOfAny(String id) {
    String full = full(id);
    TrefoilException last = null;
    for (ExecutorConnection executor : executors()) {
      try {
        return Approvals.proposal(executor, full);
      } catch (TrefoilException e) {
        last = e;
      }
    }
    throw last;
  }

  /** Has the executors destroy what they keep of a run that may be asked for again. */
  void forget(String id, List<String> parameters, String retry) {
    RunRequest request =
        approvals.request(
            QueryId.random(),
            cluster.analyst(),
            id,
            ParameterText.values(String.join(";", parameters)),
            Optional.of(retry));
    byte[] signed = signed(request);
    onAll(g -> g.forget(signed));
  }

  private String full(String id) {
    if (id.matches("[0-9a-f]{64}")) {
      return id;
    }
    List<String> found = new ArrayList<>();
    if (id.matches("[0-9a-f]{6,63}")) {
      new Governance(executors().get(0))
          .proposals().stream()
              .map(state -> state.id())
              .filter(known -> known.startsWith(id))
              .forEach(found::add);
    }
    if (found.size() != 1) {
      throw new TrefoilException(
          Condition.PROPOSAL_NOT_FOUND,
          "Cannot find proposal "
              + (id.matches("\\w{1,64}") ? id : "")
              + ": "
              + (found.isEmpty() ? "none" : "more than one")
              + " has an id that begins so. bin/trefoil proposals lists them");
    }
    return found.get(0);
  }

  /** The owner that this identity speaks for in {@code proposal}. */
  String owner(Proposal proposal, Optional<String> named) {
    Set<String> own = self.owners();
    List<String> involved =
        proposal.owners().stream()
            .filter(own::contains)
            .filter(owner -> named.isEmpty() || named.get().equals(owner))
            .toList();
    if (involved.size() != 1) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot sign as "
              + self
              + ": "
              + (involved.isEmpty()
                  ? "the proposal reads no table of theirs"
                  : "name one of " + involved + " with --owner"));
    }
    return involved.get(0);
  }

  @Override
  public void close() {
    cluster.close();
  }
}
