package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * One of the two people who lift a freeze.
 *
 * @param freeze {@link Freeze#id}
 */
public record Unfreeze(String signer, String freeze, String reason, String cluster, Instant signed)
    implements Statement {
  public static final String KIND = "unfreeze";

  /** How many different people it takes. */
  public static final int PEOPLE = 2;

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Unfreeze decode(byte[] bytes) {
    Fields in = CanonicalJson.read(KIND, bytes);
    Unfreeze unfreeze =
        new Unfreeze(
            in.text("signer", ROLE),
            in.text("freeze", DIGEST),
            in.prose("reason", 1000),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    if (unfreeze.signer.startsWith("analyst:")) {
      throw in.invalid("signer", "an analyst lifts no freeze");
    }
    return unfreeze;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("signer", signer);
    out.put("freeze", freeze);
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
