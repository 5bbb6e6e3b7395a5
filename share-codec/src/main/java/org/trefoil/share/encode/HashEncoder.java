package org.trefoil.share.encode;

import java.util.Arrays;
import java.util.List;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/**
 * The keyed hash of a tuple of columns. A NULL is written as the byte 0; any other value as the
 * byte 1 and the unscaled value in 16 bytes, or a string's length in 4 bytes and its bytes.
 */
final class HashEncoder implements ColumnEncoder {
  private final Cells cells;
  private final int[] outputs;
  private final NumberReader[] numbers;
  private final StringReader[] strings;
  private final ColumnShape shape;
  private final KeyedHash hash;
  private final long[] bits;
  private final Wide wide = new Wide();

  /**
   * @param numbers by place among {@code outputs}; null where {@code strings} has a reader
   */
  HashEncoder(
      Cells cells,
      List<Integer> outputs,
      NumberReader[] numbers,
      StringReader[] strings,
      int width,
      byte[] hashKey) {
    if (width > KeyedHash.MAX_WIDTH) {
      throw new IllegalArgumentException("a hash has no " + width + " bits");
    }
    this.cells = cells;
    this.outputs = outputs.stream().mapToInt(Integer::intValue).toArray();
    this.numbers = numbers;
    this.strings = strings;
    this.shape = ColumnShape.words(width);
    this.hash = new KeyedHash(hashKey, "trefoil tuple 1");
    this.bits = new long[shape.limbs()];
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    hash.start();
    for (int i = 0; i < outputs.length; i++) {
      add(i, cells.nullable(row, outputs[i]));
    }
    Arrays.fill(bits, 0);
    hash.finish(bits, shape.width());
    ColumnEncoder.store(column, r, bits);
  }

  private void add(int i, Object value) {
    if (value == null) {
      hash.add((byte) 0);
      return;
    }
    hash.add((byte) 1);
    if (strings[i] != null) {
      byte[] bytes = strings[i].read(value);
      hash.add(bytes.length);
      hash.add(bytes);
    } else {
      numbers[i].read(value, wide);
      hash.add(wide.high);
      hash.add(wide.low);
    }
  }
}
