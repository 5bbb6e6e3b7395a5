package org.trefoil.arrow.cluster;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The governance calls to one executor in authorized mode. What it answers is its word only:
 * compare the three executors, and verify what is signed.
 */
public final class Governance {
  public static final String PROPOSE = "propose";
  public static final String APPROVE = "approve";
  public static final String WITHDRAW = "withdraw";
  public static final String FREEZE = "freeze";
  public static final String UNFREEZE = "unfreeze";
  public static final String STAGE = "stage";
  public static final String FORGET = "forget";
  public static final String PROPOSALS = "proposals";
  public static final String PROPOSAL = "proposal";
  public static final String FREEZES = "freezes";
  public static final String EVIDENCE = "evidence";
  public static final String AUDIT = "audit";
  public static final String RECEIPT = "receipt";
  public static final String CHANGE_KEYS = "changekeys";
  public static final String KEY_CHANGES = "keychanges";

  private final ExecutorConnection executor;

  public Governance(ExecutorConnection executor) {
    this.executor = executor;
  }

  static TrefoilException notServed(String executor) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot govern " + executor + ": it runs in design mode, which asks for no approvals.");
  }

  /** Analyst: brings a proposal; bringing it again changes nothing. */
  public void propose(byte[] proposal) {
    send(PROPOSE, proposal);
  }

  /** Owner: brings a signed approval. */
  public void approve(byte[] signed) {
    send(APPROVE, signed);
  }

  /** Owner: brings a signed withdrawal; what runs under the proposal has stopped on return. */
  public void withdraw(byte[] signed) {
    send(WITHDRAW, signed);
  }

  /** Owner or operator: brings a signed freeze; what it forbids has stopped on return. */
  public void freeze(byte[] signed) {
    send(FREEZE, signed);
  }

  /** Owner or operator: brings one of the two signed words that lift a freeze. */
  public void unfreeze(byte[] signed) {
    send(UNFREEZE, signed);
  }

  /**
   * Analyst: brings a signed run request; the query may then be submitted under its nonce. If the
   * request may be asked for again and was run before, what is kept of that comes back, and there
   * is nothing to submit.
   */
  public Optional<SealedAnswer> stage(byte[] signed) {
    List<byte[]> answer = send(STAGE, signed);
    return answer.size() < 2
        ? Optional.empty()
        : Optional.of(
            new SealedAnswer(
                new QueryId(new String(answer.get(0), StandardCharsets.UTF_8)), answer.get(1)));
  }

  /** Analyst: nobody needs the result of this request again; its shares are destroyed. */
  public void forget(byte[] signed) {
    send(FORGET, signed);
  }

  /** Owner: brings a signed receipt for a run; the first one counts. */
  public void receipt(byte[] signed) {
    send(RECEIPT, signed);
  }

  /** Anybody in the roster: brings a signed change of keys of the own role. */
  public void changeKeys(byte[] signed) {
    send(CHANGE_KEYS, signed);
  }

  /** The signed changes of keys; what they are worth is for each place's own roster to say. */
  public List<byte[]> keyChanges() {
    return executor.govern(KEY_CHANGES, List.of());
  }

  /** How the proposals stand that the caller has a part in. */
  public List<ProposalState> proposals() {
    return executor.govern(PROPOSALS, List.of()).stream().map(ProposalState::decode).toList();
  }

  /** The bytes of a proposal. */
  public byte[] proposal(String id) {
    return send(PROPOSAL, utf8(id)).get(0);
  }

  /** The freezes that hold. */
  public List<Freeze> freezes() {
    return executor.govern(FREEZES, List.of()).stream().map(Freeze::decode).toList();
  }

  /** Owner: what shows that a query may run. */
  public Evidence evidence(QueryId query) {
    List<byte[]> all = send(EVIDENCE, utf8(query.hex()));
    if (all.size() < 2) {
      throw new TrefoilException(
          Condition.NOT_APPROVED,
          "Cannot see why query " + query + " may run: " + executor.name() + " shows nothing.");
    }
    return new Evidence(all.get(0), all.subList(2, all.size()), all.get(1));
  }

  /** Owner or operator: all lines of the audit log. */
  public List<byte[]> audit() {
    List<byte[]> lines = new ArrayList<>();
    while (true) {
      List<byte[]> more = send(AUDIT, utf8(Integer.toString(lines.size() + 1)));
      if (more.isEmpty()) {
        return lines;
      }
      lines.addAll(more);
    }
  }

  private List<byte[]> send(String deed, byte[] argument) {
    return executor.govern(deed, List.of(argument));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
