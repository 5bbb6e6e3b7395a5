package org.trefoil.api.approval;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;

/**
 * Checks statements for one place: by each executor, and by each owner before it shares a row, from
 * the signed bytes, the place's own roster, its own view of the descriptors and its own clock.
 *
 * <p>Guarantees that a run for which {@link #run} returns has been approved by as many people of
 * every owner whose tables it reads as the roster asks for, over exactly these bytes, under the
 * present policies, keys, software and cluster, and was asked for by an approved analyst within the
 * last minutes for this very query.
 *
 * <p>Not guaranteed: that it is the first such run, that runs are left, that nobody has withdrawn.
 * That is for whoever keeps a ledger.
 */
public final class Authorization {
  private static final Duration SKEW = Duration.ofMinutes(5);

  private final Roster roster;
  private final String software;
  private final Clock clock;

  /**
   * A checker.
   *
   * @param software what runs plans here, as approvals name it
   */
  public Authorization(Roster roster, String software, Clock clock) {
    this.roster = roster;
    this.software = software;
    this.clock = clock;
  }

  public Roster roster() {
    return roster;
  }

  /** What an approval of this proposal has to bind here. */
  public Binding binding(Proposal proposal, Catalog catalog) {
    SortedMap<String, String> tables = new TreeMap<>();
    for (Rel.Scan scan : Proposal.tables(SubstraitPlans.decode(proposal.plan())).values()) {
      tables.put(
          scan.owner() + "." + scan.table(),
          DescriptorDigest.hex(catalog.table(scan.owner(), scan.table())));
    }
    Set<String> roles = new TreeSet<>(List.of("party-0", "party-1", "party-2"));
    proposal.owners().forEach(owner -> roles.add("owner:" + owner));
    roles.addAll(proposal.recipients());
    proposal.analysts().forEach(analyst -> roles.add("analyst:" + analyst));
    return new Binding(
        tables, roster.keys(roles), roster.cluster(), Binding.MODE, Binding.MODEL, software);
  }

  /** An approval whose signatures have been verified, and whose it is. */
  public record Approved(Approval approval, String person) {}

  /**
   * Checks one approval of {@code proposal}.
   *
   * @throws TrefoilException with the condition of the first thing that is wrong
   */
  public Approved approval(byte[] signed, Proposal proposal, Catalog catalog) {
    SignedStatement statement = SignedStatement.parse(Approval.KIND, signed);
    Approval approval = Approval.decode(statement.payload());
    Roster.Signer signer = roster.verified(statement, approval.signer());
    String whose = approval.signer();
    if (!approval.proposal().equals(proposal.id())) {
      throw new TrefoilException(
          Condition.OTHER_PROPOSAL,
          "Cannot use the approval of "
              + whose
              + ": it is of another proposal, or this one has been altered. Have this one"
              + " approved.");
    }
    if (!proposal.owners().contains(approval.owner())) {
      throw new TrefoilException(
          Condition.OWNERS_DIFFER,
          "Cannot use the approval of " + whose + ": the proposal reads no table of theirs.");
    }
    requireNotProposer(signer, proposal);
    approval.binding().require(binding(proposal, catalog), whose);
    Instant now = clock.instant();
    boolean valid =
        !approval.signed().isAfter(now.plus(SKEW))
            && now.isBefore(approval.until())
            && !approval.until().isAfter(proposal.until());
    if (!valid) {
      throw notNow("the approval of " + whose, "until " + approval.until());
    }
    return new Approved(approval, signer.person());
  }

  /** The proposer approves nothing: neither with the same key nor as the same person. */
  private void requireNotProposer(Roster.Signer signer, Proposal proposal) {
    boolean self =
        roster.signers().stream()
            .filter(s -> s.role().equals("analyst:" + proposal.proposer()))
            .anyMatch(s -> s.key().equals(signer.key()) || s.person().equals(signer.person()));
    if (self) {
      throw new TrefoilException(
          Condition.SELF_APPROVED,
          "Cannot use the approval of "
              + signer.role()
              + ": who signed it also proposed it. Let somebody else approve.");
    }
  }

  /**
   * The owners whose approval is missing for want of people.
   *
   * @param approvals of this proposal, each checked by {@link #approval}
   */
  public List<String> missing(Proposal proposal, List<Approved> approvals) {
    Map<String, Set<String>> people = new HashMap<>();
    for (Approved approved : approvals) {
      people
          .computeIfAbsent(approved.approval().owner(), owner -> new HashSet<>())
          .add(approved.person());
    }
    return proposal.owners().stream()
        .filter(
            owner -> people.getOrDefault(owner, Set.of()).size() < roster.quorum("owner:" + owner))
        .toList();
  }

  /**
   * Checks all that can be checked without a ledger.
   *
   * @param nonce the id of the query that is to run, in hexadecimal
   * @throws TrefoilException with the condition of the first thing that is wrong
   */
  public AuthorizedRun run(Evidence evidence, Catalog catalog, String nonce) {
    Proposal proposal = Proposal.decode(evidence.proposal());
    proposal.check(catalog);
    Instant now = clock.instant();
    if (now.isBefore(proposal.from()) || !now.isBefore(proposal.until())) {
      throw notNow(
          "proposal " + proposal.id(), "from " + proposal.from() + " until " + proposal.until());
    }
    List<Approved> approvals =
        evidence.approvals().stream().map(a -> approval(a, proposal, catalog)).toList();
    List<String> missing = missing(proposal, approvals);
    if (!missing.isEmpty()) {
      throw new TrefoilException(
          Condition.NOT_APPROVED,
          "Cannot run proposal "
              + proposal.id()
              + ": owner "
              + String.join(", ", missing)
              + " has not approved it. Have it approved.");
    }
    RunRequest request = request(evidence.run(), proposal, nonce, now);
    byte[] plan = proposal.plan(request.parameters());
    PolicyCheck.check(SubstraitPlans.decode(plan), catalog, request.analyst());
    return new AuthorizedRun(proposal, proposal.id(), request, plan);
  }

