package org.trefoil.share.encode;

import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** PLACE: numbers of rows and dummies alike, which the caller computes. */
final class PlaceEncoder implements ColumnEncoder {
  private final ColumnShape shape;
  private int[] values;
  private long first;

  PlaceEncoder(int width) {
    this.shape = ColumnShape.words(width);
  }

  /** The numbers of the rows from position {@code first} of the padded branch on. */
  void values(int[] values, long first) {
    this.values = values;
    this.first = first;
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    dummy(column, r, position);
  }

  @Override
  public void dummy(ClearColumn column, int r, long position) {
    column.limbs()[0][r] = values[(int) (position - first)];
  }
}
