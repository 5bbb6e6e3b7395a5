package org.trefoil.executor.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.AuthorizedRun;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What one executor remembers of proposals, in an SQLite file of its own. Every change is on disk
 * before the call that makes it returns. Thread-safe; one process at a time.
 *
 * <p>It stores what others have checked, and itself decides one thing only: whether one more run
 * may begin, in a transaction, so that of many requests at the same time no more begin than are
 * left. A run counts from when it begins unless it ends without having come to its reveal.
 */
public final class Ledger implements AutoCloseable {
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE proposal(id TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
          CREATE TABLE approval(proposal TEXT NOT NULL, owner TEXT NOT NULL, person TEXT NOT NULL,
            bytes BLOB NOT NULL, void INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(proposal, owner, person)) STRICT;
          CREATE TABLE withdrawal(proposal TEXT NOT NULL, owner TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY(proposal, owner)) STRICT;
          CREATE TABLE freeze(id TEXT PRIMARY KEY, bytes BLOB NOT NULL, lifted INTEGER NOT NULL DEFAULT 0) STRICT;
          CREATE TABLE unfreeze(freeze TEXT NOT NULL, person TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY(freeze, person)) STRICT;
          CREATE TABLE run(nonce TEXT PRIMARY KEY, proposal TEXT NOT NULL, bytes BLOB NOT NULL,
            began INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
          CREATE INDEX run_of ON run(proposal);
          CREATE TABLE descriptor(name TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT;
          CREATE TABLE head(one INTEGER PRIMARY KEY CHECK (one = 1), length INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;
          INSERT INTO head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
          """,
          """
          CREATE TABLE lookup(nonce TEXT NOT NULL, name TEXT NOT NULL, recipient TEXT NOT NULL,
            PRIMARY KEY(nonce, name)) STRICT;
          """,
          """
          CREATE TABLE keychange(digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
          """,
          """
          CREATE TABLE receipt(query TEXT NOT NULL, owner TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY(query, owner)) STRICT;
          """,
          """
          CREATE TABLE retry(proposal TEXT NOT NULL, analyst TEXT NOT NULL, key TEXT NOT NULL, nonce TEXT NOT NULL,
            parameters TEXT NOT NULL, until INTEGER NOT NULL DEFAULT 0, sealed BLOB,
            PRIMARY KEY(proposal, analyst, key)) STRICT;
          """,
          """
          CREATE TABLE spent(nonce TEXT NOT NULL, name TEXT NOT NULL, amount INTEGER NOT NULL,
            PRIMARY KEY(nonce, name)) STRICT;
          """);

  private final Path file;
  private final Connection connection;
  private final DiskPoint disk;
  private boolean closed;

  private Ledger(Path file, Connection connection, DiskPoint disk) {
    this.file = file;
    this.connection = connection;
    this.disk = disk;
  }

  /** How far a run has come. */
  public enum RunState {
    /** It runs, or ran when the process ended. */
    BEGUN,
    /** Its result may have been revealed. */
    REVEALED,
    /** Nothing of it was revealed. */
    ENDED
  }

  /** Opens the file, or makes it, and brings its tables up to date. */
  public static Ledger open(Path file) {
    return open(file, DiskPoint.NONE);
  }

  /** The same; {@code disk} is told of every change. */
  public static Ledger open(Path file, DiskPoint disk) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
      Ledger ledger = new Ledger(file, connection, disk);
      ledger.prepare();
      return ledger;
    } catch (IOException | SQLException e) {
      throw broken(file, "open", e);
    }
  }

  private void prepare() throws SQLException {
    try (Statement s = connection.createStatement()) {
      // Exclusive: a second process on the same file fails at once, rather than count apart.
      s.execute("PRAGMA locking_mode = EXCLUSIVE");
      s.execute("PRAGMA journal_mode = WAL");
      s.execute("PRAGMA synchronous = FULL");
      s.execute("PRAGMA busy_timeout = 0");
      // What is deleted is overwritten.
      s.execute("PRAGMA secure_delete = ON");
      connection.setAutoCommit(false);
      int version = s.executeQuery("PRAGMA user_version").getInt(1);
      if (version > MIGRATIONS.size()) {
        throw new TrefoilException(
            Condition.INVALID_CONFIGURATION,
            "Cannot open ledger "
                + file
                + ": a newer version of Trefoil has written it. Install that version.");
      }
      for (int next = version; next < MIGRATIONS.size(); next++) {
        s.executeUpdate(MIGRATIONS.get(next));
      }
      s.execute("PRAGMA user_version = " + MIGRATIONS.size());
      // Takes the lock now.
      s.executeUpdate("UPDATE head SET one = 1");
      connection.commit();
    }
  }

  /** Stores a proposal; false if it was there. */
  public synchronized boolean addProposal(String id, byte[] bytes) {
    return change("INSERT OR IGNORE INTO proposal VALUES (?, ?)", id, bytes) == 1;
  }

  public synchronized Optional<byte[]> proposal(String id) {
    return blobs("SELECT bytes FROM proposal WHERE id = ?", id).stream().findFirst();
  }

  /** All proposals, in the order in which they came. */
  public synchronized List<byte[]> proposals() {
    return blobs("SELECT bytes FROM proposal ORDER BY rowid");
  }

  /** Stores an approval in the place of an earlier one of the same person. */
  public synchronized void addApproval(String proposal, String owner, String person, byte[] bytes) {
    change(
        "INSERT OR REPLACE INTO approval(proposal, owner, person, bytes) VALUES (?, ?, ?, ?)",
        proposal,
        owner,
        person,
        bytes);
  }

  /** The approvals that have not been made void. */
  public synchronized List<byte[]> approvals(String proposal) {
    return blobs(
        "SELECT bytes FROM approval WHERE proposal = ? AND void = 0 ORDER BY owner, person",
        proposal);
  }

  /** An approval and where it stands. */
  public record StoredApproval(String proposal, String owner, String person, byte[] bytes) {}

  /** All approvals that have not been made void. */
  public synchronized List<StoredApproval> approvals() {
    List<StoredApproval> all = new ArrayList<>();
    read(
        "SELECT proposal, owner, person, bytes FROM approval WHERE void = 0",
        row ->
            all.add(
                new StoredApproval(
                    row.getString(1), row.getString(2), row.getString(3), row.getBytes(4))));
    return all;
  }

  /** An approval that does not count any more, whatever comes. */
  public synchronized void makeVoid(StoredApproval approval) {
    change(
        "UPDATE approval SET void = 1 WHERE proposal = ? AND owner = ? AND person = ?",
        approval.proposal(),
        approval.owner(),
        approval.person());
  }

  public synchronized void addWithdrawal(String proposal, String owner, byte[] bytes) {
    change("INSERT OR IGNORE INTO withdrawal VALUES (?, ?, ?)", proposal, owner, bytes);
  }

  /** Stores an owner's receipt for a run; false if there was one. */
  public synchronized boolean addReceipt(String query, String owner, byte[] bytes) {
    return change("INSERT OR IGNORE INTO receipt VALUES (?, ?, ?)", query, owner, bytes) == 1;
  }

  /** All receipts, in the order in which they came. */
  public synchronized List<byte[]> receipts() {
    return blobs("SELECT bytes FROM receipt ORDER BY rowid");
  }

  /** The proposal that a run is of, if it has begun here. */
  public synchronized Optional<String> proposalOf(String nonce) {
    return texts("SELECT proposal FROM run WHERE nonce = ?", nonce).stream().findFirst();
  }

  /** Stores a change of keys; false if it was there. */
  public synchronized boolean addKeyChange(String digest, byte[] bytes) {
    return change("INSERT OR IGNORE INTO keychange VALUES (?, ?)", digest, bytes) == 1;
  }

  /** All changes of keys, in the order in which they came. */
  public synchronized List<byte[]> keyChanges() {
    return blobs("SELECT bytes FROM keychange ORDER BY rowid");
  }

  /** All withdrawals. */
  public synchronized List<byte[]> withdrawals() {
    return blobs("SELECT bytes FROM withdrawal ORDER BY rowid");
  }

  /** All freezes, lifted ones included. */
  public synchronized List<byte[]> allFreezes() {
    return blobs("SELECT bytes FROM freeze ORDER BY rowid");
  }

  /** A person's word for lifting a freeze, and whether that is lifted. */
  public record StoredUnfreeze(String person, byte[] bytes, boolean lifted) {}

  /** All words for lifting a freeze. */
  public synchronized List<StoredUnfreeze> unfreezes() {
    List<StoredUnfreeze> all = new ArrayList<>();
    read(
        "SELECT u.person, u.bytes, f.lifted FROM unfreeze u JOIN freeze f ON f.id = u.freeze"
            + " ORDER BY u.rowid",
        row -> all.add(new StoredUnfreeze(row.getString(1), row.getBytes(2), row.getInt(3) == 1)));
    return all;
  }

  /** The owners that have withdrawn. */
  public synchronized List<String> withdrawn(String proposal) {
    return texts("SELECT owner FROM withdrawal WHERE proposal = ? ORDER BY owner", proposal);
  }

  public synchronized void addFreeze(String id, byte[] bytes) {
    change("INSERT OR IGNORE INTO freeze(id, bytes) VALUES (?, ?)", id, bytes);
  }

  /** The freezes that hold. */
  public synchronized List<byte[]> freezes() {
    return blobs("SELECT bytes FROM freeze WHERE lifted = 0 ORDER BY rowid");
  }

  public synchronized boolean knowsFreeze(String id) {
    return !texts("SELECT id FROM freeze WHERE id = ?", id).isEmpty();
  }

  /** Stores a person's word for lifting a freeze; lifts it once there are {@code people}. */
  public synchronized boolean addUnfreeze(String freeze, String person, byte[] bytes, int people) {
    change("INSERT OR IGNORE INTO unfreeze VALUES (?, ?, ?)", freeze, person, bytes);
    boolean lifted = texts("SELECT person FROM unfreeze WHERE freeze = ?", freeze).size() >= people;
    if (lifted) {
      change("UPDATE freeze SET lifted = 1 WHERE id = ?", freeze);
    }
    return lifted;
  }

  /** The digest of what a table was when it was last noted. */
  public synchronized Optional<String> descriptor(String name) {
    return texts("SELECT digest FROM descriptor WHERE name = ?", name).stream().findFirst();
  }

  /** Notes what a table is now. */
  public synchronized void descriptor(String name, String digest) {
    change("INSERT OR REPLACE INTO descriptor VALUES (?, ?)", name, digest);
  }

  /**
   * Begins a run if it may be.
   *
   * @param signed the signed request
   * @throws TrefoilException RUN_REPLAYED, RUN_UNDER_WAY, RUNS_EXHAUSTED, RUN_TOO_SOON
   */
  public synchronized void begin(AuthorizedRun run, byte[] signed, Instant now) {
    Proposal proposal = run.proposal();
    String nonce = run.request().nonce();
    if (state(nonce).isPresent()) {
      throw new TrefoilException(
          Condition.RUN_REPLAYED,
          "Cannot run query " + nonce + ": its run request was used before. Sign a new one.");
    }
    requireFreeKey(run);
    long used = runsUsed(run.id());
    if (used >= proposal.runs()) {
      throw new TrefoilException(
          Condition.RUNS_EXHAUSTED,
          "Cannot run proposal "
              + run.id()
              + ": all "
              + proposal.runs()
              + " approved runs are used. Propose it again.");
    }
    long[] last = {Long.MIN_VALUE};
    read(
        "SELECT max(began) FROM run WHERE proposal = ? AND state <> 'ENDED'",
        row -> {
          long began = row.getLong(1);
          last[0] = row.wasNull() ? Long.MIN_VALUE : began;
        },
        run.id());
    if (last[0] != Long.MIN_VALUE) {
      Instant next = Instant.ofEpochSecond(last[0]).plus(proposal.interval());
      if (now.isBefore(next)) {
        throw new TrefoilException(
            Condition.RUN_TOO_SOON,
            "Cannot run proposal "
                + run.id()
                + " yet: "
                + Duration.ofSeconds(proposal.interval().toSeconds())
                + " have to pass between runs. Try again after "
                + next
                + ".");
      }
    }
    // First: a key whose run has not begun is free, a run without its key could be had twice.
    run.request()
        .retry()
        .ifPresent(
            retry ->
                change(
                    "INSERT OR REPLACE INTO retry(proposal, analyst, key, nonce, parameters)"
                        + " VALUES (?, ?, ?, ?, ?)",
                    run.id(),
                    run.request().analyst(),
                    retry.key(),
                    nonce,
                    run.request().parametersDigest()));
    change(
        "INSERT INTO run VALUES (?, ?, ?, ?, 'BEGUN')",
        nonce,
        run.id(),
        signed,
        now.getEpochSecond());
  }

  private void requireFreeKey(AuthorizedRun run) {
    boolean taken =
        run.request()
            .retry()
            .flatMap(retry -> retried(run.id(), run.request().analyst(), retry.key()))
            .isPresent();
    if (taken) {
      throw new TrefoilException(
          Condition.RUN_UNDER_WAY,
          "Cannot run proposal "
              + run.id()
              + " again under this retry key: a run under it has begun. Ask for its result a little"
              + " later.");
    }
  }

  /**
   * A run that may be asked for again and that counts.
   *
   * @param parameters digest of its parameters
   * @param sealed its shares, until they expire; null if they are not here
   */
  public record Retried(String nonce, RunState state, String parameters, byte[] sealed) {}

  /** The run under a retry key, unless it ended without having come to its reveal. */
  public synchronized Optional<Retried> retried(String proposal, String analyst, String key) {
    List<Retried> found = new ArrayList<>();
    read(
        "SELECT nonce, state, parameters, sealed FROM retry JOIN run USING (nonce)"
            + " WHERE retry.proposal = ? AND analyst = ? AND key = ? AND state <> 'ENDED'",
        row ->
            found.add(
                new Retried(
                    row.getString(1),
                    RunState.valueOf(row.getString(2)),
                    row.getString(3),
                    row.getBytes(4))),
        proposal,
        analyst,
        key);
    return found.stream().findFirst();
  }

  /** Keeps the sealed shares of a run's result. */
  public synchronized void seal(String nonce, byte[] sealed, Instant until) {
    change(
        "UPDATE retry SET sealed = ?, until = ? WHERE nonce = ?",
        sealed,
        until.getEpochSecond(),
        nonce);
  }

  /** The proposals of which sealed shares are here. */
  public synchronized List<String> sealed() {
    return texts("SELECT DISTINCT proposal FROM retry WHERE sealed IS NOT NULL");
  }

  /** Destroys the sealed shares of a run. */
  public synchronized void unsealRun(String nonce) {
    change("UPDATE retry SET sealed = NULL WHERE nonce = ?", nonce);
  }

  /** Destroys the sealed shares of all runs of a proposal. */
  public synchronized void unseal(String proposal) {
    change("UPDATE retry SET sealed = NULL WHERE proposal = ?", proposal);
  }

  /** Destroys what has expired. */
  public synchronized void unseal(Instant now) {
    long at = now.getEpochSecond();
    if (!texts("SELECT nonce FROM retry WHERE sealed IS NOT NULL AND until <= ?", at).isEmpty()) {
      change("UPDATE retry SET sealed = NULL WHERE until <= ?", at);
    }
  }

  /**
   * Notes that a run looks up single rows of a table, if one more may.
   *
   * @param most how many runs of the 24 hours before {@code now} may count, this one included
   * @throws TrefoilException RUN_TOO_SOON
   */
  public synchronized void lookUp(
      String nonce, String table, String recipient, int most, Instant now) {
    long before =
        texts(
                "SELECT nonce FROM lookup JOIN run USING (nonce) WHERE name = ? AND recipient = ?"
                    + " AND nonce <> ? AND began > ? AND state <> 'ENDED'",
                table,
                recipient,
                nonce,
                now.minus(Duration.ofDays(1)).getEpochSecond())
            .size();
    if (before >= most) {
      throw new TrefoilException(
          Condition.RUN_TOO_SOON,
          "Cannot look up rows of "
              + table
              + " for owner "
              + recipient
              + " yet: its policy allows "
              + most
              + " runs a day (own-keys: runs-per-day). Try again later.");
    }
    change("INSERT OR IGNORE INTO lookup VALUES (?, ?, ?)", nonce, table, recipient);
  }

  /**
   * Spends what a run takes of a table's privacy budget, if that is left. It is spent as the run
   * counts: from when the run begins, unless that ends without having come to its reveal.
   *
   * @throws TrefoilException BUDGET_SPENT
   */
  public synchronized void spend(String nonce, String table, PrivacyRule rule) {
    long left = rule.budget() - spent(nonce, table);
    if (left < rule.perRun()) {
      throw new TrefoilException(
          Condition.BUDGET_SPENT,
          "Cannot run query "
              + nonce
              + " over table "
              + table
              + ": its policy lets all runs together spend "
              + PrivacyRule.epsilon(rule.budget())
              + " (privacy: epsilon), of which "
              + PrivacyRule.epsilon(Math.max(0, left))
              + " is left, and a run spends "
              + PrivacyRule.epsilon(rule.perRun())
              + " (per-run). Ask the table's owner to raise epsilon.");
    }
    change("INSERT OR IGNORE INTO spent VALUES (?, ?, ?)", nonce, table, rule.perRun());
  }

  /** What runs other than this one have spent of a table's privacy budget, in millionths. */
  private long spent(String nonce, String table) {
    long[] sum = {0};
    read(
        "SELECT amount FROM spent JOIN run USING (nonce)"
            + " WHERE name = ? AND nonce <> ? AND state <> 'ENDED'",
        row -> sum[0] += row.getLong(1),
        table,
        nonce);
    return sum[0];
  }

  /** From now on the run counts as revealed; an error unless it is under way. */
  public synchronized void reveal(String nonce) {
    if (change("UPDATE run SET state = 'REVEALED' WHERE nonce = ? AND state = 'BEGUN'", nonce)
        != 1) {
      throw new TrefoilException(
          Condition.RUN_REPLAYED,
          "Cannot reveal the result of query " + nonce + ": it is not under way here.");
    }
  }

  /** The run is over; it does not count unless it has come to its reveal. */
  public synchronized void end(String nonce) {
    change("UPDATE run SET state = 'ENDED' WHERE nonce = ? AND state = 'BEGUN'", nonce);
  }

  public synchronized Optional<RunState> state(String nonce) {
    return texts("SELECT state FROM run WHERE nonce = ?", nonce).stream()
        .findFirst()
        .map(RunState::valueOf);
  }

  /** How many runs count. */
  public synchronized long runsUsed(String proposal) {
    return texts("SELECT nonce FROM run WHERE proposal = ? AND state <> 'ENDED'", proposal).size();
  }

  /** A run that counts. */
  public record CountedRun(String proposal, RunState state) {}

  /** The runs that count, by nonce. */
  public synchronized Map<String, CountedRun> counted() {
    Map<String, CountedRun> runs = new TreeMap<>();
    read(
        "SELECT nonce, proposal, state FROM run WHERE state <> 'ENDED'",
        row ->
            runs.put(
                row.getString(1),
                new CountedRun(row.getString(2), RunState.valueOf(row.getString(3)))));
    return runs;
  }

  DiskPoint disk() {
    return disk;
  }

  /** Where the audit log was last known to end. */
  public synchronized AuditTrail.Head head() {
    List<AuditTrail.Head> heads = new ArrayList<>();
    read(
        "SELECT length, digest FROM head",
        row -> heads.add(new AuditTrail.Head(row.getLong(1), row.getString(2))));
    return heads.get(0);
  }

  public synchronized void head(AuditTrail.Head head) {
    change("UPDATE head SET length = ?, digest = ?", head.length(), head.digest());
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed(file, "close", e);
    }
  }

  /** What is done with each row. */
  private interface Row {
    void read(ResultSet row) throws SQLException;
  }

  private List<byte[]> blobs(String sql, Object... values) {
    List<byte[]> blobs = new ArrayList<>();
    read(sql, row -> blobs.add(row.getBytes(1)), values);
    return blobs;
  }

  private List<String> texts(String sql, Object... values) {
    List<String> texts = new ArrayList<>();
    read(sql, row -> texts.add(row.getString(1)), values);
    return texts;
  }

  private void read(String sql, Row each, Object... values) {
    try (PreparedStatement s = statement(sql, values);
        ResultSet rows = s.executeQuery()) {
      while (rows.next()) {
        each.read(rows);
      }
    } catch (SQLException e) {
      throw failed(file, "read", e);
    }
  }

  private int change(String sql, Object... values) {
    try (PreparedStatement s = statement(sql, values)) {
      int rows = s.executeUpdate();
      disk.reached("ledger: before " + sql);
      connection.commit();
      disk.reached("ledger: after " + sql);
      return rows;
    } catch (SQLException e) {
      try {
        connection.rollback();
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      throw failed(file, "write", e);
    }
  }

  private PreparedStatement statement(String sql, Object... values) throws SQLException {
    PreparedStatement s = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      s.setObject(i + 1, values[i]);
    }
    return s;
  }

  private TrefoilException failed(Path file, String verb, SQLException cause) {
    if (closed) {
      return new TrefoilException(
          Condition.PEER_UNAVAILABLE,
          "Cannot " + verb + " the ledger: this executor is shutting down. Try again later.",
          cause);
    }
    return broken(file, verb, cause);
  }

  private static TrefoilException broken(Path file, String verb, Exception cause) {
    return new TrefoilException(
        Condition.LEDGER_FAILED,
        "Cannot "
            + verb
            + " ledger "
            + file.getFileName()
            + " ("
            + cause.getClass().getSimpleName()
            + (cause instanceof SQLException sql ? ", code " + sql.getErrorCode() : "")
            + "). See to its disk, and that no other process uses it.",
        cause);
  }
}
