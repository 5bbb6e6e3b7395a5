package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/**
 * How a proposal stands at one executor.
 *
 * @param missing owners whose approval does not count, or not any more
 * @param ended why it can't run again: withdrawn, expired, used up; empty if it can
 */
public record ProposalState(
    String id,
    String proposer,
    List<String> owners,
    List<String> missing,
    long runsLeft,
    Instant until,
    String ended) {
  public ProposalState {
    owners = List.copyOf(owners);
    missing = List.copyOf(missing);
  }

  /** Reads what {@link #encode} writes. */
  public static ProposalState decode(byte[] bytes) {
    Fields in = CanonicalJson.read("state of a proposal", bytes);
    ProposalState state =
        new ProposalState(
            in.text("id", Statement.DIGEST),
            in.text("proposer", Statement.NAME),
            in.texts("owners", Statement.NAME),
            in.texts("missing", Statement.NAME),
            in.number("left", 0, Integer.MAX_VALUE),
            in.time("until"),
            in.text("ended"));
    in.end();
    return state;
  }

  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("id", id);
    out.put("proposer", proposer);
    owners.forEach(out.putArray("owners")::add);
    missing.forEach(out.putArray("missing")::add);
    out.put("left", runsLeft);
    out.put("until", until.toString());
    out.put("ended", ended);
    return CanonicalJson.encode(out);
  }
}
