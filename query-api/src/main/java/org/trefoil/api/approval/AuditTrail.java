package org.trefoil.api.approval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * An executor's audit log that has been found whole: every line is signed by that executor and
 * names the line before it. That nothing is missing at the end shows only against a {@link Head}
 * from elsewhere: the executor's own ledger, or its peers' logs, which record it in every run.
 */
public final class AuditTrail {
  /** The facts under which a log records its peers' heads: {@code head-0} and so on. */
  public static final String HEAD_OF = "head-";

  private final int party;
  private final List<AuditRecord> records;
  private final List<String> digests;

  private AuditTrail(int party, List<AuditRecord> records, List<String> digests) {
    this.party = party;
    this.records = records;
    this.digests = digests;
  }

  /**
   * How long a log is, and what its last line is.
   *
   * @param length the number of lines
   * @param digest of the last line; of none: zeros
   */
  public record Head(long length, String digest) {
    static final Pattern FORM = Pattern.compile("[0-9]{15}:[0-9a-f]{64}");

    /** The head of an empty log. */
    public static final Head NONE = new Head(0, "0".repeat(64));

    /** Reads what {@link #toString} writes. */
    public static Head parse(String text) {
      if (!FORM.matcher(text).matches()) {
        throw CanonicalJson.malformed("audit head", "it does not have the form " + FORM, null);
      }
      return new Head(Long.parseLong(text.substring(0, 15)), text.substring(16));
    }

    @Override
    public String toString() {
      return String.format("%015d:%s", length, digest);
    }
  }

  /**
   * Reads the lines of an executor's log, without their line ends.
   *
   * @throws TrefoilException AUDIT_BROKEN naming the first line that is wrong
   */
  public static AuditTrail read(int party, List<byte[]> lines, Roster roster) {
    List<AuditRecord> records = new ArrayList<>();
    List<String> digests = new ArrayList<>();
    String previous = Head.NONE.digest();
    for (byte[] line : lines) {
      long number = records.size() + 1L;
      AuditRecord record;
      try {
        SignedStatement signed = SignedStatement.parse(AuditRecord.KIND, line);
        record = AuditRecord.decode(signed.payload());
        signed.verify(key(roster, party, signed.keyId()));
      } catch (TrefoilException e) {
        throw broken(party, number, e.reason(), e);
      }
      if (record.party() != party || !record.cluster().equals(roster.cluster())) {
        throw broken(party, number, "it is of another executor or cluster", null);
      }
      if (record.number() != number || !record.previous().equals(previous)) {
        throw broken(party, number, "it does not follow the line before it", null);
      }
      records.add(record);
      previous = Digest.hex(line);
      digests.add(previous);
    }
    return new AuditTrail(party, records, digests);
  }

  /** Also of a revoked key: what it signed before stays signed. */
  private static VerificationKey key(Roster roster, int party, String keyId) {
    return roster.signers().stream()
        .filter(s -> s.role().equals("party-" + party) && s.key().id().equals(keyId))
        .map(Roster.Signer::key)
        .findFirst()
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.SIGNER_UNKNOWN, "its key is not one of executor " + party));
  }

  private static TrefoilException broken(int party, long line, String reason, Exception cause) {
    return new TrefoilException(
        Condition.AUDIT_BROKEN,
        "Cannot trust the audit log of executor "
            + party
            + ": line "
            + line
            + " is not sound: "
            + reason
            + ". Compare the three executors' copies, and keep them.",
        cause);
  }

  public int party() {
    return party;
  }

  public List<AuditRecord> records() {
    return List.copyOf(records);
  }

  public Head head() {
    return records.isEmpty()
        ? Head.NONE
        : new Head(records.size(), digests.get(digests.size() - 1));
  }

  /**
   * Returns if the log has once ended in {@code head}, as {@code witness} remembers it.
   *
   * @throws TrefoilException AUDIT_BROKEN if the log is shorter, or another one
   */
  public void require(Head head, String witness) {
    if (head.length() > records.size()) {
      throw broken(
          party,
          records.size() + 1L,
          "it is missing; " + witness + " knows of " + head.length() + " lines",
          null);
    }
    String digest = head.length() == 0 ? Head.NONE.digest() : digests.get((int) head.length() - 1);
    if (!digest.equals(head.digest())) {
      throw broken(party, head.length(), "it is not the line that " + witness + " knows", null);
    }
  }

  /**
   * Returns if every head that one of these logs records of another is in that other.
   *
   * @throws TrefoilException AUDIT_BROKEN
   */
  public static void compare(Collection<AuditTrail> trails) {
    for (AuditTrail witness : trails) {
      for (AuditTrail trail : trails) {
        for (AuditRecord record : witness.records) {
          String head = record.facts().get(HEAD_OF + trail.party);
          if (trail != witness && head != null) {
            trail.require(
                Head.parse(head), "line " + record.number() + " of executor " + witness.party);
          }
        }
      }
    }
  }

  /** A line for people: number, time, event, facts. */
  public static String describe(AuditRecord record) {
    StringBuilder out = new StringBuilder();
    out.append(String.format("%6d  %s  %-10s", record.number(), record.signed(), record.event()));
    for (Map.Entry<String, String> fact : record.facts().entrySet()) {
      out.append("  ")
          .append(fact.getKey())
          .append('=')
          .append(Card.visible(fact.getValue(), false));
    }
    return out.toString();
  }
}
