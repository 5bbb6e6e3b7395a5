package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One line of an executor's audit log.
 *
 * @param number 1 for the first
 * @param previous digest of the line before; of none: zeros
 * @param event {@code proposal}, {@code approval}, {@code refusal}, {@code run}, {@code reveal},
 *     {@code withdrawal}, ...
 * @param facts names, ids and digests; never a value of an owner's data
 */
public record AuditRecord(
    int party,
    long number,
    String previous,
    String event,
    SortedMap<String, String> facts,
    String cluster,
    Instant signed)
    implements Statement {
  public static final String KIND = "audit";

  /** The events that end a run. */
  public static final Set<String> ENDS = Set.of("delivered", "ended", "settled");

  private static final Pattern EVENT = Pattern.compile("[a-z-]{1,30}");

  public AuditRecord {
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
  }

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static AuditRecord decode(byte[] bytes) {
    Fields in = CanonicalJson.read("audit record", bytes);
    AuditRecord read =
        new AuditRecord(
            (int) in.number("party", 0, 2),
            in.number("number", 1, 1L << 50),
            in.text("previous", DIGEST),
            in.text("event", EVENT),
            in.map("facts"),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    return read;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("party", party);
    out.put("number", number);
    out.put("previous", previous);
    out.put("event", event);
    ObjectNode map = out.putObject("facts");
    facts.forEach(map::put);
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
