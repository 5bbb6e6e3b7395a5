package org.trefoil.executor.governance;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.executor.ledger.AuditLog;
import org.trefoil.executor.ledger.DiskPoint;
import org.trefoil.executor.ledger.Ledger;

/**
 * The files of an executor in authorized mode.
 *
 * @param roster whose signature counts for whom
 * @param signingKey this executor's own
 * @param folder where ledger and audit log are kept
 * @param disk told of every change to them
 */
public record AuthorizedMode(Path roster, Path signingKey, Path folder, DiskPoint disk) {
  public AuthorizedMode(Path roster, Path signingKey, Path folder) {
    this(roster, signingKey, folder, DiskPoint.NONE);
  }

  /**
   * Opens the gate of executor {@code party}.
   *
   * @throws TrefoilException INVALID_CONFIGURATION unless the roster has this executor's key;
   *     LEDGER_FAILED; AUDIT_BROKEN
   */
  public Gate open(int party, String software, Supplier<Catalog> catalog, Clock clock) {
    SigningKey key = SigningKey.read(signingKey);
    Ledger ledger = Ledger.open(folder.resolve("ledger.db"), disk);
    try {
      Supplier<Roster> present = () -> Roster.read(roster).changed(ledger.keyChanges());
      Roster first = present.get();
      requireKnown(party, key.verificationKey().id(), first);
      AuditLog audit = AuditLog.open(folder.resolve("audit.log"), party, first, key, ledger, clock);
      AuditTrail trail = AuditTrail.read(party, audit.lines(1, Integer.MAX_VALUE), first);
      Office office = new Office(party, present, key, software, ledger, audit, clock);
      return AuthorizedGate.open(office, catalog, trail);
    } catch (RuntimeException e) {
      ledger.close();
      throw e;
    }
  }

  private void requireKnown(int party, String id, Roster first) {
    boolean known =
        first.keys(List.of("party-" + party)).values().stream()
            .anyMatch(ids -> List.of(ids.split(",")).contains(id));
    if (!known) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot run executor "
              + party
              + " in authorized mode: its signing key is not in "
              + roster
              + ", or is revoked. Add the line that bin/trefoil keys has printed.");
    }
  }
}
