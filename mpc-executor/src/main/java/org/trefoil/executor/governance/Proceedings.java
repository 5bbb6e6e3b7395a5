package org.trefoil.executor.governance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.AuthorizedRun;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.KeyChange;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Receipt;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.Role;

/**
 * The calls by which people propose, approve, withdraw, freeze and look. A statement counts by its
 * signatures; whoever brings it must have a part in it, too.
 */
final class Proceedings {
  private static final int MOST_LINES = 200;

  private final Office office;
  private final Supplier<Catalog> catalog;
  private final AuthorizedGate gate;
  private final Retries retries;
  private final Records records;

  Proceedings(Office office, Supplier<Catalog> catalog, AuthorizedGate gate, Retries retries) {
    this.retries = retries;
    this.office = office;
    this.catalog = catalog;
    this.gate = gate;
    this.records = new Records(office.ledger(), office.audit());
  }

  List<byte[]> serve(Principal caller, String deed, List<byte[]> arguments) {
    switch (deed) {
      case Governance.PROPOSE -> propose(caller, one(deed, arguments));
      case Governance.APPROVE -> approve(caller, one(deed, arguments));
      case Governance.WITHDRAW -> withdraw(caller, one(deed, arguments));
      case Governance.FREEZE -> freeze(caller, one(deed, arguments));
      case Governance.UNFREEZE -> unfreeze(caller, one(deed, arguments));
      case Governance.STAGE -> {
        return stage(caller, one(deed, arguments));
      }
      case Governance.FORGET -> retries.forget(requested(caller, one(deed, arguments)).request());
      case Governance.RECEIPT -> receipt(caller, one(deed, arguments));
      case Governance.CHANGE_KEYS -> changeKeys(caller, one(deed, arguments));
      case Governance.KEY_CHANGES -> {
        return office.ledger().keyChanges();
      }
      case Governance.PROPOSALS -> {
        return proposals(caller);
      }
      case Governance.PROPOSAL -> {
        return List.of(proposal(caller, text(one(deed, arguments))));
      }
      case Governance.FREEZES -> {
        return freezes();
      }
      case Governance.EVIDENCE -> {
        return evidence(caller, text(one(deed, arguments)));
      }
      case Governance.AUDIT -> {
        return audit(caller, text(one(deed, arguments)));
      }
      default ->
          throw new TrefoilException(
              Condition.INTERNAL,
              "Cannot serve an unknown governance call. Install the same version of Trefoil"
                  + " everywhere.");
    }
    return List.of();
  }

  private void propose(Principal caller, byte[] bytes) {
    Proposal proposal = Proposal.decode(bytes);
    requireAnalyst(caller, proposal.proposer());
    proposal.check(catalog.get());
    // A proposal that could never be approved here, for want of a key, is refused now.
    office.authorization().binding(proposal, catalog.get());
    if (!office.now().isBefore(proposal.until())) {
      throw new TrefoilException(
          Condition.NOT_VALID_NOW, "Cannot propose " + proposal.id() + ": it has expired.");
    }
    if (office.ledger().addProposal(proposal.id(), bytes)) {
      records.proposal(proposal);
    }
  }

  private void approve(Principal caller, byte[] signed) {
    Approval approval = Approval.decode(SignedStatement.parse(Approval.KIND, signed).payload());
    Callers.requireOwner(caller, approval.owner());
    Proposal proposal = Proposal.decode(office.proposal(approval.proposal()));
    Authorization.Approved approved =
        office.authorization().approval(signed, proposal, catalog.get());
    office.requireOpen(proposal);
    office.ledger().addApproval(proposal.id(), approval.owner(), approved.person(), signed);
    records.approval(approval, approved.person(), signed);
  }

  private void withdraw(Principal caller, byte[] signed) {
    Withdrawal withdrawal =
        Withdrawal.decode(SignedStatement.parse(Withdrawal.KIND, signed).payload());
    Callers.requireOwner(caller, withdrawal.owner());
    Proposal proposal = Proposal.decode(office.proposal(withdrawal.proposal()));
    Withdrawal checked = office.authorization().withdrawal(signed, proposal);
    office.ledger().addWithdrawal(proposal.id(), checked.owner(), signed);
    gate.recheck();
    records.withdrawal(checked, signed);
  }

  private void freeze(Principal caller, byte[] signed) {
    Freeze freeze = office.authorization().freeze(signed);
    requireRole(caller, freeze);
    office.ledger().addFreeze(freeze.id(), signed);
    gate.recheck();
    records.freeze(freeze, signed);
  }

  private void unfreeze(Principal caller, byte[] signed) {
    Authorization.Lifted lifted = office.authorization().unfreeze(signed);
    Unfreeze unfreeze = lifted.unfreeze();
    requireRole(caller, unfreeze);
    if (!office.ledger().knowsFreeze(unfreeze.freeze())) {
      throw new TrefoilException(
          Condition.OTHER_STATEMENT,
          "Cannot lift freeze " + unfreeze.freeze() + ": there is none of this id here.");
    }
    boolean gone =
        office.ledger().addUnfreeze(unfreeze.freeze(), lifted.person(), signed, Unfreeze.PEOPLE);
    records.unfreeze(unfreeze, lifted.person(), gone, signed);
  }

