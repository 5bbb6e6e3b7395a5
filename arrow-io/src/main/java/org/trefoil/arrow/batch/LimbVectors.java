package org.trefoil.arrow.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Words;

/**
 * One limb of one component of a column as an Arrow vector: packed bits for BITS, unsigned integers
 * of 8, 16, 32 or 64 bits for WORDS, of 64 for SUMS. A share is never NULL: fields are not
 * nullable, and Arrow's validity buffers say nothing.
 */
final class LimbVectors {
  private static final String SHAPE = "trefoil.shape";
  private static final String LIMB = "trefoil.limb";
  private static final int WIDEST = 1 << 16;

  private LimbVectors() {}

  static Field field(String name, ColumnShape shape, int limb) {
    ArrowType type =
        shape.kind() == ColumnShape.Kind.BITS
            ? ArrowType.Bool.INSTANCE
            : new ArrowType.Int(8 * bytes(shape), false);
    Map<String, String> metadata =
        Map.of(SHAPE, shape.kind() + ":" + shape.width(), LIMB, Integer.toString(limb));
    return new Field(name, new FieldType(false, type, null, metadata), null);
  }

  /** Bytes of a value of the vector; not for BITS. */
  private static int bytes(ColumnShape shape) {
    if (shape.kind() == ColumnShape.Kind.SUMS || shape.width() > 32) {
      return 8;
    }
    return shape.width() > 16 ? 4 : shape.width() > 8 ? 2 : 1;
  }

  /** The shape that a field's metadata claims. */
  static ColumnShape shape(String batch, Field field) {
    String text = field.getMetadata().getOrDefault(SHAPE, "");
    if (text.matches("(BITS|WORDS|SUMS):[1-9][0-9]{0,5}")) {
      int colon = text.indexOf(':');
      ColumnShape.Kind kind = ColumnShape.Kind.valueOf(text.substring(0, colon));
      int width = Integer.parseInt(text.substring(colon + 1));
      boolean fits =
          switch (kind) {
            case BITS -> width == 1;
            case WORDS -> width <= WIDEST;
            case SUMS -> width == 64 || width == 128;
          };
      if (fits) {
        return new ColumnShape(kind, width);
      }
    }
    throw MalformedBatch.column(batch, name(field), "has no known shape");
  }

  private static String name(Field field) {
    String name = String.valueOf(field.getName());
    return name.matches("[a-z0-9.]{1,40}") ? name : "without a proper name";
  }

  static FieldVector vector(
      Field field, ColumnShape shape, long[] limb, int rows, BufferAllocator allocator) {
    if (limb.length != shape.longsPerLimb(rows)) {
      throw new IllegalArgumentException("a limb of another length");
    }
    FieldVector vector = field.createVector(allocator);
    try (ArrowBuf data = allocator.buffer(Math.max(1, dataBytes(shape, rows)))) {
      write(data, shape, limb, rows);
      vector.loadFieldBuffers(new ArrowFieldNode(rows, 0), List.of(allocator.getEmpty(), data));
      return vector;
    } catch (RuntimeException e) {
      vector.close();
      throw e;
    }
  }

  /** What is allocated and written; BITS are written as whole longs. */
  private static long dataBytes(ColumnShape shape, int rows) {
    return shape.kind() == ColumnShape.Kind.BITS
        ? 8L * shape.longsPerLimb(rows)
        : (long) bytes(shape) * rows;
  }

  private static void write(ArrowBuf data, ColumnShape shape, long[] limb, int rows) {
    int length = Math.toIntExact(dataBytes(shape, rows));
    ByteBuffer target = data.nioBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN);
    if (shape.kind() == ColumnShape.Kind.BITS || bytes(shape) == 8) {
      target.asLongBuffer().put(limb);
    } else if (bytes(shape) == 4) {
      int[] narrow = new int[rows];
      for (int r = 0; r < rows; r++) {
        narrow[r] = (int) limb[r];
      }
      target.asIntBuffer().put(narrow);
    } else if (bytes(shape) == 2) {
      short[] narrow = new short[rows];
      for (int r = 0; r < rows; r++) {
        narrow[r] = (short) limb[r];
      }
      target.asShortBuffer().put(narrow);
    } else {
      byte[] narrow = new byte[rows];
      for (int r = 0; r < rows; r++) {
        narrow[r] = (byte) limb[r];
      }
      target.put(narrow);
    }
    data.writerIndex(length);
  }

  /** Reads a limb; MALFORMED_BATCH if it is not exactly what its shape and the row count say. */
  static long[] read(String batch, FieldVector vector, ColumnShape shape, int limb, int rows) {
    String column = name(vector.getField());
    if (vector.getValueCount() != rows) {
      throw MalformedBatch.column(
          batch, column, "has " + vector.getValueCount() + " rows instead of " + rows);
    }
    if (vector.getNullCount() != 0) {
      throw MalformedBatch.column(batch, column, "has NULLs; shares have none");
    }
    boolean bits = shape.kind() == ColumnShape.Kind.BITS;
    long needed = bits ? (rows + 7L) / 8 : (long) bytes(shape) * rows;
    ArrowBuf data = vector.getDataBuffer();
    if (data.capacity() < needed) {
      throw MalformedBatch.column(
          batch, column, "has " + data.capacity() + " bytes instead of " + needed);
    }
    long[] values = new long[shape.longsPerLimb(rows)];
    int length = Math.toIntExact(needed);
    ByteBuffer source = data.nioBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN);
    if (bits) {
      byte[] padded = new byte[8 * values.length];
      source.get(padded, 0, length);
      ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
      return values;
    }
    switch (bytes(shape)) {
      case 8 -> source.asLongBuffer().get(values);
      case 4 -> {
        int[] narrow = new int[rows];
        source.asIntBuffer().get(narrow);
        for (int r = 0; r < rows; r++) {
          values[r] = Integer.toUnsignedLong(narrow[r]);
        }
      }
      case 2 -> {
        short[] narrow = new short[rows];
        source.asShortBuffer().get(narrow);
        for (int r = 0; r < rows; r++) {
          values[r] = Short.toUnsignedLong(narrow[r]);
        }
      }
      default -> {
        byte[] narrow = new byte[rows];
        source.get(narrow);
        for (int r = 0; r < rows; r++) {
          values[r] = Byte.toUnsignedLong(narrow[r]);
        }
      }
    }
    requireWidth(batch, column, shape, limb, values);
    return values;
  }

  private static void requireWidth(
      String batch, String column, ColumnShape shape, int limb, long[] values) {
    if (shape.kind() == ColumnShape.Kind.SUMS) {
      return;
    }
    long outside = ~Words.mask(shape.width(), limb);
    long stray = 0;
    for (long value : values) {
      stray |= value & outside;
    }
    if (stray != 0) {
      throw MalformedBatch.column(batch, column, "has bits beyond its width of " + shape.width());
    }
  }
}
