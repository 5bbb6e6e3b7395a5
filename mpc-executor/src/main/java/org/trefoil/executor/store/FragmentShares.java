package org.trefoil.executor.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;

/**
 * The shares of one fragment. Tasks may try a chunk as often as they like, each time under a fresh
 * attempt id; the owner then commits one attempt per chunk, once. From then on every attempt is
 * late, and those that were not chosen are dropped.
 */
public final class FragmentShares extends BranchShares {
  /** Complete attempts at one chunk that are kept; a scheduler retries a handful of times. */
  static final int MAX_ATTEMPTS = 16;

  private final ShareStore store;
  private final int party;
  private final ShareStore.SourceShape shape;
  private final String table;
  private final long rows;
  private final List<Map<UUID, ShareBatch>> chunks = new ArrayList<>();
  private final List<Set<UUID>> begun = new ArrayList<>();
  private List<UUID> committed;
  private boolean cleared;

  FragmentShares(ShareStore store, int party, ShareStore.SourceShape shape, int branch) {
    this.store = store;
    this.party = party;
    this.shape = shape;
    this.table = shape.tables().get(branch);
    this.rows = shape.branchRows().get(branch);
    for (int c = 0; c < Chunks.count(rows); c++) {
      chunks.add(new HashMap<>());
      begun.add(new HashSet<>());
    }
  }

  /** Begins an attempt at a chunk; LATE_ATTEMPT after the commit or if the id is not fresh. */
  public synchronized ShareUpload begin(int chunk, UUID attempt) {
    if (chunk < 0 || chunk >= chunks.size()) {
      throw new TrefoilException(
          Condition.MALFORMED_BATCH,
          "Cannot take batch "
              + chunk
              + " of "
              + table
              + ": its "
              + rows
              + " rows make "
              + chunks.size()
              + " batches. Use the same version of Trefoil everywhere.");
    }
    requireOpen(chunk);
    if (begun.get(chunk).size() >= 4 * MAX_ATTEMPTS) {
      throw late(chunk, "too many attempts were made");
    }
    if (!begun.get(chunk).add(attempt)) {
      throw late(chunk, "the attempt was begun before");
    }
    return new Attempt(chunk, attempt);
  }

  /**
   * Chooses the attempts that count, one per chunk. The same choice again is accepted; another one,
   * or an attempt that is not complete here, is LATE_ATTEMPT and changes nothing.
   */
  public synchronized void commit(List<UUID> attempts) {
    if (committed != null && committed.equals(attempts)) {
      return;
    }
    if (attempts.size() != chunks.size()) {
      throw new TrefoilException(
          Condition.MALFORMED_BATCH,
          "Cannot commit "
              + table
              + ": "
              + attempts.size()
              + " attempts were named for "
              + chunks.size()
              + " batches. Name one attempt per batch.");
    }
    for (int c = 0; c < chunks.size(); c++) {
      requireOpen(c);
      if (!chunks.get(c).containsKey(attempts.get(c))) {
        throw late(c, "the chosen attempt is not complete here");
      }
    }
    committed = List.copyOf(attempts);
    for (int c = 0; c < chunks.size(); c++) {
      UUID chosen = attempts.get(c);
      chunks.get(c).forEach((id, batch) -> releaseUnless(id.equals(chosen), batch));
      chunks.get(c).keySet().retainAll(Set.of(chosen));
    }
  }

  @Override
  public synchronized boolean committed() {
    return committed != null;
  }

  /**
   * SHA-256 over table position, rows and chosen attempts: what all three executors must agree on.
   */
  @Override
  public synchronized byte[] choiceDigest() {
    MessageDigest sha = sha256("trefoil choice 1");
    sha.update(ByteBuffer.allocate(8).putLong(rows).array());
    for (UUID attempt : committed) {
      sha.update(
          ByteBuffer.allocate(16)
              .putLong(attempt.getMostSignificantBits())
              .putLong(attempt.getLeastSignificantBits())
              .array());
    }
    return sha.digest();
  }

  /** SHA-256 over the committed batches' digests of a component, for its other holder. */
  @Override
  public synchronized byte[] componentDigest(int component) {
    MessageDigest sha = sha256("trefoil fragment component 1");
    for (int c = 0; c < chunks.size(); c++) {
      sha.update(ShareBatches.digest(chunks.get(c).get(committed.get(c)), component));
    }
    return sha.digest();
  }

