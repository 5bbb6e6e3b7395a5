package org.trefoil.share.column;

/**
 * A column of encoded values in the clear, laid out as its shared form: packed bits for BITS, else
 * one array per limb. Exists only at an owner before sharing and at a recipient after
 * reconstruction.
 */
public record ClearColumn(ColumnShape shape, int rows, long[][] limbs) {
  public static ClearColumn zero(ColumnShape shape, int rows) {
    return new ClearColumn(shape, rows, new long[shape.limbs()][shape.longsPerLimb(rows)]);
  }

  @Override
  public String toString() {
    return "ClearColumn[" + rows + " x " + shape + "]";
  }
}
