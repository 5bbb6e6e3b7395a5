package org.trefoil.spark.share;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.apache.spark.MapOutputTrackerWorker;
import org.apache.spark.SparkEnv;
import org.apache.spark.shuffle.FetchFailedException;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.owner.ShareBatch;

/**
 * Uploads to a folder that all processes of a cluster see, with mishaps that are drawn from a seed:
 * tasks fail at every place of an upload, some of them after the attempt was complete at one, two
 * or all three executors; some lose their input, so that Spark runs stages again; one may take its
 * whole process down; and the first run of chunk 0 may stay behind, so that Spark must speculate.
 * What happened is in the folder, as files whose names begin with {@code mark-}.
 */
final class FileRoute implements UploadRoute {
  private static final long serialVersionUID = 1L;

  /** What becomes of the first run of chunk 0. */
  enum Straggler {
    NONE,
    /** It stays behind until Spark ends it. */
    LOSES,
    /** It waits until there is another run, which stays behind until Spark ends it. */
    WINS
  }

  /** Where a run fails. */
  private enum Place {
    OPEN,
    SEND,
    BEFORE_COMPLETE,
    AFTER_COMPLETE
  }

  /** What was drawn for one run of a task; it meets it in the process that runs the task. */
  private record Fate(int chunk, int run, Place place, int party) {}

  private static final ConcurrentHashMap<UUID, Fate> FATES = new ConcurrentHashMap<>();

  private final String folder;
  private final long seed;
  private final int failuresPerChunk;
  private final int losses;
  private final boolean halt;
  private final Straggler straggler;

  /**
   * @param failuresPerChunk at least two and at most so many runs of a chunk fail
   * @param losses at most so many of them because their input is gone
   * @param halt whether one of them ends its process
   */
  FileRoute(
      Path folder, long seed, int failuresPerChunk, int losses, boolean halt, Straggler straggler) {
    this.folder = folder.toString();
    this.seed = seed;
    this.failuresPerChunk = failuresPerChunk;
    this.losses = losses;
    this.halt = halt;
    this.straggler = straggler;
  }

