package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * An owner stops all that involves it, or an operator of an executor all that runs, at once.
 *
 * @param signer {@code owner:<name>} or {@code party-<n>}
 */
public record Freeze(String signer, String reason, String cluster, Instant signed)
    implements Statement {
  public static final String KIND = "freeze";

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Freeze decode(byte[] bytes) {
    Fields in = CanonicalJson.read(KIND, bytes);
    Freeze freeze =
        new Freeze(
            in.text("signer", ROLE),
            in.prose("reason", 1000),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    if (freeze.signer.startsWith("analyst:")) {
      throw in.invalid("signer", "an analyst freezes nothing");
    }
    return freeze;
  }

  /** What an {@link Unfreeze} names. */
  public String id() {
    return Digest.hex(encode());
  }

  /** Whether it stops a query over tables of {@code owner}. */
  public boolean stops(String owner) {
    return signer.startsWith("party-") || signer.equals("owner:" + owner);
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("signer", signer);
    out.put("reason", reason);
    out.put("cluster", cluster);
    out.put("signed", signed.toString());
    return CanonicalJson.encode(out);
  }

  @Override
  public String kind() {
    return KIND;
  }
}
