package org.trefoil.share.encode;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Words;

/**
 * A join key: the dummy flag on top; below it the columns' slots, the first the most significant,
 * or their hash if they need more bits than there are. A dummy, and a row where one of the columns
 * is NULL, holds its row number within the source: neither equals a key.
 */
final class KeyEncoder implements ColumnEncoder {
  private final Cells cells;
  private final int[] outputs;
  private final SlotWriter[] slots;
  private final ColumnShape shape;
  private final long firstRow;
  private final int slotBits;
  private final long[] plain;
  private final long[] bits;
  private final KeyedHash hash;

  /**
   * @param firstRow the number within the source of the branch's first row
   */
  KeyEncoder(
      Cells cells,
      List<Integer> outputs,
      List<SlotWriter> slots,
      int width,
      long firstRow,
      byte[] hashKey) {
    this.cells = cells;
    this.outputs = outputs.stream().mapToInt(Integer::intValue).toArray();
    this.slots = slots.toArray(new SlotWriter[0]);
    this.shape = ColumnShape.words(width);
    this.firstRow = firstRow;
    this.bits = new long[shape.limbs()];
    this.slotBits = slots.stream().mapToInt(SlotWriter::width).sum();
    this.plain = new long[Words.limbs(slotBits)];
    this.hash = slotBits < width ? null : new KeyedHash(hashKey, "trefoil key 1");
    if (hash != null && width - 1 > KeyedHash.MAX_WIDTH) {
      throw new IllegalArgumentException("a hash has no " + (width - 1) + " bits");
    }
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    for (int output : outputs) {
      if (cells.nullable(row, output) == null) {
        dummy(column, r, position);
        return;
      }
    }
    ColumnEncoder.store(column, r, encode(row));
  }

  @Override
  public void dummy(ClearColumn column, int r, long position) {
    Arrays.fill(bits, 0);
    bits[0] = firstRow + position;
    int flag = shape.width() - 1;
    if (flag < 64 && bits[0] >>> flag != 0) {
      throw new IllegalStateException("row numbers do not fit a key of " + flag + " bits");
    }
    bits[flag >>> 6] |= 1L << flag;
    ColumnEncoder.store(column, r, bits);
  }

  /** The encoded key of a real row, most significant byte first: bytes sort as keys do. */
  byte[] bytes(Object[] row) {
    long[] key = encode(row);
    ByteBuffer bytes = ByteBuffer.allocate(8 * key.length);
    for (int k = key.length - 1; k >= 0; k--) {
      bytes.putLong(key[k]);
    }
    return bytes.array();
  }

  private long[] encode(Object[] row) {
    long[] target = hash == null ? bits : plain;
    Arrays.fill(bits, 0);
    Arrays.fill(plain, 0);
    int offset = slotBits;
    for (int i = 0; i < slots.length; i++) {
      offset -= slots[i].width();
      slots[i].write(cells.present(row, outputs[i]), target, offset);
    }
    if (hash != null) {
      hash.start();
      for (int k = plain.length - 1; k >= 0; k--) {
        hash.add(plain[k]);
      }
      hash.finish(bits, shape.width() - 1);
    }
    return bits;
  }
}
