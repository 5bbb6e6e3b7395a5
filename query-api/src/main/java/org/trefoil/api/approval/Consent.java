package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * One executor tells its peers that it has checked a run for itself and goes on, and how long its
 * audit log is. Always as long for one cluster.
 *
 * @param moment what it goes on to: {@link #ADMIT} or {@link #REVEAL}
 * @param head the end of its audit log
 */
public record Consent(
    int party,
    String moment,
    String proposal,
    String query,
    AuditTrail.Head head,
    String cluster,
    Instant signed)
    implements Statement {
  public static final String KIND = "consent";
  public static final String ADMIT = "admit_";
  public static final String REVEAL = "reveal";

  private static final Pattern MOMENT = Pattern.compile(ADMIT + "|" + REVEAL);
  private static final Pattern QUERY = Pattern.compile("[0-9a-f]{32}");

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Consent decode(byte[] bytes) {
    Fields in = CanonicalJson.read(KIND, bytes);
    Consent consent =
        new Consent(
            (int) in.number("party", 0, 2),
            in.text("moment", MOMENT),
            in.text("proposal", DIGEST),
            in.text("query", QUERY),
            AuditTrail.Head.parse(in.text("head", AuditTrail.Head.FORM)),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    return consent;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("party", party);
    out.put("moment", moment);
    out.put("proposal", proposal);
    out.put("query", query);
    out.put("head", head.toString());
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
    return "party-" + party;
  }
}
