package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * An owner agrees to the runs of one proposal, in one place.
 *
 * @param owner who agrees
 * @param proposal the proposal's id
 * @param binding all that the agreement depends on besides
 * @param until when it ends, not after the proposal's own end
 */
public record Approval(
    String owner, String proposal, Binding binding, Instant signed, Instant until)
    implements Statement {
  public static final String KIND = "approval";

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Approval decode(byte[] bytes) {
    Fields in = CanonicalJson.read(KIND, bytes);
    Approval approval =
        new Approval(
            in.text("owner", NAME),
            in.text("proposal", DIGEST),
            Binding.read(in),
            in.time("signed"),
            in.time("until"));
    in.end();
    return approval;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("owner", owner);
    out.put("proposal", proposal);
    binding.write(out);
    out.put("signed", signed.toString());
    out.put("until", until.toString());
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

  @Override
  public String cluster() {
    return binding.cluster();
  }
}
