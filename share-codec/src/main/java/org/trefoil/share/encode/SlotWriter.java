package org.trefoil.share.encode;

import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.Field;

/** Writes one value in Spark's order into its slot of a row's bits. */
abstract sealed class SlotWriter {
  private final int width;

  private SlotWriter(int width) {
    this.width = width;
  }

  static SlotWriter of(Field field, Slot slot, Bounds bounds) {
    return field.type().isBytes() ? new OfBytes(field, slot) : new OfNumber(field, slot, bounds);
  }

  final int width() {
    return width;
  }

  /** ORs the slot's bits of {@code value}, which is not null, into zeros at {@code offset}. */
  abstract void write(Object value, long[] bits, int offset);

  /** The unscaled value less the slot's least. */
  private static final class OfNumber extends SlotWriter {
    private final NumberReader reader;
    private final Wide least;
    private final Wide wide = new Wide();

    OfNumber(Field field, Slot slot, Bounds bounds) {
      super(slot.width());
      if (slot.width() > 128) {
        throw new IllegalArgumentException("a number has no slot of " + slot.width() + " bits");
      }
      reader = new NumberReader(field, bounds);
      least = Wide.of(slot.least());
    }

    @Override
    void write(Object value, long[] bits, int offset) {
      reader.read(value, wide);
      boolean below = wide.lessThan(least);
      wide.subtract(least);
      if (below || !wide.hasWidth(width())) {
        throw reader.outOfRange();
      }
      BitRow.or(bits, offset, width(), wide.high, wide.low);
    }
  }

  /** The bytes, the first one on top, then zeros, then their number: Spark's binary order. */
  private static final class OfBytes extends SlotWriter {
    private final StringReader reader;
    private final int greatest;
    private final int lengthBits;

    OfBytes(Field field, Slot slot) {
      super(slot.width());
      reader = new StringReader(field);
      greatest = slot.stringBytes();
      lengthBits = slot.width() - 8 * greatest;
    }

    @Override
    void write(Object value, long[] bits, int offset) {
      byte[] bytes = reader.read(value);
      if (bytes.length > greatest) {
        throw reader.tooLong(greatest);
      }
      BitRow.or(bits, offset, lengthBits, 0, bytes.length);
      int at = offset + lengthBits + 8 * greatest;
      for (byte b : bytes) {
        at -= 8;
        BitRow.or(bits, at, 8, 0, b & 0xff);
      }
    }
  }
}