  private void changeKeys(Principal caller, byte[] signed) {
    String digest = Digest.hex(signed);
    if (office.ledger().keyChanges().stream().map(Digest::hex).anyMatch(digest::equals)) {
      return;
    }
    KeyChange change = office.authorization().keyChange(signed);
    requireRole(caller, change);
    if (office.ledger().addKeyChange(digest, signed)) {
      gate.recheck();
      records.keys(change, signed);
    }
  }

  private void receipt(Principal caller, byte[] signed) {
    Receipt receipt = office.authorization().receipt(signed);
    Callers.requireOwner(caller, receipt.owner());
    boolean takesPart =
        office
            .ledger()
            .proposalOf(receipt.query())
            .map(id -> Proposal.decode(office.proposal(id)).owners().contains(receipt.owner()))
            .orElse(false);
    if (!takesPart) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY,
          "Cannot take a receipt for query "
              + receipt.query()
              + ": it has not run here, or reads no table of owner "
              + receipt.owner()
              + ".");
    }
    if (office.ledger().addReceipt(receipt.query(), receipt.owner(), signed)) {
      records.receipt(receipt, signed);
    }
  }

  /** Keeps a request until its query is submitted, or answers what is kept of an earlier run. */
  private List<byte[]> stage(Principal caller, byte[] signed) {
    AuthorizedRun run = requested(caller, signed);
    gate.requireSourcesOpen(run, catalog.get());
    Optional<List<byte[]>> answer = retries.answer(run.request(), signed);
    if (answer.isEmpty()) {
      gate.stage(run.request().nonce(), signed);
    }
    return answer.orElse(List.of());
  }

  /** The run that a request asks for, which has been found to be approved now. */
  private AuthorizedRun requested(Principal caller, byte[] signed) {
    RunRequest request =
        RunRequest.decode(SignedStatement.parse(RunRequest.KIND, signed).payload());
    requireAnalyst(caller, request.analyst());
    Evidence evidence = office.evidence(request.proposal(), signed, catalog.get());
    AuthorizedRun run = office.authorization().run(evidence, catalog.get(), request.nonce());
    office.requireOpen(run.proposal());
    return run;
  }

  private List<byte[]> proposals(Principal caller) {
    List<byte[]> states = new ArrayList<>();
    for (byte[] bytes : office.ledger().proposals()) {
      if (involved(caller, Proposal.decode(bytes))) {
        states.add(office.state(bytes, catalog.get()).encode());
      }
    }
    return states;
  }

  private byte[] proposal(Principal caller, String id) {
    byte[] bytes = office.proposal(id);
    if (!involved(caller, Proposal.decode(bytes))) {
      throw new TrefoilException(
          Condition.PROPOSAL_NOT_FOUND,
          "Cannot find proposal "
              + id
              + " at executor "
              + office.party()
              + ". Check the id, or propose it again.");
    }
    return bytes;
  }

  private List<byte[]> evidence(Principal caller, String nonce) {
    Evidence evidence = gate.evidence(nonce);
    if (!involved(caller, Proposal.decode(evidence.proposal()))) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY, "Cannot show why query " + nonce + " may run: it is another's.");
    }
    List<byte[]> all = new ArrayList<>(List.of(evidence.proposal(), evidence.run()));
    all.addAll(evidence.approvals());
    return all;
  }

  private List<byte[]> audit(Principal caller, String from) {
    if (caller.party().isEmpty() && caller.owners().isEmpty()) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot show the audit log to " + caller + ": owners and operators may see it.");
    }
    if (!from.matches("[0-9]{1,15}")) {
      throw new TrefoilException(
          Condition.MALFORMED_STATEMENT, "Cannot show the audit log: no line number is given.");
    }
    return office.audit().lines(Long.parseLong(from), MOST_LINES);
  }

  /** All freezes that hold, for whoever lifts them. */
  private List<byte[]> freezes() {
    List<byte[]> freezes = new ArrayList<>();
    for (byte[] signed : office.ledger().freezes()) {
      freezes.add(Freeze.decode(SignedStatement.parse(Freeze.KIND, signed).payload()).encode());
    }
    return freezes;
  }

  /** Whether a caller has a part in a proposal. */
  private static boolean involved(Principal caller, Proposal proposal) {
    return caller.party().isPresent()
        || proposal.owners().stream().anyMatch(caller::owns)
        || proposal.analysts().stream().anyMatch(a -> caller.is(Role.analyst(a)))
        || proposal.recipients().stream().anyMatch(r -> caller.is(Role.parse(r)));
  }

  private static void requireAnalyst(Principal caller, String analyst) {
    if (!caller.is(Role.analyst(analyst))) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot act for analyst "
              + analyst
              + " as "
              + caller
              + ": the certificate does not name this analyst. Use the identity of the analyst.");
    }
  }

  private static void requireRole(Principal caller, Statement statement) {
    if (!caller.is(Role.parse(statement.signer()))) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot bring the "
              + statement.kind()
              + " of "
              + statement.signer()
              + " as "
              + caller
              + ". Use the identity of whoever has signed it.");
    }
  }

  private static byte[] one(String deed, List<byte[]> arguments) {
    if (arguments.size() != 1) {
      throw new TrefoilException(
          Condition.MALFORMED_STATEMENT,
          "Cannot serve " + deed + ": it takes one argument, not " + arguments.size() + ".");
    }
    return arguments.get(0);
  }

  private static String text(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.matches("[0-9a-f]{1,64}") ? text : "";
  }
}
