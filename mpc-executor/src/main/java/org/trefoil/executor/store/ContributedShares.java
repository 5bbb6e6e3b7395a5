package org.trefoil.executor.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;

/**
 * The shares of a branch whose rows contributors share, each one batch of the same number of rows.
 * A contributor may try a few times until it confirms an attempt, which is its only one; the
 * table's owner then closes the collection. After that the executors agree on who is in it and
 * {@link #choose} those, in the same places at all three.
 *
 * <p>Who contributed is public to the executors, and so are the places: a row's ENTITY is written
 * here, as a public number, over whatever the contributor sent.
 */
public final class ContributedShares extends BranchShares {
  /** Complete attempts of one contributor that are kept. */
  static final int MAX_ATTEMPTS = 4;

  static final int MAX_NAME = 200;

  /**
   * One contributor's complete attempt.
   *
   * @param confirmed whether the contributor has said here that it is complete at all three
   */
  public record Claim(String contributor, UUID attempt, boolean confirmed) {}

  private static final class Contributor {
    private final Map<UUID, ShareBatch> complete = new HashMap<>();
    private final Set<UUID> begun = new HashSet<>();
    private UUID confirmed;
  }

  private final ShareStore store;
  private final int party;
  private final ShareStore.SourceShape shape;
  private final String table;
  private final ContributorsRule rule;
  private final TreeMap<String, Contributor> contributors = new TreeMap<>();
  private final List<ShareBatch> chosen = new ArrayList<>();
  private List<Claim> choice = List.of();
  private int confirmations;
  private boolean closed;
  private boolean cleared;

  ContributedShares(ShareStore store, int party, ShareStore.SourceShape shape, int branch) {
    this.store = store;
    this.party = party;
    this.shape = shape;
    this.table = shape.tables().get(branch);
    this.rule = shape.contributors().orElseThrow();
  }

  /** Begins an attempt; LATE_ATTEMPT if the contributor has confirmed one, or all have. */
  public synchronized ShareUpload begin(String contributor, UUID attempt) {
    requireOpen(contributor);
    if (contributor.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
      throw refused(Condition.PEER_REFUSED, "anybody", "its name has over " + MAX_NAME + " bytes");
    }
    Contributor known = contributors.get(contributor);
    if (known == null) {
      if (contributors.size() >= rule.most()) {
        throw refused(
            Condition.TOO_MANY_ROWS,
            contributor,
            "the table's policy takes " + rule.most() + " contributors, and so many are there");
      }
      known = new Contributor();
      contributors.put(contributor, known);
    }
    if (known.begun.size() >= MAX_ATTEMPTS || !known.begun.add(attempt)) {
      throw refused(
          Condition.LATE_ATTEMPT, contributor, MAX_ATTEMPTS + " attempts are all that it has");
    }
    return new Attempt(contributor, known, attempt);
  }

  /** Makes a complete attempt the contributor's only one; again the same changes nothing. */
  public synchronized void confirm(String contributor, UUID attempt) {
    Contributor known = contributors.get(contributor);
    if (known != null && attempt.equals(known.confirmed)) {
      return;
    }
    requireOpen(contributor);
    if (known == null || !known.complete.containsKey(attempt)) {
      throw refused(Condition.LATE_ATTEMPT, contributor, "this attempt is not complete here");
    }
    known.confirmed = attempt;
    confirmations++;
  }

  /** How many have confirmed. */
  public synchronized int confirmed() {
    return confirmations;
  }

  /** Ends the collection; ending it again changes nothing. */
  public synchronized void close() {
    closed = true;
  }

  @Override
  public synchronized boolean committed() {
    return closed;
  }

