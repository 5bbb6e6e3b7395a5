package org.trefoil.share.owner;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/**
 * Splits the encoded columns of a chunk into replicated shares at the owner (Araki et al., CCS
 * 2016, eprint 2016/768).
 *
 * <p>Security: each party's batch is independent of the values; any two parties' batches together
 * give them away. Seeds are fresh for each call, so that two attempts at one chunk have nothing in
 * common. Two words are sent per word of value, component 2 to two parties; components 0 and 1 are
 * seeds.
 */
public final class Sharing {
  private Sharing() {}

  /**
   * Shares the columns of one chunk.
   *
   * @param columns at least one; all have the same number of rows; bits above a column's width are
   *     zero
   * @return the batches of parties 0, 1 and 2
   */
  public static ShareBatch[] share(List<ClearColumn> columns, SecureRandom random) {
    byte[] seed0 = new byte[ShareBatch.SEED_BYTES];
    byte[] seed1 = new byte[ShareBatch.SEED_BYTES];
    random.nextBytes(seed0);
    random.nextBytes(seed1);
    return share(columns, seed0, seed1);
  }

  static ShareBatch[] share(List<ClearColumn> columns, byte[] seed0, byte[] seed1) {
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("there is no column to share");
    }
    int rows = columns.get(0).rows();
    List<ColumnShape> shapes = new ArrayList<>();
    for (ClearColumn column : columns) {
      if (column.rows() != rows) {
        throw new IllegalArgumentException("columns of one chunk have different lengths");
      }
      shapes.add(column.shape());
    }
    SeedExpansion zero = new SeedExpansion(seed0, 0);
    SeedExpansion one = new SeedExpansion(seed1, 1);
    List<long[][]> third = new ArrayList<>();
    for (ClearColumn column : columns) {
      long[][] c0 = zero.next(column.shape(), rows);
      long[][] c1 = one.next(column.shape(), rows);
      third.add(rest(column, c0, c1));
    }
    return new ShareBatch[] {
      new ShareBatch(0, rows, shapes, seed0, seed1, null),
      new ShareBatch(1, rows, shapes, null, seed1, third),
      new ShareBatch(2, rows, shapes, seed0, null, third)
    };
  }

  /** Component 2: the value less the other two. Writes over {@code c0}. */
  private static long[][] rest(ClearColumn column, long[][] c0, long[][] c1) {
    if (column.shape().kind() == ColumnShape.Kind.SUMS) {
      return minus(column.limbs(), c0, c1);
    }
    for (int k = 0; k < c0.length; k++) {
      long[] value = column.limbs()[k];
      long[] a = c0[k];
      long[] b = c1[k];
      for (int i = 0; i < a.length; i++) {
        a[i] ^= value[i] ^ b[i];
      }
      SeedExpansion.trim(column.shape(), column.rows(), k, a);
    }
    return c0;
  }

  private static long[][] minus(long[][] value, long[][] c0, long[][] c1) {
    if (value.length == 1) {
      for (int i = 0; i < c0[0].length; i++) {
        c0[0][i] = value[0][i] - c0[0][i] - c1[0][i];
      }
      return c0;
    }
    for (int i = 0; i < c0[0].length; i++) {
      long low = c0[0][i] + c1[0][i];
      long carry = Long.compareUnsigned(low, c0[0][i]) < 0 ? 1 : 0;
      long high = c0[1][i] + c1[1][i] + carry;
      long borrow = Long.compareUnsigned(value[0][i], low) < 0 ? 1 : 0;
      c0[0][i] = value[0][i] - low;
      c0[1][i] = value[1][i] - high - borrow;
    }
    return c0;
  }
}
