package org.trefoil.spark.share;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;
import org.trefoil.share.recipient.Reconstruction;

/**
 * What three executors store of one fragment, in this JVM: attempts by chunk, the rule that one of
 * them counts and late ones are refused, and, as no executor could, what was shared in the clear.
 */
final class FakeStore {
  private static final Map<UUID, FakeStore> ALL = new ConcurrentHashMap<>();

  private final UUID id = UUID.randomUUID();
  private final List<Map<Integer, Map<UUID, ShareBatch>>> complete =
      List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
  private final List<String> seen = new ArrayList<>();
  private List<UUID> committed;
  private int begun;

  FakeStore() {
    ALL.put(id, this);
  }

  /** A route to this store for tasks in this JVM. */
  UploadRoute route() {
    UUID store = id;
    return (party, chunk, attempt) -> ALL.get(store).upload(party, chunk, attempt);
  }

  synchronized ShareUpload upload(int party, int chunk, UUID attempt) {
    refuseLate();
    begun++;
    return new ShareUpload() {
      private ShareBatch sent;

      @Override
      public void send(ShareBatch batch) {
        if (batch.party() != party || sent != null) {
          throw new IllegalStateException("a wrong batch");
        }
        sent = batch;
      }

      @Override
      public void complete() {
        keep(party, chunk, attempt, sent);
      }

      @Override
      public void close() {}
    };
  }

  private synchronized void keep(int party, int chunk, UUID attempt, ShareBatch batch) {
    refuseLate();
    seen.add(party + " " + chunk + " " + batch.rows() + " " + batch.shapes());
    complete.get(party).computeIfAbsent(chunk, c -> new TreeMap<>()).put(attempt, batch);
  }

  private void refuseLate() {
    if (committed != null) {
      throw new TrefoilException(Condition.LATE_ATTEMPT, "Cannot take an attempt: it is late.");
    }
  }

  synchronized void commit(List<UUID> attempts) {
    committed = List.copyOf(attempts);
  }

  /** Party, chunk, rows and shapes of every complete upload: all that executors see. */
  synchronized List<String> seen() {
    return seen.stream().sorted().toList();
  }

  /** Every seed that party 0 was sent, in hexadecimal. */
  synchronized List<String> seeds() {
    return complete.get(0).values().stream()
        .flatMap(attempts -> attempts.values().stream())
        .flatMap(batch -> Stream.of(batch.seed0(), batch.seed1()))
        .map(HexFormat.of()::formatHex)
        .toList();
  }

  /** Uploads that began, complete or not. */
  synchronized int begun() {
    return begun;
  }

  /** The committed columns of each chunk, opened from the three parties' shares. */
  synchronized List<List<ClearColumn>> opened() {
    List<List<ClearColumn>> chunks = new ArrayList<>();
    for (int chunk = 0; chunk < committed.size(); chunk++) {
      List<List<SharedColumn>> views = new ArrayList<>();
      for (int party = 0; party < 3; party++) {
        ShareBatch batch = complete.get(party).get(chunk).get(committed.get(chunk));
        views.add(ShareBatches.expand(batch));
      }
      chunks.add(Reconstruction.openAll(views));
    }
    return chunks;
  }
}
