package org.trefoil.executor.governance;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.executor.ledger.AuditLog;
import org.trefoil.executor.ledger.Ledger;

/**
 * What an executor in authorized mode decides with: its roster, read anew for every decision so
 * that a revoked key counts no longer at once, its key, its ledger and its audit log.
 *
 * @param software what runs plans here, as approvals name it
 */
record Office(
    int party,
    Supplier<Roster> roster,
    SigningKey key,
    String software,
    Ledger ledger,
    AuditLog audit,
    Clock clock) {

  Authorization authorization() {
    return new Authorization(roster.get(), software, clock);
  }

  Instant now() {
    return clock.instant();
  }

  /** The proposal's bytes; PROPOSAL_NOT_FOUND. */
  byte[] proposal(String id) {
    return ledger
        .proposal(id)
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.PROPOSAL_NOT_FOUND,
                    "Cannot find proposal "
                        + id
                        + " at executor "
                        + party
                        + ". Check the id, or propose it again."));
  }

  /** The approvals that count now; one that does not is a reason only if its owner has no other. */
  private record Counted(List<byte[]> valid, List<String> missing, TrefoilException fault) {}

  private Counted counted(Proposal proposal, Catalog catalog) {
    Authorization authorization = authorization();
    List<byte[]> valid = new ArrayList<>();
    List<Authorization.Approved> approved = new ArrayList<>();
    TrefoilException fault = null;
    for (byte[] bytes : ledger.approvals(proposal.id())) {
      try {
        approved.add(authorization.approval(bytes, proposal, catalog));
        valid.add(bytes);
      } catch (TrefoilException e) {
        fault = e;
      }
    }
    return new Counted(valid, authorization.missing(proposal, approved), fault);
  }

  /**
   * The approvals that count now.
   *
   * @throws TrefoilException NOT_APPROVED, or why an approval does not count any more
   */
  List<byte[]> approvals(Proposal proposal, Catalog catalog) {
    Counted counted = counted(proposal, catalog);
    if (counted.missing().isEmpty()) {
      return counted.valid();
    }
    if (counted.fault() != null) {
      throw counted.fault();
    }
    throw new TrefoilException(
        Condition.NOT_APPROVED,
        "Cannot run proposal "
            + proposal.id()
            + ": owner "
            + String.join(", ", counted.missing())
            + " has not approved it. Have it approved.");
  }

  Evidence evidence(String id, byte[] run, Catalog catalog) {
    byte[] bytes = proposal(id);
    return new Evidence(bytes, approvals(Proposal.decode(bytes), catalog), run);
  }

  /** WITHDRAWN, FROZEN or NOT_VALID_NOW, if it is. */
  void requireOpen(Proposal proposal) {
    List<String> withdrawn = ledger.withdrawn(proposal.id());
    if (!withdrawn.isEmpty()) {
      throw withdrawn(proposal.id(), String.join(", ", withdrawn));
    }
    for (byte[] signed : ledger.freezes()) {
      Freeze freeze = Freeze.decode(SignedStatement.parse(Freeze.KIND, signed).payload());
      if (proposal.owners().stream().anyMatch(freeze::stops)) {
        throw frozen(proposal.id(), freeze);
      }
    }
    if (!now().isBefore(proposal.until())) {
      throw new TrefoilException(
          Condition.NOT_VALID_NOW,
          "Cannot go on with proposal "
              + proposal.id()
              + ": it ended at "
              + proposal.until()
              + ".");
    }
  }

  static TrefoilException withdrawn(String id, String owner) {
    return new TrefoilException(
        Condition.WITHDRAWN,
        "Cannot go on with proposal "
            + id
            + ": owner "
            + owner
            + " has withdrawn it. Talk to the owner, then propose again.");
  }

  static TrefoilException frozen(String id, Freeze freeze) {
    return new TrefoilException(
        Condition.FROZEN,
        "Cannot go on with proposal "
            + id
            + ": "
            + freeze.signer()
            + " has frozen what it involves (freeze "
            + freeze.id()
            + "). Two people lift a freeze.");
  }

  ProposalState state(byte[] bytes, Catalog catalog) {
    Proposal proposal = Proposal.decode(bytes);
    String ended = "";
    List<String> missing = proposal.owners();
    try {
      requireOpen(proposal);
      missing = counted(proposal, catalog).missing();
    } catch (TrefoilException e) {
      ended = e.reason();
    }
    long left = Math.max(0, proposal.runs() - ledger.runsUsed(proposal.id()));
    if (ended.isEmpty() && left == 0) {
      ended = "All approved runs are used.";
    }
    return new ProposalState(
        proposal.id(),
        proposal.proposer(),
        proposal.owners(),
        missing,
        left,
        proposal.until(),
        ended);
  }
}
