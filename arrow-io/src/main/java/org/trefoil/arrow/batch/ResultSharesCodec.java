package org.trefoil.arrow.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * The columns of one executor's result shares as an Arrow record batch: for every column both
 * components, one vector per limb.
 */
public final class ResultSharesCodec {
  private static final int MOST_FIELDS = 1 << 14;

  private ResultSharesCodec() {}

  /** The batch; the caller closes it. */
  public static VectorSchemaRoot encode(ResultShares result, BufferAllocator allocator) {
    int rows = result.rows();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int c = 0; c < result.columns().size(); c++) {
        SharedColumn column = result.columns().get(c);
        ColumnShape shape = shape(column);
        long[][][] components = components(column);
        for (int h = 0; h < 2; h++) {
          for (int k = 0; k < shape.limbs(); k++) {
            vectors.add(
                LimbVectors.vector(
                    field(c, h, shape, k), shape, components[h][k], rows, allocator));
          }
        }
      }
      return new VectorSchemaRoot(
          vectors.stream().map(FieldVector::getField).toList(), vectors, rows);
    } catch (RuntimeException e) {
      AutoCloseables.closeNoChecked(() -> AutoCloseables.close(vectors));
      throw e;
    }
  }

  /**
   * Reads what {@link #encode} made; MALFORMED_BATCH names {@code name} and the column for anything
   * else. The other arguments travel beside the batch.
   */
  public static ResultShares decode(
      String name,
      int party,
      int rows,
      boolean suppressionMayApply,
      Optional<Sums> heldBack,
      Map<String, Long> metrics,
      VectorSchemaRoot root) {
    return MalformedBatch.guard(
        name,
        () ->
            new ResultShares(
                party,
                rows,
                columns(name, rows, root),
                suppressionMayApply,
                heldBack,
                Map.copyOf(metrics)));
  }

  private static List<SharedColumn> columns(String name, int rows, VectorSchemaRoot root) {
    if (rows < 0 || root.getRowCount() != rows) {
      throw MalformedBatch.of(name, "it has " + root.getRowCount() + " rows instead of " + rows);
    }
    List<Field> fields = root.getSchema().getFields();
    if (fields.size() > MOST_FIELDS) {
      throw MalformedBatch.of(name, "it has " + fields.size() + " vectors");
    }
    List<SharedColumn> columns = new ArrayList<>();
    int at = 0;
    while (at < fields.size()) {
      ColumnShape shape = LimbVectors.shape(name, fields.get(at));
      long[][][] components = new long[2][shape.limbs()][];
      for (int h = 0; h < 2; h++) {
        for (int k = 0; k < shape.limbs(); k++) {
          if (at == fields.size() || !fields.get(at).equals(field(columns.size(), h, shape, k))) {
            throw MalformedBatch.column(name, "c" + columns.size(), "has another schema");
          }
          components[h][k] = LimbVectors.read(name, root.getVector(at++), shape, k, rows);
        }
      }
      columns.add(shape.column(rows, components[0], components[1]));
    }
    return columns;
  }

  private static ColumnShape shape(SharedColumn column) {
    if (column instanceof Bits) {
      return ColumnShape.BIT;
    }
    return column instanceof Words
        ? ColumnShape.words(column.width())
        : ColumnShape.sums(column.width());
  }

  private static long[][][] components(SharedColumn column) {
    if (column instanceof Bits bits) {
      return new long[][][] {{bits.first()}, {bits.second()}};
    }
    if (column instanceof Words words) {
      return new long[][][] {words.first(), words.second()};
    }
    Sums sums = (Sums) column;
    return new long[][][] {sums.first(), sums.second()};
  }

  private static Field field(int column, int half, ColumnShape shape, int limb) {
    return LimbVectors.field(
        "c" + column + (half == 0 ? ".first" : ".second") + (limb == 0 ? "" : "." + limb),
        shape,
        limb);
  }
}
