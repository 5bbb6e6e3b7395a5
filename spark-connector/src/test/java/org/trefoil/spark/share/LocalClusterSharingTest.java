package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.owner.Chunks;
import org.trefoil.spark.share.FileRoute.Straggler;

/**
 * Sharing on a cluster of executor processes whose tasks fail, fall behind, lose their input and
 * their process: Spark's own retries, speculation and resubmission, and never a wrong row.
 */
class LocalClusterSharingTest {
  private static final List<Field> FIELDS = List.of(new Field("amount", DataType.BIGINT, true));
  private static final int CHUNKS = 6;

  /** What Spark did about the mishaps. */
  private static final class Spent extends SparkListener {
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger copies = new AtomicInteger();
    final AtomicInteger stagesAgain = new AtomicInteger();
    final AtomicInteger executorsLost = new AtomicInteger();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.taskInfo().speculative()) {
        copies.incrementAndGet();
      } else if (!end.taskInfo().successful()) {
        failed.incrementAndGet();
      }
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted stage) {
      if (stage.stageInfo().attemptNumber() > 0) {
        stagesAgain.incrementAndGet();
      }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
      executorsLost.incrementAndGet();
    }
  }

  @TempDir Path folder;

  @Test
  void mishapsLeaveOneAttemptPerChunk() throws IOException {
    share(20);
  }

  /** {@code -Dslow.tests=none -Dgroups=slow -Dtest=LocalClusterSharingTest} runs it. */
  @Test
  @Tag("slow")
  void aThousandMishapsDoToo() throws IOException {
    share(1000);
  }

  private void share(int mishaps) throws IOException {
    long seed = Long.getLong("trefoil.seed", System.nanoTime());
    System.out.println("seed " + seed);
    int injected = 0;
    int copiesWon = 0;
    int originalsWon = 0;
    int halted = 0;
    int round = 0;
    Spent spent = new Spent();
    try (TwoHostCluster cluster = new TwoHostCluster(folder)) {
      cluster.session().sparkContext().addSparkListener(spent);
      for (; round < 3 || injected < mishaps; round++) {
        // One small chunk fails many times at little cost; every kind of mishap takes several.
        boolean large = round < 3 || round % 12 == 2;
        Straggler straggler =
            large ? Straggler.values()[(round + 1) % Straggler.values().length] : Straggler.NONE;
        Path shares = Files.createDirectories(folder.resolve("shares-" + round));
        FileRoute route =
            new FileRoute(
                shares,
                seed + round,
                large ? 4 : 50,
                straggler == Straggler.NONE ? 3 : 0,
                round % 12 == 2,
                straggler);
        int rows = large ? 997 + round % 4 * Chunks.CHUNK_ROWS : 997;
        long padded = large ? CHUNKS * (long) Chunks.CHUNK_ROWS : 1000;
        List<UUID> committed = share(cluster, shares, route, rows, padded);
        injected += FileRoute.marks(shares, "failed-");
        halted += FileRoute.marks(shares, "halted");
        copiesWon += won(shares, "mark-behind", committed, false);
        originalsWon += won(shares, "mark-ahead", committed, true);
        delete(shares);
        System.out.println("round " + round + ": " + injected + " failures so far");
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d rounds, %d failures injected; Spark: %d tasks failed or killed, %d speculative runs (%d"
            + " won, %d lost), %d stages again, %d executors lost (%d halted)%n",
        round,
        injected,
        spent.failed.get(),
        spent.copies.get(),
        copiesWon,
        originalsWon,
        spent.stagesAgain.get(),
        spent.executorsLost.get(),
        halted);
    assertThat(injected).isGreaterThanOrEqualTo(mishaps);
    assertThat(spent.failed.get()).isPositive();
    assertThat(copiesWon).isPositive();
    assertThat(originalsWon).isPositive();
    assertThat(spent.stagesAgain.get()).isPositive();
    assertThat(halted).isPositive();
  }

  /** Shares a table, compares what was shared with the table, returns the attempts that count. */
  private static List<UUID> share(
      TwoHostCluster cluster, Path shares, FileRoute route, int rows, long padded)
      throws IOException {
    Dataset<Row> source =
        cluster.session().sql("SELECT id * id - 7 AS amount FROM range(0, " + rows + ", 1, 4)");
    List<ChunkReceipt> receipts =
        new FragmentSharing("north.t", source, SharedRows.encoder(FIELDS), padded).share(route);
    FakeStore store = new FakeStore();
    for (ChunkReceipt receipt : receipts) {
      for (int party = 0; party < 3; party++) {
        ShareUpload upload = store.upload(party, receipt.chunk(), receipt.attempt());
        upload.send(FileRoute.read(shares, party, receipt.chunk(), receipt.attempt()));
        upload.complete();
      }
    }
    List<UUID> attempts = FragmentSharing.attempts(receipts);
    store.commit(attempts);
    assertThat(SharedRows.of(store, FIELDS))
        .isEqualTo(
            IntStream.range(0, rows)
                .mapToObj(i -> "[" + ((long) i * i - 7) + "]")
                .sorted()
                .toList());
    return attempts;
  }

  /** 1 if the first run of chunk 0 left this mark, and it counts or not as asked. */
  private static int won(Path shares, String mark, List<UUID> committed, boolean counts)
      throws IOException {
    Path file = shares.resolve(mark);
    return Files.exists(file)
            && committed.get(0).equals(UUID.fromString(Files.readString(file))) == counts
        ? 1
        : 0;
  }

  private static void delete(Path shares) throws IOException {
    try (var files = Files.list(shares)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
