package org.trefoil.executor.governance;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.KeyChange;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Receipt;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.executor.ledger.AuditLog;
import org.trefoil.executor.ledger.Ledger;

/**
 * How what people have done stands in the audit log: names, and the digest of what they have
 * signed. The ledger takes a statement in before the log does; {@link #settle} writes what a
 * process that ended in between has left out.
 */
final class Records {
  private static final String STATEMENT = "statement";
  private static final String LATE = "written";

  private final Ledger ledger;
  private final AuditLog audit;
  private final boolean late;

  Records(Ledger ledger, AuditLog audit) {
    this(ledger, audit, false);
  }

  private Records(Ledger ledger, AuditLog audit, boolean late) {
    this.ledger = ledger;
    this.audit = audit;
    this.late = late;
  }

  private void append(String event, Map<String, String> facts) {
    TreeMap<String, String> all = new TreeMap<>(facts);
    if (late) {
      all.put(LATE, "after a restart");
    }
    audit.append(event, all);
  }

  void proposal(Proposal proposal) {
    append("proposal", Map.of("proposal", proposal.id(), "proposer", proposal.proposer()));
  }

  void approval(Approval approval, String person, byte[] signed) {
    append(
        Approval.KIND,
        Map.of(
            "proposal",
            approval.proposal(),
            "owner",
            approval.owner(),
            "person",
            person,
            "until",
            approval.until().toString(),
            STATEMENT,
            Digest.hex(signed)));
  }

  void withdrawal(Withdrawal withdrawal, byte[] signed) {
    append(
        Withdrawal.KIND,
        Map.of(
            "proposal",
            withdrawal.proposal(),
            "owner",
            withdrawal.owner(),
            "reason",
            withdrawal.reason(),
            STATEMENT,
            Digest.hex(signed)));
  }

  void freeze(Freeze freeze, byte[] signed) {
    append(
        Freeze.KIND,
        Map.of(
            "freeze",
            freeze.id(),
            "signer",
            freeze.signer(),
            "reason",
            freeze.reason(),
            STATEMENT,
            Digest.hex(signed)));
  }

  void receipt(Receipt receipt, byte[] signed) {
    append(
        Receipt.KIND,
        Map.of(
            "query",
            receipt.query(),
            "proposal",
            ledger.proposalOf(receipt.query()).orElse(""),
            "owner",
            receipt.owner(),
            "bytes",
            receipt.bytes().toString(),
            "columns",
            receipt.tables().toString(),
            STATEMENT,
            Digest.hex(signed)));
  }

  void keys(KeyChange change, byte[] signed) {
    TreeMap<String, String> facts = new TreeMap<>();
    facts.put("role", change.role());
    facts.put("revoked", String.join(",", change.revoked()));
    facts.put("reason", change.reason());
    facts.put(STATEMENT, Digest.hex(signed));
    change.key().ifPresent(key -> facts.put("key", key.id()));
    append(KeyChange.KIND, facts);
  }

  void unfreeze(Unfreeze unfreeze, String person, boolean lifted, byte[] signed) {
    append(
        Unfreeze.KIND,
        Map.of(
            "freeze",
            unfreeze.freeze(),
            "signer",
            unfreeze.signer(),
            "person",
            person,
            "lifted",
            Boolean.toString(lifted),
            STATEMENT,
            Digest.hex(signed)));
  }

  /**
   * Writes what the ledger holds and the log does not say, and closes the runs that it left open.
   */
  static void settle(Ledger ledger, AuditLog audit, AuditTrail trail) {
    Records records = new Records(ledger, audit, true);
    Set<String> known = new HashSet<>();
    for (AuditRecord record : trail.records()) {
      String named = record.facts().getOrDefault(STATEMENT, record.facts().get("proposal"));
      known.add(record.event() + " " + named);
    }
    for (byte[] bytes : ledger.proposals()) {
      Proposal proposal = Proposal.decode(bytes);
      if (known.add("proposal " + proposal.id())) {
        records.proposal(proposal);
      }
    }
    for (Ledger.StoredApproval stored : ledger.approvals()) {
      if (known.add(Approval.KIND + " " + Digest.hex(stored.bytes()))) {
        records.approval(
            Approval.decode(payload(Approval.KIND, stored.bytes())),
            stored.person(),
            stored.bytes());
      }
    }
    for (byte[] signed : ledger.withdrawals()) {
      if (known.add(Withdrawal.KIND + " " + Digest.hex(signed))) {
        records.withdrawal(Withdrawal.decode(payload(Withdrawal.KIND, signed)), signed);
      }
    }
    for (byte[] signed : ledger.allFreezes()) {
      if (known.add(Freeze.KIND + " " + Digest.hex(signed))) {
        records.freeze(Freeze.decode(payload(Freeze.KIND, signed)), signed);
      }
    }
    for (Ledger.StoredUnfreeze stored : ledger.unfreezes()) {
      if (known.add(Unfreeze.KIND + " " + Digest.hex(stored.bytes()))) {
        Unfreeze unfreeze = Unfreeze.decode(payload(Unfreeze.KIND, stored.bytes()));
        records.unfreeze(unfreeze, stored.person(), stored.lifted(), stored.bytes());
      }
    }
    for (byte[] signed : ledger.keyChanges()) {
      if (known.add(KeyChange.KIND + " " + Digest.hex(signed))) {
        records.keys(KeyChange.decode(payload(KeyChange.KIND, signed)), signed);
      }
    }
    for (byte[] signed : ledger.receipts()) {
      if (known.add(Receipt.KIND + " " + Digest.hex(signed))) {
        records.receipt(Receipt.decode(payload(Receipt.KIND, signed)), signed);
      }
    }
    records.runs(trail);
  }

  private static byte[] payload(String kind, byte[] signed) {
    return SignedStatement.parse(kind, signed).payload();
  }

  /** Every run that has begun, by the ledger or by the log, and has no end in the log gets one. */
  private void runs(AuditTrail trail) {
    Map<String, String> open = new TreeMap<>();
    ledger.counted().forEach((nonce, run) -> open.put(nonce, run.proposal()));
    for (AuditRecord record : trail.records()) {
      if (record.event().equals("run")) {
        open.put(record.facts().get("query"), record.facts().get("proposal"));
      }
    }
    for (AuditRecord record : trail.records()) {
      if (AuditRecord.ENDS.contains(record.event())) {
        open.remove(record.facts().get("query"));
      }
    }
    open.forEach(
        (nonce, proposal) -> {
          ledger.end(nonce);
          boolean counts =
              ledger.state(nonce).filter(s -> s == Ledger.RunState.REVEALED).isPresent();
          audit.append(
              "settled",
              Map.of(
                  "query",
                  nonce,
                  "proposal",
                  proposal,
                  "outcome",
                  counts
                      ? "may have been revealed; counts as a run"
                      : "nothing was revealed; does not count"));
        });
  }
}
