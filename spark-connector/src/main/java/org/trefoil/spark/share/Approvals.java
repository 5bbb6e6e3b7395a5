package org.trefoil.spark.share;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.AuthorizedRun;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Receipt;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.SealedAnswer;
import org.trefoil.spark.TrefoilOptions;

/**
 * The mode {@code authorized} on the side of Spark: an owner verifies for itself, with its own
 * roster, that a query is approved before it reads a row for it; an analyst signs every run.
 */
public final class Approvals {
  private static final Logger LOG = LoggerFactory.getLogger(Approvals.class);

  private final Path roster;
  private final Optional<Path> signingKey;

  private Approvals(Path roster, Optional<Path> signingKey) {
    this.roster = roster;
    this.signingKey = signingKey;
  }

  /** Present if the configuration says {@code mode = authorized}. */
  public static Optional<Approvals> of(TrefoilOptions options) {
    if (!options.authorized()) {
      return Optional.empty();
    }
    Path roster =
        options
            .roster()
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.INVALID_CONFIGURATION,
                        "Cannot use mode authorized without a roster: set spark.sql.catalog."
                            + options.catalog()
                            + ".roster to a file. See docs/governance.md."));
    Roster.read(roster);
    return Optional.of(new Approvals(roster, options.signingKey()));
  }

  /** The present roster: a revoked key counts no longer at once. */
  public Roster roster() {
    return Roster.read(roster);
  }

  /** The same, after the changes of keys that any executor knows of and this roster accepts. */
  public Roster roster(List<ExecutorConnection> executors) {
    TreeMap<String, byte[]> changes = new TreeMap<>();
    for (ExecutorConnection executor : executors) {
      new Governance(executor)
          .keyChanges()
          .forEach(signed -> changes.put(Digest.hex(signed), signed));
    }
    return roster().changed(changes.values());
  }

  /** Checks with the present roster, for the software that the three executors name. */
  public Authorization authorization(List<ExecutorConnection> executors) {
    String software = null;
    for (ExecutorConnection executor : executors) {
      String theirs = executor.health().getOrDefault("software", "");
      if (software != null && !software.equals(theirs)) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot bind an approval to the software of the executors: "
                + executor.name()
                + " has installed another than the others. Install the same everywhere.");
      }
      software = theirs;
    }
    return new Authorization(roster(executors), software, Clock.systemUTC());
  }

  /** This side's own key. */
  public SigningKey key() {
    return SigningKey.read(
        signingKey.orElseThrow(
            () ->
                new TrefoilException(
                    Condition.INVALID_CONFIGURATION,
                    "Cannot sign without a key: set spark.sql.catalog.trefoil.signing-key to the"
                        + " file that bin/trefoil keys has written.")));
  }

  /**
   * Returns if the task is one run of a proposal that every owner has approved, as all three
   * executors show it and this side verifies it.
   *
   * @throws TrefoilException EXECUTORS_DISAGREE, PLAN_NOT_APPROVED, RECIPIENT_NOT_APPROVED, and as
   *     {@link Authorization#run}
   */
  void require(List<ExecutorConnection> executors, OwnerTask task, Catalog catalog) {
    Authorization authorization = authorization(executors);
    byte[] first = null;
    for (ExecutorConnection executor : executors) {
      Evidence evidence = new Governance(executor).evidence(task.query());
      AuthorizedRun run = authorization.run(evidence, catalog, task.query().hex());
      Authorization.requirePlan(run, task.plan());
      if (!run.request().analyst().equals(task.analyst())) {
        throw new TrefoilException(
            Condition.RECIPIENT_NOT_APPROVED,
            "Cannot share for query "
                + task.query()
                + ": its run request is signed by another analyst than "
                + task.analyst()
                + ".");
      }
      byte[] digest = Digest.of(evidence.proposal(), evidence.run());
      if (first != null && !Arrays.equals(first, digest)) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot share for query "
                + task.query()
                + ": "
                + executor.name()
                + " shows another proposal or request than the others. Check that executor.");
      }
      first = digest;
    }
  }

  /** The roles that this side's own key signs for. */
  Stream<String> roles(Roster roster) {
    String own = key().verificationKey().id();
    return roster.signers().stream().filter(s -> s.key().id().equals(own)).map(Roster.Signer::role);
  }

  /**
   * Signs for each owner what was sent for a run, if this side has the owner's key, and brings it
   * to all three. The shares are sent: what is wrong with a receipt is logged, and stops nothing.
   */
  void receipts(List<ExecutorConnection> executors, QueryId query, Map<String, SentShares> sent) {
    if (signingKey.isEmpty()) {
      return;
    }
    sent.forEach(
        (owner, shares) ->
            orLogged(
                query,
                owner,
                () -> {
                  Receipt receipt =
                      new Receipt(
                          owner,
                          query.hex(),
                          shares.tables(),
                          shares.bytes(),
                          roster().cluster(),
                          Instant.now().truncatedTo(ChronoUnit.SECONDS));
                  if (roles(roster(executors)).anyMatch(receipt.signer()::equals)) {
                    byte[] signed = SignedStatement.sign(key(), receipt).encode();
                    executors.forEach(
                        e -> orLogged(query, owner, () -> new Governance(e).receipt(signed)));
                  }
                }));
  }

  private static void orLogged(QueryId query, String owner, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.warn("query {}: no receipt of owner {}: {}", query, owner, e.getMessage());
    }
  }

  /** The bytes of a proposal, which have to be those that {@code id} names. */
  public static byte[] proposal(ExecutorConnection executor, String id) {
    byte[] bytes = new Governance(executor).proposal(id);
    if (!Proposal.id(bytes).equals(id)) {
      throw new TrefoilException(
          Condition.OTHER_PROPOSAL,
          "Cannot use proposal "
              + id
              + ": "
              + executor.name()
              + " shows other bytes under this id.");
    }
    return bytes;
  }

  /**
   * Signs one run and brings the request to all three, before the query is submitted.
   *
   * @param retry the key under which the result may be asked for again
   * @return present if it was run under this key before: there is nothing to submit
   */
  Optional<Repeat> stage(
      List<ExecutorConnection> executors,
      QueryId query,
      String analyst,
      String id,
      Map<String, String> values,
      Optional<String> retry,
      byte[] plan) {
    Proposal proposal = Proposal.decode(proposal(executors.get(0), id));
    if (!Arrays.equals(proposal.plan(values), plan)) {
      throw new TrefoilException(
          Condition.PLAN_NOT_APPROVED,
          "Cannot run this plan under proposal "
              + id
              + ": this Spark plans its SQL otherwise than when it was proposed. Propose it again.");
    }
    RunRequest request = request(query, analyst, id, values, retry);
    byte[] signed = SignedStatement.sign(key(), request).encode();
    List<Optional<SealedAnswer>> answers =
        executors.stream().map(executor -> new Governance(executor).stage(signed)).toList();
    return Repeat.of(request, answers, key().openingKey());
  }

  /** A run's request, to be signed. */
  public RunRequest request(
      QueryId query,
      String analyst,
      String id,
      Map<String, String> values,
      Optional<String> retry) {
    return new RunRequest(
        analyst,
        id,
        new TreeMap<>(values),
        query.hex(),
        roster().cluster(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        retry.map(name -> new Retry(name, key().openingKey().recipientKey())));
  }
}
