package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * An analyst asks for one run of a proposal.
 *
 * @param parameters a value for each parameter of the proposal
 * @param nonce the id of the query that this starts, 128 fresh random bits in hexadecimal: the
 *     request is good for this query and for no other
 */
public record RunRequest(
    String analyst,
    String proposal,
    SortedMap<String, String> parameters,
    String nonce,
    String cluster,
    Instant signed)
    implements Statement {
  public static final String KIND = "run";

  /** How far its time may be from the checker's clock. */
  public static final Duration FRESH = Duration.ofMinutes(10);

  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{32}");

  public RunRequest {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static RunRequest decode(byte[] bytes) {
    Fields in = CanonicalJson.read("run request", bytes);
    RunRequest run =
        new RunRequest(
            in.text("analyst", NAME),
            in.text("proposal", DIGEST),
            in.map("parameters"),
            in.text("nonce", NONCE),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    return run;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("analyst", analyst);
    out.put("proposal", proposal);
    ObjectNode values = out.putObject("parameters");
    parameters.forEach(values::put);
    out.put("nonce", nonce);
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
    return "analyst:" + analyst;
  }
}
