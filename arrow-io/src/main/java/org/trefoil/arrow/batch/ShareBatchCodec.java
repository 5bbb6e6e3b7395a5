package org.trefoil.arrow.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.owner.ShareBatch;

/**
 * A chunk's shares for one party as an Arrow record batch and a short header that travels with it.
 * The batch holds component 2, one vector per limb (no rows for party 0, which does not get it);
 * the header holds party, row count and seeds. Both are secret: neither is ever printed.
 */
public final class ShareBatchCodec {
  private static final int MAGIC = 0x54534231; // TSB1
  private static final int SEED = ShareBatch.SEED_BYTES;
  private static final int MOST_FIELDS = 1 << 14;

  private ShareBatchCodec() {}

  /** The batch; the caller closes it. */
  public static VectorSchemaRoot encode(ShareBatch batch, BufferAllocator allocator) {
    boolean third = batch.third() != null;
    int rows = third ? batch.rows() : 0;
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int c = 0; c < batch.shapes().size(); c++) {
        ColumnShape shape = batch.shapes().get(c);
        for (int k = 0; k < shape.limbs(); k++) {
          long[] limb = third ? batch.third().get(c)[k] : new long[0];
          vectors.add(LimbVectors.vector(field(c, shape, k), shape, limb, rows, allocator));
        }
      }
      return new VectorSchemaRoot(
          vectors.stream().map(FieldVector::getField).toList(), vectors, rows);
    } catch (RuntimeException e) {
      AutoCloseables.closeNoChecked(() -> AutoCloseables.close(vectors));
      throw e;
    }
  }

  /** What travels beside the batch. */
  public static byte[] header(ShareBatch batch) {
    ByteBuffer header = ByteBuffer.allocate(9 + SEED * seeds(batch.party()));
    header.putInt(MAGIC).put((byte) batch.party()).putInt(batch.rows());
    if (batch.party() != 1) {
      header.put(batch.seed0());
    }
    if (batch.party() != 2) {
      header.put(batch.seed1());
    }
    return header.array();
  }

  /**
   * Reads what {@link #encode} and {@link #header} made; MALFORMED_BATCH names {@code name} and the
   * column for anything else.
   *
   * @param name how messages name the batch
   * @param party the receiving party
   * @param mostRows rows that a batch may have
   */
  public static ShareBatch decode(
      String name, int party, int mostRows, VectorSchemaRoot root, byte[] header) {
    return MalformedBatch.guard(name, () -> read(name, party, mostRows, root, header));
  }

  private static ShareBatch read(
      String name, int party, int mostRows, VectorSchemaRoot root, byte[] header) {
    if (header == null || header.length != 9 + SEED * seeds(party)) {
      throw MalformedBatch.of(name, "its header is incomplete");
    }
    ByteBuffer in = ByteBuffer.wrap(header);
    if (in.getInt() != MAGIC || in.get() != party) {
      throw MalformedBatch.of(name, "its header is not one for party " + party);
    }
    int rows = in.getInt();
    if (rows < 0 || rows > mostRows) {
      throw MalformedBatch.of(name, "it has " + rows + " rows, at most " + mostRows + " may be");
    }
    byte[] seed0 = party == 1 ? null : seed(in);
    byte[] seed1 = party == 2 ? null : seed(in);
    int sent = party == 0 ? 0 : rows;
    if (root.getRowCount() != sent) {
      throw MalformedBatch.of(name, "it has " + root.getRowCount() + " rows instead of " + sent);
    }
    List<Field> fields = root.getSchema().getFields();
    if (fields.size() > MOST_FIELDS) {
      throw MalformedBatch.of(name, "it has " + fields.size() + " vectors");
    }
    List<ColumnShape> shapes = new ArrayList<>();
    List<long[][]> third = new ArrayList<>();
    int at = 0;
    while (at < fields.size()) {
      ColumnShape shape = LimbVectors.shape(name, fields.get(at));
      long[][] limbs = new long[shape.limbs()][];
      for (int k = 0; k < limbs.length; k++) {
        if (at == fields.size() || !fields.get(at).equals(field(shapes.size(), shape, k))) {
          throw MalformedBatch.column(name, "c" + shapes.size(), "has another schema");
        }
        limbs[k] = LimbVectors.read(name, root.getVector(at++), shape, k, sent);
      }
      shapes.add(shape);
      third.add(limbs);
    }
    return new ShareBatch(party, rows, shapes, seed0, seed1, party == 0 ? null : third);
  }

  private static int seeds(int party) {
    return party == 0 ? 2 : 1;
  }

  private static byte[] seed(ByteBuffer in) {
    byte[] seed = new byte[SEED];
    in.get(seed);
    return seed;
  }

  private static Field field(int column, ColumnShape shape, int limb) {
    return LimbVectors.field("c" + column + (limb == 0 ? "" : "." + limb), shape, limb);
  }
}
