package org.trefoil.executor.governance;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.trefoil.api.approval.AuthorizedRun;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.ledger.Ledger;

/**
 * Results that may be asked for again: this executor's shares of each, sealed to the analyst who
 * signed the run's request. It cannot open them any more, and hands them out to who signs a request
 * for the same run; that is no run and counts as none, and stands in the audit log before it is
 * answered. They are destroyed when they expire, when an owner withdraws the proposal, and when a
 * table of it is registered with another schema or policy.
 */
final class Retries {
  /** A longer answer is not kept: it would not pass through one message. */
  static final int MOST_BYTES = 64 << 20;

  private final Office office;

  Retries(Office office) {
    this.office = office;
  }

  /**
   * What is kept of the run that a checked request names: the id of its query, and its sealed
   * shares; absent if there was no such run, or it revealed nothing.
   *
   * @throws TrefoilException RETRY_DIFFERS, RUN_UNDER_WAY, RESULT_GONE
   */
  Optional<List<byte[]>> answer(RunRequest request, byte[] signed) {
    Optional<Ledger.Retried> found = find(request);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Ledger.Retried run = found.get();
    if (run.sealed() == null) {
      throw run.state() == Ledger.RunState.BEGUN
          ? new TrefoilException(
              Condition.RUN_UNDER_WAY,
              cannot(request) + "it is still under way. Try again a little later.")
          : new TrefoilException(
              Condition.RESULT_GONE,
              cannot(request)
                  + "executor "
                  + office.party()
                  + " does not have it any more. Run it under another retry key; that counts as a"
                  + " run.");
    }
    Map<String, String> facts = facts(run.nonce(), request);
    facts.put("analyst", request.analyst());
    facts.put("request", Digest.hex(signed));
    office.audit().append("retry", facts);
    return Optional.of(List.of(run.nonce().getBytes(StandardCharsets.UTF_8), run.sealed().clone()));
  }

  private Optional<Ledger.Retried> find(RunRequest request) {
    Optional<Ledger.Retried> found =
        request
            .retry()
            .flatMap(
                retry ->
                    office.ledger().retried(request.proposal(), request.analyst(), retry.key()));
    if (found.isPresent() && !found.get().parameters().equals(request.parametersDigest())) {
      throw new TrefoilException(
          Condition.RETRY_DIFFERS,
          cannot(request)
              + "it was run with other parameters. Ask with the same, or run it under another retry"
              + " key.");
    }
    return found;
  }

  private static String cannot(RunRequest request) {
    return "Cannot hand out the result of proposal "
        + request.proposal()
        + " under this retry key: ";
  }

  /** The analyst needs it no more. */
  void forget(RunRequest request) {
    find(request)
        .filter(run -> run.sealed() != null)
        .ifPresent(
            run -> {
              office.audit().append("forgotten", facts(run.nonce(), request));
              office.ledger().unsealRun(run.nonce());
            });
  }

  Optional<Gate.Sealing> sealing(AuthorizedRun run, String cluster) {
    return run.request()
        .retry()
        .map(
            retry ->
                new Gate.Sealing(
                    retry.recipient(),
                    Retry.context(cluster, office.party(), run.request().nonce(), run.request())));
  }

  /** Keeps what was sealed; nothing of what is too long. */
  void keep(AuthorizedRun run, byte[] sealed) {
    if (sealed.length > MOST_BYTES) {
      return;
    }
    Instant end = office.now().plus(Retry.KEPT);
    Instant until = end.isBefore(run.proposal().until()) ? end : run.proposal().until();
    Map<String, String> facts = facts(run.request().nonce(), run.request());
    facts.put("until", until.toString());
    office.audit().append("sealed", facts);
    office.ledger().seal(run.request().nonce(), sealed, until);
  }

  private static Map<String, String> facts(String nonce, RunRequest request) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("query", nonce);
    facts.put("proposal", request.proposal());
    // What the analyst calls it may say what it is about.
    facts.put(
        "retry", Digest.hex(request.retry().orElseThrow().key().getBytes(StandardCharsets.UTF_8)));
    return facts;
  }

  /** Destroys what has expired, and what belongs to a proposal that has ended. */
  void prune(Gate gate) {
    office.ledger().unseal(office.now());
    for (String proposal : office.ledger().sealed()) {
      try {
        gate.requireOpen(proposal);
      } catch (TrefoilException e) {
        // A freeze holds it up and no more.
        if (e.condition() == Condition.WITHDRAWN || e.condition() == Condition.NOT_VALID_NOW) {
          office.ledger().unseal(proposal);
        }
      }
    }
  }
}