  private RunRequest request(byte[] signed, Proposal proposal, String nonce, Instant now) {
    SignedStatement statement = SignedStatement.parse(RunRequest.KIND, signed);
    RunRequest request = RunRequest.decode(statement.payload());
    roster.verified(statement, request.signer());
    if (!request.proposal().equals(proposal.id())) {
      throw new TrefoilException(
          Condition.OTHER_PROPOSAL,
          "Cannot run proposal "
              + proposal.id()
              + ": the run request is of another. Sign one for it.");
    }
    if (!request.cluster().equals(roster.cluster())) {
      throw new TrefoilException(
          Condition.OTHER_CLUSTER,
          "Cannot run proposal "
              + proposal.id()
              + ": the run request is for cluster "
              + request.cluster()
              + ". Sign one for "
              + roster.cluster()
              + ".");
    }
    if (!proposal.analysts().contains(request.analyst())) {
      throw new TrefoilException(
          Condition.RECIPIENT_NOT_APPROVED,
          "Cannot run proposal "
              + proposal.id()
              + " as "
              + request.analyst()
              + ": it is approved for "
              + String.join(", ", proposal.analysts())
              + ". Let one of them run it.");
    }
    if (!request.nonce().equals(nonce)) {
      throw new TrefoilException(
          Condition.RUN_REPLAYED,
          "Cannot run query " + nonce + ": the run request is for another query. Sign a new one.");
    }
    Duration age = Duration.between(request.signed(), now).abs();
    if (age.compareTo(RunRequest.FRESH) > 0) {
      throw notNow(
          "the run request",
          "within " + RunRequest.FRESH.toMinutes() + " minutes of " + request.signed());
    }
    return request;
  }

  private static TrefoilException notNow(String what, String when) {
    return new TrefoilException(
        Condition.NOT_VALID_NOW,
        "Cannot use "
            + what
            + ": it is valid "
            + when
            + " only. Correct the clock, or make a new one.");
  }

  /** A withdrawal of {@code proposal} whose signatures and place are right. */
  public Withdrawal withdrawal(byte[] signed, Proposal proposal) {
    SignedStatement statement = SignedStatement.parse(Withdrawal.KIND, signed);
    Withdrawal withdrawal = Withdrawal.decode(statement.payload());
    roster.verified(statement, withdrawal.signer());
    requireCluster(withdrawal);
    if (!withdrawal.proposal().equals(proposal.id())
        || !proposal.owners().contains(withdrawal.owner())) {
      throw new TrefoilException(
          Condition.OTHER_PROPOSAL,
          "Cannot withdraw proposal "
              + proposal.id()
              + ": the withdrawal is of another proposal, or by an owner that has no part in it.");
    }
    return withdrawal;
  }

  /** A freeze whose signatures and place are right. */
  public Freeze freeze(byte[] signed) {
    SignedStatement statement = SignedStatement.parse(Freeze.KIND, signed);
    Freeze freeze = Freeze.decode(statement.payload());
    roster.verified(statement, freeze.signer());
    requireCluster(freeze);
    return freeze;
  }

  /** One person's word for lifting a freeze. */
  public record Lifted(Unfreeze unfreeze, String person) {}

  /** A word for lifting a freeze whose signatures and place are right. */
  public Lifted unfreeze(byte[] signed) {
    SignedStatement statement = SignedStatement.parse(Unfreeze.KIND, signed);
    Unfreeze unfreeze = Unfreeze.decode(statement.payload());
    Roster.Signer signer = roster.verified(statement, unfreeze.signer());
    requireCluster(unfreeze);
    return new Lifted(unfreeze, signer.person());
  }

  /** A change of keys that the roster accepts. */
  public KeyChange keyChange(byte[] signed) {
    Roster unused = roster.changed(signed);
    KeyChange change = KeyChange.decode(SignedStatement.parse(KeyChange.KIND, signed).payload());
    requireCluster(change);
    return change;
  }

  /** A receipt whose signatures and place are right. */
  public Receipt receipt(byte[] signed) {
    SignedStatement statement = SignedStatement.parse(Receipt.KIND, signed);
    Receipt receipt = Receipt.decode(statement.payload());
    roster.verified(statement, receipt.signer());
    requireCluster(receipt);
    return receipt;
  }

  private void requireCluster(Statement statement) {
    if (!statement.cluster().equals(roster.cluster())) {
      throw new TrefoilException(
          Condition.OTHER_CLUSTER,
          "Cannot accept the "
              + statement.kind()
              + " of "
              + statement.signer()
              + ": it is for another cluster than "
              + roster.cluster()
              + ".");
    }
    if (statement.signed().isAfter(clock.instant().plus(SKEW))) {
      throw notNow(
          "the " + statement.kind() + " of " + statement.signer(), "from " + statement.signed());
    }
  }

  /** Whether two plans are the same bytes; PLAN_NOT_APPROVED if not. */
  public static void requirePlan(AuthorizedRun run, byte[] plan) {
    if (!Arrays.equals(run.plan(), plan)) {
      throw new TrefoilException(
          Condition.PLAN_NOT_APPROVED,
          "Cannot run this plan under proposal "
              + run.id()
              + ": it is not the plan that was approved. Run it by its proposal.");
    }
  }
}
