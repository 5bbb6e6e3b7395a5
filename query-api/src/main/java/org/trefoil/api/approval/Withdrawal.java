package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * An owner ends a proposal, approved by it or not, for good. One person of the owner suffices.
 *
 * @param reason in the owner's words, for the audit
 */
public record Withdrawal(
    String owner, String proposal, String reason, String cluster, Instant signed)
    implements Statement {
  public static final String KIND = "withdrawal";

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Withdrawal decode(byte[] bytes) {
    Fields in = CanonicalJson.read(KIND, bytes);
    Withdrawal withdrawal =
        new Withdrawal(
            in.text("owner", NAME),
            in.text("proposal", DIGEST),
            in.prose("reason", 1000),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    return withdrawal;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("owner", owner);
    out.put("proposal", proposal);
    out.put("reason", reason);
    out.put("cluster", cluster);
    out.put("signed", signed.toString());
    return CanonicalJson.encode(out);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public String signer() {
    return "owner:" + owner;
  }
}
