package org.trefoil.api.approval;

import java.time.Instant;
import java.util.regex.Pattern;

/** What a person signs. Its canonical encoding is the payload of a {@link SignedStatement}. */
public sealed interface Statement
    permits Approval,
        AuditRecord,
        Consent,
        Freeze,
        KeyChange,
        Receipt,
        RunRequest,
        Unfreeze,
        Withdrawal {
  /** A role: {@code party-0}, {@code owner:<name>} or {@code analyst:<name>}. */
  Pattern ROLE = Pattern.compile("party-[012]|(owner|analyst):[^\\p{Cntrl}]{1,200}");

  /** Owners' and analysts' names. */
  Pattern NAME = Pattern.compile("[^\\p{Cntrl}]{1,200}");

  /** SHA-256 in hexadecimal. */
  Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** The kind, part of the context that is signed: {@code approval}. */
  String kind();

  /** The role that signs it. */
  String signer();

  /** The cluster that it is for. */
  String cluster();

  /** When it was signed, by the signer's clock. */
  Instant signed();

  /** The canonical bytes. */
  byte[] encode();
}
