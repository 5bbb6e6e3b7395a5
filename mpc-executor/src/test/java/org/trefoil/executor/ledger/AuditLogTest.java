package org.trefoil.executor.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

final class AuditLogTest {
  private static final int LINES = 12;

  private final long seed =
      System.getProperty("trefoil.seed", "").isEmpty()
          ? System.nanoTime()
          : Long.parseLong(System.getProperty("trefoil.seed"));
  private final SigningKey key = SigningKey.random();
  private final Roster roster =
      new Roster(
          "test",
          List.of(new Roster.Signer("party-0", "carol", key.verificationKey())),
          Map.of(),
          Set.of());

  @TempDir private Path folder;
  private Ledger ledger;

  @BeforeEach
  void open() {
    ledger = Ledger.open(folder.resolve("ledger.db"));
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private AuditLog log() {
    return AuditLog.open(folder.resolve("audit.log"), 0, roster, key, ledger, Clock.systemUTC());
  }

  private void write(int lines) {
    try (AuditLog log = log()) {
      for (int i = 0; i < lines; i++) {
        log.append("run", Map.of("query", "q" + i));
      }
    }
  }

  @Test
  void goesOnWhereItEndedAndReadsInPieces() {
    write(3);
    try (AuditLog log = log()) {
      AuditTrail.Head head = log.append("reveal", Map.of("query", "q3"));
      AuditTrail trail = AuditTrail.read(0, log.lines(1, 100), roster);
      assertThat(trail.head()).isEqualTo(head).isEqualTo(ledger.head());
      assertThat(trail.records()).hasSize(4);
      assertThat(log.lines(3, 1)).hasSize(1);
      assertThat(log.lines(5, 10)).isEmpty();
    }
  }

  /** Whatever is done to the lines, somebody who knows where the log once ended sees it. */
  @Test
  void everyEditDeletionSwapAndCutIsDetected() {
    System.out.println("AuditLogTest: -Dtrefoil.seed=" + seed);
    Random random = new Random(seed);
    write(LINES);
    List<byte[]> lines;
    AuditTrail.Head head;
    try (AuditLog log = log()) {
      lines = log.lines(1, LINES);
      head = log.head();
    }
    List<byte[]> intact = lines;
    AuditTrail.read(0, intact, roster).require(head, "test");
    for (int attempt = 0; attempt < 1000; attempt++) {
      List<byte[]> changed = new ArrayList<>(lines);
      int at = random.nextInt(LINES);
      switch (attempt % 5) {
        case 0 -> {
          byte[] edited = changed.get(at).clone();
          edited[random.nextInt(edited.length)] ^= (byte) (1 << random.nextInt(8));
          changed.set(at, edited);
        }
        case 1 -> changed.remove(at);
        case 2 -> changed.subList(at, LINES).clear();
        case 3 -> {
          int other = (at + 1 + random.nextInt(LINES - 1)) % LINES;
          changed.set(at, lines.get(other));
          changed.set(other, lines.get(at));
        }
        default -> changed.add(random.nextInt(LINES), lines.get(at));
      }
      Throwable error =
          catchThrowable(() -> AuditTrail.read(0, changed, roster).require(head, "test"));
      assertThat(error).as("attempt " + attempt).isInstanceOf(TrefoilException.class);
      assertThat(((TrefoilException) error).condition())
          .as("attempt " + attempt)
          .isEqualTo(Condition.AUDIT_BROKEN);
    }
  }

  @Test
  void anExecutorDoesNotStartWithALogThatWasCutOrReplaced() throws IOException {
    write(3);
    Path file = folder.resolve("audit.log");
    byte[] whole = Files.readAllBytes(file);
    List<String> lines = Files.readAllLines(file);
    Files.writeString(file, lines.get(0) + "\n" + lines.get(1) + "\n");
    assertThatThrownBy(this::log).hasMessageContaining(Condition.AUDIT_BROKEN.label());
    Files.delete(file);
    assertThatThrownBy(this::log).hasMessageContaining(Condition.AUDIT_BROKEN.label());
    Files.write(file, whole);
    log().close();
  }

  @Test
  void anOlderLedgerIsDetected() throws IOException {
    write(1);
    ledger.close();
    Path db = folder.resolve("ledger.db");
    Path old = folder.resolve("old.db");
    Files.copy(db, old);
    ledger = Ledger.open(db);
    write(3);
    ledger.close();
    Files.copy(old, db, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(folder.resolve("ledger.db-wal"));
    ledger = Ledger.open(db);
    assertThatThrownBy(this::log)
        .hasMessageContaining(Condition.AUDIT_BROKEN.label())
        .hasMessageContaining("older ledger");
  }

  @Test
  void aLineThatWasNotWrittenToItsEndIsDropped() throws IOException {
    write(2);
    Path file = folder.resolve("audit.log");
    byte[] half = Arrays.copyOf(Files.readAllBytes(file), 100);
    Files.write(file, half, StandardOpenOption.APPEND);
    write(1);
    try (AuditLog log = log()) {
      assertThat(AuditTrail.read(0, log.lines(1, 10), roster).records()).hasSize(3);
    }
    assertThat(Files.readString(file, StandardCharsets.UTF_8)).endsWith("\n");
  }

  @Test
  void anInterruptedThreadWritesToo() {
    try (AuditLog log = log()) {
      Thread.currentThread().interrupt();
      log.append("ended", Map.of());
      assertThat(Thread.interrupted()).isTrue();
      log.append("ended", Map.of());
      assertThat(log.head().length()).isEqualTo(2);
    }
  }

  @Test
  void headsThatPeersRememberAreCompared() {
    write(2);
    try (AuditLog log = log()) {
      AuditTrail trail = AuditTrail.read(0, log.lines(1, 10), roster);
      trail.require(AuditTrail.Head.NONE, "test");
      trail.require(log.head(), "test");
      AuditTrail shorter = AuditTrail.read(0, log.lines(1, 1), roster);
      assertThatThrownBy(() -> shorter.require(log.head(), "line 7 of executor 2"))
          .hasMessageContaining("line 7 of executor 2");
    }
  }

  @Test
  void aSecondProcessOnTheSameLedgerFails() {
    assertThatThrownBy(() -> Ledger.open(folder.resolve("ledger.db")))
        .hasMessageContaining(Condition.LEDGER_FAILED.label());
  }
}