  /** All complete attempts, in order; they last from {@link #close} on. */
  public synchronized List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    contributors.forEach(
        (name, known) ->
            known.complete.keySet().stream()
                .sorted()
                .forEach(id -> claims.add(new Claim(name, id, id.equals(known.confirmed)))));
    return claims;
  }

  /** Takes these into the table, in this order, and drops all others. */
  public synchronized void choose(List<Claim> agreed) {
    for (Claim claim : agreed) {
      chosen.add(contributors.get(claim.contributor()).complete.remove(claim.attempt()));
    }
    contributors.values().forEach(c -> c.complete.values().forEach(store::release));
    contributors.clear();
    choice = List.copyOf(agreed);
  }

  /** The digests of a component of all that were chosen, one after another. */
  public synchronized byte[] digests(int component) {
    ByteBuffer all = ByteBuffer.allocate(32 * chosen.size());
    chosen.forEach(batch -> all.put(ShareBatches.digest(batch, component)));
    return all.array();
  }

  /** Takes out what lies in these places: their holders have been sent different copies. */
  public synchronized void drop(BitSet places) {
    places.stream()
        .forEach(
            place -> {
              store.release(chosen.get(place));
              chosen.set(place, null);
            });
  }

  @Override
  public synchronized byte[] choiceDigest() {
    MessageDigest sha = FragmentShares.sha256("trefoil contributions 1");
    for (int i = 0; i < choice.size(); i++) {
      Claim claim = choice.get(i);
      byte[] name = claim.contributor().getBytes(StandardCharsets.UTF_8);
      sha.update(
          ByteBuffer.allocate(24 + name.length)
              .putInt(name.length)
              .put(name)
              .putLong(claim.attempt().getMostSignificantBits())
              .putLong(claim.attempt().getLeastSignificantBits())
              .putInt(chosen.get(i) == null ? 0 : 1)
              .array());
    }
    return sha.digest();
  }

  @Override
  public synchronized byte[] componentDigest(int component) {
    MessageDigest sha = FragmentShares.sha256("trefoil contributed component 1");
    for (ShareBatch batch : chosen) {
      if (batch != null) {
        sha.update(ShareBatches.digest(batch, component));
      }
    }
    return sha.digest();
  }

  @Override
  synchronized void drainTo(List<ColumnAssembly> columns) {
    for (int place = 0; place < rule.most(); place++) {
      ShareBatch batch = place < chosen.size() ? chosen.set(place, null) : null;
      List<SharedColumn> rows =
          batch == null
              ? Collections.nCopies(columns.size(), null)
              : new ArrayList<>(ShareBatches.expand(batch));
      for (int i = 0; i < columns.size(); i++) {
        ColumnShape column = shape.shapes().get(i);
        boolean isEntity = shape.entity().orElse(-1) == i;
        columns
            .get(i)
            .append(
                isEntity ? number(column, place + 1) : batch == null ? zero(column) : rows.get(i));
      }
      if (batch != null) {
        store.release(batch);
      }
    }
  }

  /** A public number in every row: component 0 is the number, the others are zero. */
  private Words number(ColumnShape column, long value) {
    long[][] first = new long[column.limbs()][rule.rows()];
    long[][] second = new long[column.limbs()][rule.rows()];
    if (party != 1) {
      Arrays.fill((party == 0 ? first : second)[0], value);
    }
    return new Words(column.width(), rule.rows(), first, second);
  }

  private SharedColumn zero(ColumnShape column) {
    int rows = rule.rows();
    long[][] first = new long[column.limbs()][column.longsPerLimb(rows)];
    long[][] second = new long[column.limbs()][column.longsPerLimb(rows)];
    return column.column(rows, first, second);
  }

  @Override
  synchronized void clear() {
    cleared = true;
    contributors.values().forEach(c -> c.complete.values().forEach(store::release));
    contributors.clear();
    chosen.stream().filter(batch -> batch != null).forEach(store::release);
    chosen.clear();
  }

  private void requireOpen(String contributor) {
    if (cleared || closed) {
      throw refused(Condition.LATE_ATTEMPT, contributor, "the collection is over");
    }
    Contributor known = contributors.get(contributor);
    if (known != null && known.confirmed != null) {
      throw refused(Condition.LATE_ATTEMPT, contributor, "it has contributed already");
    }
  }

  private TrefoilException refused(Condition condition, String contributor, String reason) {
    return new TrefoilException(
        condition,
        "Cannot take a contribution of " + contributor + " to " + table + ": " + reason + ".");
  }

  private void check(String contributor, ShareBatch batch) {
    String wrong = null;
    if (batch.party() != party) {
      wrong = "it is meant for executor " + batch.party();
    } else if (batch.rows() != rule.rows()) {
      wrong = "it has " + batch.rows() + " rows with dummies instead of " + rule.rows();
    } else if (!batch.shapes().equals(shape.shapes())) {
      wrong = "its columns are not those that the query asks for";
    }
    if (wrong != null) {
      throw refused(Condition.MALFORMED_BATCH, contributor, wrong);
    }
  }

  /** One contributor's try. */
  private final class Attempt implements ShareUpload {
    private final String name;
    private final Contributor contributor;
    private final UUID id;
    private ShareBatch batch;
    private boolean ended;

    Attempt(String name, Contributor contributor, UUID id) {
      this.name = name;
      this.contributor = contributor;
      this.id = id;
    }

    @Override
    public void send(ShareBatch sent) {
      check(name, sent);
      synchronized (ContributedShares.this) {
        if (ended || batch != null) {
          throw refused(Condition.MALFORMED_BATCH, name, "an attempt is one batch");
        }
        requireOpen(name);
        store.reserve(sent, table);
        batch = sent;
      }
    }

    @Override
    public void complete() {
      synchronized (ContributedShares.this) {
        if (ended || batch == null) {
          throw refused(Condition.MALFORMED_BATCH, name, "there is no batch to complete");
        }
        requireOpen(name);
        contributor.complete.put(id, batch);
        batch = null;
        ended = true;
      }
    }

    @Override
    public void close() {
      synchronized (ContributedShares.this) {
        ended = true;
        if (batch != null) {
          store.release(batch);
          batch = null;
        }
      }
    }
  }
}
