package org.trefoil.share.encode;

import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** Two's complement of the unscaled value in a ring of 64 or 128 bits; 0 for NULL. */
final class ArithmeticEncoder implements ColumnEncoder {
  private final Cells cells;
  private final int output;
  private final NumberReader reader;
  private final ColumnShape shape;
  private final Wide wide = new Wide();

  ArithmeticEncoder(Cells cells, int output, NumberReader reader, int width) {
    this.cells = cells;
    this.output = output;
    this.reader = reader;
    this.shape = ColumnShape.sums(width);
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    Object value = cells.nullable(row, output);
    if (value == null) {
      return;
    }
    reader.read(value, wide);
    column.limbs()[0][r] = wide.low;
    if (shape.width() == 128) {
      column.limbs()[1][r] = wide.high;
    } else if (wide.high != wide.low >> 63) {
      throw reader.outOfRange();
    }
  }
}
