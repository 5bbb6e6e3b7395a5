package org.trefoil.arrow.batch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** An {@link AnswerShares} as bytes, to be sealed; without the counters of its run. */
public final class AnswerBytes {
  private static final String MAGIC = "trefoil answer 1";
  private static final String NAME = "a sealed result";
  private static final int DIGEST = 32;

  private AnswerBytes() {}

  public static byte[] encode(AnswerShares answer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      ResultShares shares = answer.shares();
      out.writeUTF(MAGIC);
      out.write(answer.tables());
      out.writeInt(answer.sizes().size());
      for (List<Long> source : answer.sizes()) {
        out.writeInt(source.size());
        for (long rows : source) {
          out.writeLong(rows);
        }
      }
      out.writeByte(shares.party());
      out.writeInt(shares.rows());
      out.writeBoolean(shares.suppressionMayApply());
      out.writeInt(shares.columns().size());
      out.writeBoolean(shares.heldBack().isPresent());
      for (SharedColumn column : all(shares)) {
        write(column, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static List<SharedColumn> all(ResultShares shares) {
    List<SharedColumn> all = new ArrayList<>(shares.columns());
    shares.heldBack().ifPresent(all::add);
    return all;
  }

  private static void write(SharedColumn column, DataOutputStream out) throws IOException {
    ColumnShape shape;
    long[][] first;
    long[][] second;
    if (column instanceof Bits bits) {
      shape = ColumnShape.BIT;
      first = new long[][] {bits.first()};
      second = new long[][] {bits.second()};
    } else if (column instanceof Words words) {
      shape = ColumnShape.words(words.width());
      first = words.first();
      second = words.second();
    } else {
      Sums sums = (Sums) column;
      shape = ColumnShape.sums(sums.width());
      first = sums.first();
      second = sums.second();
    }
    out.writeByte(shape.kind().ordinal());
    out.writeInt(shape.width());
    out.writeInt(column.rows());
    for (long[][] component : new long[][][] {first, second}) {
      for (int limb = 0; limb < shape.limbs(); limb++) {
        for (int i = 0; i < shape.longsPerLimb(column.rows()); i++) {
          out.writeLong(component[limb][i]);
        }
      }
    }
  }

  /** Reads what {@link #encode} made; MALFORMED_BATCH for anything else. */
  public static AnswerShares decode(byte[] bytes) {
    return MalformedBatch.guard(
        NAME,
        () -> {
          try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            AnswerShares answer = read(in);
            if (in.available() > 0) {
              throw MalformedBatch.of(NAME, "something follows it");
            }
            return answer;
          } catch (IOException e) {
            throw MalformedBatch.of(NAME, "it ends too early");
          }
        });
  }

  private static AnswerShares read(DataInputStream in) throws IOException {
    if (!in.readUTF().equals(MAGIC)) {
      throw MalformedBatch.of(NAME, "it is of another version");
    }
    byte[] tables = in.readNBytes(DIGEST);
    List<List<Long>> sizes = new ArrayList<>();
    int sources = count(in, Integer.BYTES);
    for (int s = 0; s < sources; s++) {
      List<Long> source = new ArrayList<>();
      int branches = count(in, Long.BYTES);
      for (int b = 0; b < branches; b++) {
        source.add(in.readLong());
      }
      sizes.add(source);
    }
    int party = in.readUnsignedByte();
    int rows = in.readInt();
    boolean suppression = in.readBoolean();
    int columns = count(in, 1);
    boolean told = in.readBoolean();
    List<SharedColumn> read = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      read.add(column(in, rows));
    }
    Optional<Sums> heldBack = Optional.empty();
    if (told) {
      heldBack = Optional.of((Sums) column(in, 1));
    }
    return new AnswerShares(
        new ResultShares(party, rows, read, suppression, heldBack, Map.of()), sizes, tables);
  }

  /** How many follow, of {@code least} bytes each: no more than there are bytes for. */
  private static int count(DataInputStream in, int least) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available() / least) {
      throw MalformedBatch.of(NAME, "it ends too early");
    }
    return count;
  }

  private static SharedColumn column(DataInputStream in, int rows) throws IOException {
    ColumnShape shape =
        new ColumnShape(ColumnShape.Kind.values()[in.readUnsignedByte()], in.readInt());
    if (in.readInt() != rows || rows < 0 || shape.width() < 1) {
      throw MalformedBatch.of(NAME, "its columns differ in length");
    }
    long longs = 2L * shape.limbs() * shape.longsPerLimb(rows);
    if (longs > in.available() / Long.BYTES) {
      throw MalformedBatch.of(NAME, "it ends too early");
    }
    long[][] first = limbs(in, shape, rows);
    long[][] second = limbs(in, shape, rows);
    return shape.column(rows, first, second);
  }

  private static long[][] limbs(DataInputStream in, ColumnShape shape, int rows)
      throws IOException {
    long[][] limbs = new long[shape.limbs()][shape.longsPerLimb(rows)];
    for (long[] limb : limbs) {
      for (int i = 0; i < limb.length; i++) {
        limb[i] = in.readLong();
      }
    }
    return limbs;
  }
}
