package org.trefoil.executor.ledger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * One executor's audit log: a file to which signed lines are added, each naming the one before.
 * {@link #append} returns once the line is on disk. Opening verifies all of it, and that it ends
 * where the ledger says: a log that was cut or edited keeps the executor from starting.
 */
public final class AuditLog implements AutoCloseable {
  private static final int LONGEST_FACT = 2000;

  private final int party;
  private final String cluster;
  private final SigningKey key;
  private final Ledger ledger;
  private final Clock clock;

  /** Not a FileChannel: an interrupted query's thread would close that for everybody. */
  private final RandomAccessFile file;

  private final List<Long> ends;
  private AuditTrail.Head head;

  private AuditLog(
      int party,
      String cluster,
      SigningKey key,
      Ledger ledger,
      Clock clock,
      RandomAccessFile file,
      List<Long> ends,
      AuditTrail.Head head) {
    this.party = party;
    this.cluster = cluster;
    this.key = key;
    this.ledger = ledger;
    this.clock = clock;
    this.file = file;
    this.ends = ends;
    this.head = head;
  }

  /**
   * Opens or makes the log.
   *
   * @throws TrefoilException AUDIT_BROKEN; LEDGER_FAILED
   */
  public static AuditLog open(
      Path path, int party, Roster roster, SigningKey key, Ledger ledger, Clock clock) {
    try {
      if (!Files.exists(path)) {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
      List<byte[]> lines = lines(file);
      AuditTrail trail = AuditTrail.read(party, lines, roster);
      AuditTrail.Head known = ledger.head();
      trail.require(known, "its ledger");
      if (trail.head().length() > known.length() + 1) {
        throw new TrefoilException(
            Condition.AUDIT_BROKEN,
            "Cannot trust the audit log of executor "
                + party
                + ": it has "
                + (trail.head().length() - known.length())
                + " lines more than its ledger knows. Somebody has put an older ledger in place.");
      }
      // A line was written and the process ended before the ledger knew.
      ledger.head(trail.head());
      List<Long> ends = new ArrayList<>();
      long end = 0;
      for (byte[] line : lines) {
        end += line.length + 1L;
        ends.add(end);
      }
      return new AuditLog(party, roster.cluster(), key, ledger, clock, file, ends, trail.head());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The whole lines; a last one without its end was never acknowledged and is cut off. */
  private static List<byte[]> lines(RandomAccessFile file) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(file.length())];
    file.readFully(bytes);
    List<byte[]> lines = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        lines.add(Arrays.copyOfRange(bytes, start, at));
        start = at + 1;
      }
    }
    if (start < bytes.length) {
      file.setLength(start);
      file.getFD().sync();
    }
    return lines;
  }

  /** Adds a line; on disk when this returns. */
  public synchronized AuditTrail.Head append(String event, Map<String, String> facts) {
    TreeMap<String, String> kept = new TreeMap<>();
    facts.forEach(
        (name, value) ->
            kept.put(
                name, value.length() > LONGEST_FACT ? value.substring(0, LONGEST_FACT) : value));
    AuditRecord record =
        new AuditRecord(
            party,
            head.length() + 1,
            head.digest(),
            event,
            kept,
            cluster,
            clock.instant().truncatedTo(ChronoUnit.SECONDS));
    byte[] line = SignedStatement.sign(key, record).encode();
    byte[] bytes = Arrays.copyOf(line, line.length + 1);
    bytes[line.length] = '\n';
    long end = ends.isEmpty() ? 0 : ends.get(ends.size() - 1);
    try {
      try {
        file.seek(end);
        ledger.disk().reached("audit: before " + event);
        file.write(bytes);
        ledger.disk().reached("audit: written " + event);
        file.getFD().sync();
      } catch (IOException e) {
        file.setLength(end);
        throw e;
      }
    } catch (IOException e) {
      throw failed(e);
    }
    ends.add(end + bytes.length);
    head = new AuditTrail.Head(head.length() + 1, Digest.hex(line));
    ledger.head(head);
    return head;
  }

  public synchronized AuditTrail.Head head() {
    return head;
  }

  /** At most {@code most} lines, beginning with line {@code from}, counted from 1. */
  public synchronized List<byte[]> lines(long from, int most) {
    int first = (int) Math.max(0, Math.min(from - 1, ends.size()));
    List<byte[]> found = new ArrayList<>();
    try {
      for (int i = first; i < Math.min(ends.size(), first + (long) most); i++) {
        long start = i == 0 ? 0 : ends.get(i - 1);
        byte[] line = new byte[(int) (ends.get(i) - 1 - start)];
        file.seek(start);
        file.readFully(line);
        found.add(line);
      }
    } catch (IOException e) {
      throw failed(e);
    }
    return found;
  }

  private static TrefoilException failed(IOException cause) {
    return new TrefoilException(
        Condition.LEDGER_FAILED,
        "Cannot write the audit log (" + cause.getClass().getSimpleName() + "). See to its disk.",
        cause);
  }

  @Override
  public synchronized void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
