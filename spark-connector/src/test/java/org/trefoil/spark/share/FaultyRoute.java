package org.trefoil.spark.share;

import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.MapOutputTrackerMaster;
import org.apache.spark.SparkEnv;
import org.apache.spark.shuffle.FetchFailedException;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.owner.ShareBatch;

/**
 * Lets tasks fail at every place of an upload, some of them after the attempt was complete at one,
 * two or all three executors, and some so that Spark runs the stage, or the one before, again. A
 * chunk fails at most three times, so that Spark does not give up.
 */
final class FaultyRoute {
  private static final Map<UUID, FaultyRoute> ALL = new ConcurrentHashMap<>();

  /** Where an upload fails. */
  private enum Place {
    OPEN,
    SEND,
    BEFORE_COMPLETE,
    AFTER_COMPLETE
  }

  private final UUID id = UUID.randomUUID();
  private final FakeStore store;
  private final Random random;
  private final Map<Integer, Integer> failuresLeft = new ConcurrentHashMap<>();
  private final Map<UUID, Place> pending = new ConcurrentHashMap<>();
  private final Map<UUID, Integer> partyOf = new ConcurrentHashMap<>();
  private final AtomicInteger injected = new AtomicInteger();
  private final AtomicInteger stagesLost = new AtomicInteger();

  FaultyRoute(FakeStore store, long seed) {
    this.store = store;
    this.random = new Random(seed);
    ALL.put(id, this);
  }

  UploadRoute route() {
    UUID route = id;
    return (party, chunk, attempt) -> ALL.get(route).open(party, chunk, attempt);
  }

  int injected() {
    return injected.get();
  }

  int stagesLost() {
    return stagesLost.get();
  }

  private ShareUpload open(int party, int chunk, UUID attempt) {
    Place place = party == 0 ? draw(chunk) : pending.remove(attempt);
    int failsAt = party == 0 ? drawParty() : partyOf.getOrDefault(attempt, -1);
    if (place != null && party < failsAt) {
      pending.put(attempt, place);
      partyOf.put(attempt, failsAt);
      place = null;
    }
    Place here = place;
    if (here == Place.OPEN) {
      fail();
    }
    ShareUpload upload = store.upload(party, chunk, attempt);
    return new ShareUpload() {
      @Override
      public void send(ShareBatch batch) {
        if (here == Place.SEND) {
          fail();
        }
        upload.send(batch);
      }

      @Override
      public void complete() {
        if (here == Place.BEFORE_COMPLETE) {
          fail();
        }
        upload.complete();
        if (here == Place.AFTER_COMPLETE) {
          fail();
        }
      }

      @Override
      public void close() {
        upload.close();
      }
    };
  }

  private synchronized Place draw(int chunk) {
    int left = failuresLeft.computeIfAbsent(chunk, c -> random.nextInt(4));
    if (left == 0) {
      return null;
    }
    failuresLeft.put(chunk, left - 1);
    return Place.values()[random.nextInt(Place.values().length)];
  }

  private synchronized int drawParty() {
    return random.nextInt(3);
  }

  private synchronized void fail() {
    injected.incrementAndGet();
    // Spark gives a stage up after four losses in a row.
    int kind = stagesLost.get() < 2 ? random.nextInt(12) : 11;
    if (kind > 1) {
      throw new IllegalStateException("an injected failure");
    }
    stagesLost.incrementAndGet();
    MapOutputTrackerMaster outputs = (MapOutputTrackerMaster) SparkEnv.get().mapOutputTracker();
    int shuffle = latestShuffle(outputs);
    if (kind == 0) {
      outputs.unregisterAllMapAndMergeOutput(shuffle);
    }
    throw lost(shuffle);
  }

  /** What a task throws to say that its input is gone. */
  static RuntimeException lost(int shuffle) {
    throw sneaky(new FetchFailedException(null, shuffle, -1L, -1, 0, "an injected loss", null));
  }

  static int latestShuffle(MapOutputTrackerMaster outputs) {
    return scala.jdk.javaapi.CollectionConverters.asJava(outputs.shuffleStatuses().keySet())
        .stream()
        .mapToInt(key -> (Integer) key)
        .max()
        .orElseThrow();
  }

  @SuppressWarnings("unchecked")
  static <E extends Throwable> RuntimeException sneaky(Throwable error) throws E {
    throw (E) error;
  }
}
