package org.trefoil.share.encode;

import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/**
 * Encodes one shared column row by row. A dummy row is left zero unless the form says otherwise.
 */
interface ColumnEncoder {
  ColumnShape shape();

  /**
   * Encodes a real row.
   *
   * @param r position in the chunk
   * @param position in the padded branch
   */
  void put(ClearColumn column, int r, Object[] row, long position);

  default void dummy(ClearColumn column, int r, long position) {}

  static void setBit(ClearColumn column, int r) {
    column.limbs()[0][r >>> 6] |= 1L << r;
  }

  static void store(ClearColumn column, int r, long[] bits) {
    for (int k = 0; k < bits.length; k++) {
      column.limbs()[k][r] = bits[k];
    }
  }
}
