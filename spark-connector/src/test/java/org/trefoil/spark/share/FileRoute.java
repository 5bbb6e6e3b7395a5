package org.trefoil.spark.share;

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
import java.util.UUID;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.owner.ShareBatch;

/**
 * Uploads to a folder that all processes of a local cluster see, with mishaps: the first run of
 * chunk 0 stays behind until another run of it is complete (so Spark must speculate), the first run
 * of chunk 1 fails after it is complete, and the first run of chunk 2 takes its whole executor
 * down.
 */
final class FileRoute implements UploadRoute {
  private static final long serialVersionUID = 1L;

  private final String folder;

  FileRoute(Path folder) {
    this.folder = folder.toString();
  }

  @Override
  public ShareUpload open(int party, int chunk, UUID attempt) {
    Path target = Path.of(folder, party + "-" + chunk + "-" + attempt);
    return new ShareUpload() {
      private Path fresh;

      @Override
      public void send(ShareBatch batch) {
        if (party == 0 && chunk == 2 && first("halt")) {
          Runtime.getRuntime().halt(17);
        }
        if (party == 0 && chunk == 0 && first("slow")) {
          awaitAnotherRun();
        }
        fresh = Path.of(folder, "." + target.getFileName());
        write(fresh, batch);
      }

      @Override
      public void complete() {
        try {
          Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        if (party == 2 && chunk == 1 && first("fail")) {
          throw new IllegalStateException("an injected failure");
        }
      }

      @Override
      public void close() {}
    };
  }

  /** Whether nobody has asked for this mark before, in any process. */
  private boolean first(String mark) {
    try {
      Files.createFile(Path.of(folder, "mark-" + mark));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitAnotherRun() {
    try {
      while (runs(Path.of(folder), 2, 0).isEmpty()) {
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The complete attempts at a chunk at one party. */
  static List<UUID> runs(Path folder, int party, int chunk) {
    String prefix = party + "-" + chunk + "-";
    try (var files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(name -> name.startsWith(prefix))
          .map(name -> UUID.fromString(name.substring(prefix.length())))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, ShareBatch batch) {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
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
        new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
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
