package org.trefoil.bench;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** A party's shares of a benchmark's result on their way to who started it. */
final class ResultFile {
  private ResultFile() {}

  static void write(Path file, List<SharedColumn> columns) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(columns.size());
      for (SharedColumn column : columns) {
        if (column instanceof Bits bits) {
          shape(out, ColumnShape.Kind.BITS, column);
          limbs(out, new long[][] {bits.first()});
          limbs(out, new long[][] {bits.second()});
        } else if (column instanceof Words words) {
          shape(out, ColumnShape.Kind.WORDS, column);
          limbs(out, words.first());
          limbs(out, words.second());
        } else if (column instanceof Sums sums) {
          shape(out, ColumnShape.Kind.SUMS, column);
          limbs(out, sums.first());
          limbs(out, sums.second());
        }
      }
    }
  }

  private static void shape(DataOutputStream out, ColumnShape.Kind kind, SharedColumn column)
      throws IOException {
    out.writeInt(kind.ordinal());
    out.writeInt(column.width());
    out.writeInt(column.rows());
  }

  private static void limbs(DataOutputStream out, long[][] limbs) throws IOException {
    for (long[] limb : limbs) {
      ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * limb.length);
      bytes.asLongBuffer().put(limb);
      out.write(bytes.array());
    }
  }

  static List<SharedColumn> read(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      List<SharedColumn> columns = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        ColumnShape.Kind kind = ColumnShape.Kind.values()[in.readInt()];
        ColumnShape shape = new ColumnShape(kind, in.readInt());
        int rows = in.readInt();
        long[][] first = limbs(in, shape, rows);
        long[][] second = limbs(in, shape, rows);
        columns.add(shape.column(rows, first, second));
      }
      return columns;
    }
  }

  private static long[][] limbs(DataInputStream in, ColumnShape shape, int rows)
      throws IOException {
    long[][] limbs = new long[shape.limbs()][shape.longsPerLimb(rows)];
    for (long[] limb : limbs) {
      byte[] bytes = in.readNBytes(Long.BYTES * limb.length);
      ByteBuffer.wrap(bytes).asLongBuffer().get(limb);
    }
    return limbs;
  }
}
