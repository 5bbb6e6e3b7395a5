package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * An analyst asks for one run of a proposal.
 *
 * @param parameters a value for each parameter of the proposal
 * @param nonce the id of the query that this starts, 128 fresh random bits in hexadecimal: the
 *     request is good for this query and for no other
 * @param retry how the result may be asked for again; absent: not at all
 */
public record RunRequest(
    String analyst,
    String proposal,
    SortedMap<String, String> parameters,
    String nonce,
    String cluster,
    Instant signed,
    Optional<Retry> retry)
    implements Statement {
  public static final String KIND = "run";

  /** How far its time may be from the checker's clock. */
  public static final Duration FRESH = Duration.ofMinutes(10);

  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{32}");

  public RunRequest {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** A request whose result is there once. */
  public RunRequest(
      String analyst,
      String proposal,
      SortedMap<String, String> parameters,
      String nonce,
      String cluster,
      Instant signed) {
    this(analyst, proposal, parameters, nonce, cluster, signed, Optional.empty());
  }

  /** Names the parameters' values without showing them. */
  public String parametersDigest() {
    return Digest.hex(parameters.toString().getBytes(StandardCharsets.UTF_8));
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
            in.time("signed"),
            in.has("retry") || in.has("recipient")
                ? Optional.of(
                    new Retry(
                        in.text("retry", Retry.KEY),
                        RecipientKey.of(in.bytes("recipient", RecipientKey.BYTES))))
                : Optional.empty());
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
    retry.ifPresent(
        again -> {
          out.put("retry", again.key());
          out.put("recipient", Fields.base64(again.recipient().bytes()));
        });
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
