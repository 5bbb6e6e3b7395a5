package org.trefoil.share.encode;

import java.nio.ByteBuffer;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** ROW_ID, and the ranks of RANK and ENTITY, which the caller computes and puts into the row. */
final class NumberedEncoder implements ColumnEncoder {
  private static final int POSITION = -1;

  private final int at;
  private final ColumnShape shape;

  private NumberedEncoder(int at, int width) {
    if (width > 63) {
      throw new IllegalArgumentException("a rank has at most 63 bits");
    }
    this.at = at;
    this.shape = ColumnShape.words(width);
  }

  static NumberedEncoder position(int width) {
    return new NumberedEncoder(POSITION, width);
  }

  /** The number, a {@code Long}, that lies at place {@code at} of the row. */
  static NumberedEncoder rank(int at, int width) {
    return new NumberedEncoder(at, width);
  }

  /** The number as eight bytes, the highest first. */
  byte[] bytes(Object[] row) {
    return ByteBuffer.allocate(Long.BYTES).putLong(((Number) row[at]).longValue()).array();
  }

  @Override
  public ColumnShape shape() {
    return shape;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    long number = at == POSITION ? position : ((Number) row[at]).longValue();
    if (number < 0 || number >>> shape.width() != 0) {
      throw new IllegalStateException("a rank does not fit " + shape.width() + " bits");
    }
    column.limbs()[0][r] = number;
  }
}
