package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.owner.Chunks;

/** Sharing on a cluster of real executor processes, with Spark's own retries and speculation. */
@Tag("slow")
class LocalClusterSharingTest {
  private static final List<Field> FIELDS = List.of(new Field("amount", DataType.BIGINT, true));
  private static final int CHUNKS = 6;

  @TempDir Path folder;
  private SparkSession spark;

  @BeforeEach
  void startCluster() throws IOException {
    SparkSession.getActiveSession().foreach(LocalClusterSharingTest::stop);
    SparkSession.getDefaultSession().foreach(LocalClusterSharingTest::stop);
    Path home = Files.createDirectories(folder.resolve("spark"));
    Files.writeString(home.resolve("RELEASE"), "Spark for a test");
    Path jars = Files.createDirectories(home.resolve("jars"));
    StringBuilder classes = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        classes.append(path).append(File.pathSeparator);
      } else if (Files.exists(path)) {
        Files.createSymbolicLink(jars.resolve(path.getFileName()), path.toAbsolutePath());
      }
    }
    System.setProperty("spark.testing", "true");
    System.setProperty("spark.test.home", home.toString());
    spark =
        SparkSession.builder()
            .master("local-cluster[2,1,700]")
            .appName("sharing on a cluster")
            .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.13")
            .config("spark.executor.memory", "700m")
            .config("spark.executor.extraClassPath", classes.toString())
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.speculation", "true")
            .config("spark.speculation.interval", "100ms")
            .config("spark.speculation.multiplier", "1.5")
            .config("spark.speculation.quantile", "0.5")
            .getOrCreate();
  }

  @AfterEach
  void stopCluster() {
    spark.stop();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    System.clearProperty("spark.testing");
    System.clearProperty("spark.test.home");
  }

  @Test
  void speculationFailuresAndALostExecutorLeaveOneAttemptPerChunk() throws IOException {
    Path shares = Files.createDirectories(folder.resolve("shares"));
    int rows = 3000 + 2 * Chunks.CHUNK_ROWS;
    Dataset<Row> source =
        spark.sql("SELECT id * 3 - 7 AS amount FROM range(0, " + rows + ", 1, 4)");
    List<ChunkReceipt> receipts =
        new FragmentSharing(
                "north.t", source, SharedRows.encoder(FIELDS), (long) CHUNKS * Chunks.CHUNK_ROWS)
            .share(new FileRoute(shares));

    FakeStore store = new FakeStore();
    for (ChunkReceipt receipt : receipts) {
      for (int party = 0; party < 3; party++) {
        UUID attempt = receipt.attempt();
        ShareUpload upload = store.upload(party, receipt.chunk(), attempt);
        upload.send(FileRoute.read(shares, party, receipt.chunk(), attempt));
        upload.complete();
      }
    }
    store.commit(FragmentSharing.attempts(receipts));
    assertThat(SharedRows.of(store, FIELDS))
        .isEqualTo(
            IntStream.range(0, rows).mapToObj(i -> "[" + (i * 3L - 7) + "]").sorted().toList());
    assertThat(shares.resolve("mark-slow")).exists();
    assertThat(shares.resolve("mark-fail")).exists();
    assertThat(shares.resolve("mark-halt")).exists();
    assertThat(FileRoute.runs(shares, 2, 1)).hasSizeGreaterThan(1);
  }

  private static Object stop(SparkSession session) {
    session.stop();
    return null;
  }
}
