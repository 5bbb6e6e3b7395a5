package org.trefoil.share.recipient;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Opens columns at a recipient from the three parties' views.
 *
 * <p>Every component comes from two parties and both copies are compared: one executor that alters
 * a share it delivers is caught. Not guaranteed: that the executors computed the right thing.
 */
public final class Reconstruction {
  private Reconstruction() {}

  /**
   * Opens one column.
   *
   * @param views of parties 0, 1, 2
   */
  public static ClearColumn open(List<SharedColumn> views) {
    checkShapes(views, 0);
    return open(views, 0);
  }

  /**
   * Opens every column.
   *
   * @param parties the columns of party 0, of party 1 and of party 2
   */
  public static List<ClearColumn> openAll(List<List<SharedColumn>> parties) {
    int columns = parties.get(0).size();
    for (List<SharedColumn> party : parties) {
      if (party.size() != columns) {
        throw malformed("the executors delivered different numbers of columns");
      }
    }
    List<List<SharedColumn>> views = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      int column = c;
      views.add(parties.stream().map(party -> party.get(column)).toList());
      checkShapes(views.get(c), c);
    }
    List<ClearColumn> opened = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      opened.add(open(views.get(c), c));
    }
    return opened;
  }

  private static void checkShapes(List<SharedColumn> views, int column) {
    if (views.size() != 3) {
      throw new IllegalArgumentException("a column has three views");
    }
    ColumnShape shape = shape(views.get(0));
    int rows = views.get(0).rows();
    for (SharedColumn view : views) {
      if (!shape(view).equals(shape) || view.rows() != rows) {
        throw malformed("the executors delivered column " + column + " in different shapes");
      }
    }
  }

  private static ClearColumn open(List<SharedColumn> views, int column) {
    ColumnShape shape = shape(views.get(0));
    int rows = views.get(0).rows();
    long[][] x0 = agreed(views, 0, shape, rows, column);
    long[][] x1 = agreed(views, 1, shape, rows, column);
    long[][] x2 = agreed(views, 2, shape, rows, column);
    ClearColumn clear = ClearColumn.zero(shape, rows);
    if (shape.kind() == ColumnShape.Kind.SUMS) {
      plus(clear.limbs(), x0, x1, x2);
    } else {
      for (int k = 0; k < x0.length; k++) {
        long[] out = clear.limbs()[k];
        for (int i = 0; i < out.length; i++) {
          out[i] = x0[k][i] ^ x1[k][i] ^ x2[k][i];
        }
      }
      if (shape.kind() == ColumnShape.Kind.BITS && (rows & 63) != 0) {
        long[] out = clear.limbs()[0];
        out[out.length - 1] &= tail(rows);
      }
    }
    return clear;
  }

  /** Component {@code c}, which party c holds first and party c - 1 second; both must agree. */
  private static long[][] agreed(
      List<SharedColumn> views, int c, ColumnShape shape, int rows, int column) {
    int other = (c + 2) % 3;
    long[][] mine = component(views.get(c), true);
    long[][] theirs = component(views.get(other), false);
    long difference = 0;
    for (int k = 0; k < mine.length; k++) {
      for (int i = 0; i < mine[k].length; i++) {
        long word = mine[k][i] ^ theirs[k][i];
        boolean last = i == mine[k].length - 1;
        boolean partial = shape.kind() == ColumnShape.Kind.BITS && last && (rows & 63) != 0;
        difference |= partial ? word & tail(rows) : word;
      }
    }
    if (difference != 0) {
      throw new TrefoilException(
          Condition.SHARES_DIFFER,
          "Cannot reconstruct column "
              + column
              + " of the result: executors "
              + Math.min(c, other)
              + " and "
              + Math.max(c, other)
              + " delivered different copies of component "
              + c
              + ". One of them altered or lost shares: run the query again, and audit both if it"
              + " recurs.");
    }
    return mine;
  }

  private static void plus(long[][] out, long[][] x0, long[][] x1, long[][] x2) {
    for (int i = 0; i < out[0].length; i++) {
      long low01 = x0[0][i] + x1[0][i];
      long low = low01 + x2[0][i];
      out[0][i] = low;
      if (out.length == 2) {
        long carry = Long.compareUnsigned(low01, x0[0][i]) < 0 ? 1 : 0;
        carry += Long.compareUnsigned(low, low01) < 0 ? 1 : 0;
        out[1][i] = x0[1][i] + x1[1][i] + x2[1][i] + carry;
      }
    }
  }

  private static long tail(int rows) {
    return (1L << (rows & 63)) - 1;
  }

  private static ColumnShape shape(SharedColumn column) {
    if (column instanceof Bits) {
      return ColumnShape.BIT;
    }
    return column instanceof Sums
        ? ColumnShape.sums(column.width())
        : ColumnShape.words(column.width());
  }

  private static long[][] component(SharedColumn column, boolean first) {
    if (column instanceof Bits bits) {
      return new long[][] {first ? bits.first() : bits.second()};
    }
    if (column instanceof Sums sums) {
      return first ? sums.first() : sums.second();
    }
    Words words = (Words) column;
    return first ? words.first() : words.second();
  }

  private static TrefoilException malformed(String reason) {
    return new TrefoilException(
        Condition.MALFORMED_SHARES,
        "Cannot reconstruct the result: "
            + reason
            + ". Use the same version of Trefoil on all executors.");
  }
}
