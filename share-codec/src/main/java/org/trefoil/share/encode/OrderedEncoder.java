package org.trefoil.share.encode;

import java.util.Arrays;
import java.util.List;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** The columns' slots, the first the most significant; a NULL's slot is zero. */
final class OrderedEncoder implements ColumnEncoder {
  private final Cells cells;
  private final int[] outputs;
  private final SlotWriter[] slots;
  private final ColumnShape shape;
  private final long[] bits;

  OrderedEncoder(Cells cells, List<Integer> outputs, List<SlotWriter> slots, int width) {
    this.cells = cells;
    this.outputs = outputs.stream().mapToInt(Integer::intValue).toArray();
    this.slots = slots.toArray(new SlotWriter[0]);
    this.shape = ColumnShape.words(width);
    this.bits = new long[shape.limbs()];
    int total = slots.stream().mapToInt(SlotWriter::width).sum();
    if (total != width) {
      throw new IllegalArgumentException("slots of " + total + " bits in " + width);
    }
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    Arrays.fill(bits, 0);
    int offset = shape.width();
    for (int i = 0; i < slots.length; i++) {
      offset -= slots[i].width();
      Object value = cells.nullable(row, outputs[i]);
      if (value != null) {
        slots[i].write(value, bits, offset);
      }
    }
    ColumnEncoder.store(column, r, bits);
  }
}