  @Override
  public ShareUpload open(int party, int chunk, UUID attempt) {
    Fate fate = FATES.computeIfAbsent(attempt, a -> draw(chunk));
    failIf(fate, party, Place.OPEN);
    Path target = Path.of(folder, party + "-" + chunk + "-" + attempt);
    return new ShareUpload() {
      private Path fresh;

      @Override
      public void send(ShareBatch batch) {
        if (chunk == 0 && party == 0) {
          straggle(fate, attempt);
        }
        failIf(fate, party, Place.SEND);
        fresh = Path.of(folder, "." + target.getFileName());
        write(fresh, batch);
      }

      @Override
      public void complete() {
        failIf(fate, party, Place.BEFORE_COMPLETE);
        try {
          Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        failIf(fate, party, Place.AFTER_COMPLETE);
      }

      @Override
      public void close() {}
    };
  }

  private Fate draw(int chunk) {
    int run = 0;
    while (!mark("run-" + chunk + "-" + run, "")) {
      run++;
    }
    Random random = new Random(seed * 31 + chunk);
    int failures = 2 + random.nextInt(failuresPerChunk - 1);
    random.setSeed(seed * 1009 + chunk * 31L + run);
    boolean fails = run < failures && (chunk > 0 || straggler == Straggler.NONE);
    Place place = fails ? Place.values()[random.nextInt(Place.values().length)] : null;
    return new Fate(chunk, run, place, random.nextInt(3));
  }

  private void failIf(Fate fate, int party, Place place) {
    if (fate.place() != place || fate.party() != party) {
      return;
    }
    mark("failed-" + fate.chunk() + "-" + fate.run(), "");
    if (halt && fate.chunk() == 2 && mark("halted", "")) {
      Runtime.getRuntime().halt(17);
    }
    if (fate.run() % 3 == 1) {
      for (int loss = 0; loss < losses; loss++) {
        if (mark("lost-" + loss, "")) {
          throw lostInput();
        }
      }
    }
    throw new IllegalStateException("an injected failure");
  }

  /** Tells Spark that this process has no output of earlier stages any more. */
  private static RuntimeException lostInput() {
    MapOutputTrackerWorker outputs = (MapOutputTrackerWorker) SparkEnv.get().mapOutputTracker();
    int shuffle =
        scala.jdk.javaapi.CollectionConverters.asJava(outputs.mapStatuses().keySet()).stream()
            .mapToInt(key -> (Integer) key)
            .max()
            .orElseThrow();
    throw FaultyRoute.sneaky(
        new FetchFailedException(
            SparkEnv.get().blockManager().blockManagerId(),
            shuffle,
            -1L,
            -1,
            0,
            "an injected loss",
            null));
  }

  private void straggle(Fate fate, UUID attempt) {
    if (straggler == Straggler.LOSES && fate.run() == 0) {
      mark("behind", attempt.toString());
      await(() -> false);
    } else if (straggler == Straggler.WINS && fate.run() == 0) {
      mark("ahead", attempt.toString());
      await(() -> Files.exists(Path.of(folder, "mark-copied")));
    } else if (straggler == Straggler.WINS) {
      mark("copied", attempt.toString());
      await(() -> false);
    }
  }

  /** Leaves a mark, unless it is there already, from any process. */
  private boolean mark(String name, String text) {
    try {
      Path fresh = Files.createTempFile(Path.of(folder), ".mark", "");
      Files.writeString(fresh, text);
      try {
        Files.createLink(Path.of(folder, "mark-" + name), fresh);
        return true;
      } finally {
        Files.delete(fresh);
      }
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the condition; Spark interrupts a task that it ends. */
  private static void await(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many marks begin with {@code name}. */
  static int marks(Path folder, String name) {
    try (var files = Files.list(folder)) {
      return (int) files.filter(f -> f.getFileName().toString().startsWith("mark-" + name)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, ShareBatch batch) {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(batch.rows());
      out.writeInt(batch.shapes().size());
      for (ColumnShape shape : batch.shapes()) {
        out.writeInt(shape.kind().ordinal());
        out.writeInt(shape.width());
      }
      writeSeed(out, batch.seed0());
      writeSeed(out, batch.seed1());
      for (long[][] limbs : batch.third() == null ? List.<long[][]>of() : batch.third()) {
        for (long[] limb : limbs) {
          for (long word : limb) {
            out.writeLong(word);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeSeed(DataOutputStream out, byte[] seed) throws IOException {
    out.writeInt(seed == null ? 0 : seed.length);
    if (seed != null) {
      out.write(seed);
    }
  }

  static ShareBatch read(Path folder, int party, int chunk, UUID attempt) {
    Path file = folder.resolve(party + "-" + chunk + "-" + attempt);
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      int rows = in.readInt();
      List<ColumnShape> shapes = new ArrayList<>();
      int columns = in.readInt();
      for (int c = 0; c < columns; c++) {
        shapes.add(new ColumnShape(ColumnShape.Kind.values()[in.readInt()], in.readInt()));
      }
      byte[] seed0 = in.readNBytes(in.readInt());
      byte[] seed1 = in.readNBytes(in.readInt());
      List<long[][]> third = party == 0 ? null : new ArrayList<>();
      for (ColumnShape shape : third == null ? List.<ColumnShape>of() : shapes) {
        long[][] limbs = new long[shape.limbs()][shape.longsPerLimb(rows)];
        for (long[] limb : limbs) {
          for (int i = 0; i < limb.length; i++) {
            limb[i] = in.readLong();
          }
        }
        third.add(limbs);
      }
      return new ShareBatch(
          party,
          rows,
          shapes,
          seed0.length == 0 ? null : seed0,
          seed1.length == 0 ? null : seed1,
          third);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