  @Override
  synchronized void drainTo(List<ColumnAssembly> columns) {
    for (int c = 0; c < chunks.size(); c++) {
      ShareBatch batch = chunks.get(c).remove(committed.get(c));
      List<SharedColumn> chunk = ShareBatches.expand(batch);
      for (int i = 0; i < columns.size(); i++) {
        columns.get(i).append(chunk.get(i));
      }
      store.release(batch);
    }
  }

  @Override
  synchronized void clear() {
    cleared = true;
    for (Map<UUID, ShareBatch> attempts : chunks) {
      attempts.values().forEach(store::release);
      attempts.clear();
    }
  }

  private void releaseUnless(boolean chosen, ShareBatch batch) {
    if (!chosen) {
      store.release(batch);
    }
  }

  private void requireOpen(int chunk) {
    if (cleared) {
      throw new TrefoilException(
          Condition.TICKET_REFUSED,
          "Cannot take batch "
              + chunk
              + " of "
              + table
              + ": the query has ended. Stop sharing it.");
    }
    if (committed != null) {
      throw late(chunk, "the fragment is committed");
    }
  }

  private TrefoilException late(int chunk, String reason) {
    return new TrefoilException(
        Condition.LATE_ATTEMPT,
        "Cannot take this attempt at batch "
            + chunk
            + " of "
            + table
            + ": "
            + reason
            + ". Drop the attempt.");
  }

  private void check(int chunk, ShareBatch batch) {
    int expectedRows = Chunks.rows(rows, chunk);
    if (batch.party() != party) {
      throw malformed(chunk, "it is meant for executor " + batch.party());
    }
    if (batch.rows() != expectedRows) {
      throw malformed(chunk, "it has " + batch.rows() + " rows instead of " + expectedRows);
    }
    if (batch.shapes().size() != shape.shapes().size()) {
      throw malformed(
          chunk,
          "it has " + batch.shapes().size() + " columns instead of " + shape.shapes().size());
    }
    for (int i = 0; i < shape.shapes().size(); i++) {
      ColumnShape expected = shape.shapes().get(i);
      ColumnShape found = batch.shapes().get(i);
      if (!expected.equals(found)) {
        throw malformed(
            chunk,
            "column "
                + shape.columns().get(i)
                + " is "
                + found.kind()
                + " of "
                + found.width()
                + " bits instead of "
                + expected.kind()
                + " of "
                + expected.width());
      }
    }
  }

  private TrefoilException malformed(int chunk, String reason) {
    return new TrefoilException(
        Condition.MALFORMED_BATCH,
        "Cannot take batch "
            + chunk
            + " of "
            + table
            + ": "
            + reason
            + ". Use the same version of Trefoil everywhere.");
  }

  static MessageDigest sha256(String domain) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(domain.getBytes(StandardCharsets.UTF_8));
      return sha;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One task's try at one chunk. */
  private final class Attempt implements ShareUpload {
    private final int chunk;
    private final UUID id;
    private ShareBatch batch;
    private boolean ended;

    Attempt(int chunk, UUID id) {
      this.chunk = chunk;
      this.id = id;
    }

    @Override
    public void send(ShareBatch sent) {
      check(chunk, sent);
      synchronized (FragmentShares.this) {
        if (ended || batch != null) {
          throw malformed(chunk, "an attempt is one batch, and it was sent before");
        }
        requireOpen(chunk);
        store.reserve(sent, table);
        batch = sent;
      }
    }

    @Override
    public void complete() {
      synchronized (FragmentShares.this) {
        if (ended) {
          throw malformed(chunk, "the attempt has ended");
        }
        requireOpen(chunk);
        if (batch == null) {
          throw malformed(chunk, "the attempt was completed before its batch was sent");
        }
        if (chunks.get(chunk).size() >= MAX_ATTEMPTS) {
          throw late(chunk, MAX_ATTEMPTS + " complete attempts wait for the commit");
        }
        chunks.get(chunk).put(id, batch);
        batch = null;
        ended = true;
      }
    }

    @Override
    public void close() {
      synchronized (FragmentShares.this) {
        ended = true;
        if (batch != null) {
          store.release(batch);
          batch = null;
        }
      }
    }
  }
}
