package org.trefoil.share.encode;

import java.util.List;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** One bit per row: the row's validity, VALID, BIT and BRANCH. */
final class FlagEncoder implements ColumnEncoder {
  /** Whether a real row's bit is set. */
  private interface Rule {
    boolean set(Object[] row);
  }

  private final Rule rule;

  private FlagEncoder(Rule rule) {
    this.rule = rule;
  }

  /** 1 for every real row, or for none. */
  static FlagEncoder constant(boolean set) {
    return new FlagEncoder(row -> set);
  }

  /** 1 where all outputs are not NULL. */
  static FlagEncoder valid(Cells cells, List<Integer> outputs) {
    int[] at = outputs.stream().mapToInt(Integer::intValue).toArray();
    return new FlagEncoder(
        row -> {
          for (int output : at) {
            if (cells.nullable(row, output) == null) {
              return false;
            }
          }
          return true;
        });
  }

  /** A BOOLEAN; 0 for NULL. */
  static FlagEncoder bit(Cells cells, int output, NumberReader reader) {
    Wide wide = new Wide();
    return new FlagEncoder(
        row -> {
          Object value = cells.nullable(row, output);
          if (value == null) {
            return false;
          }
          reader.read(value, wide);
          return wide.low == 1;
        });
  }

  @Override
  public ColumnShape shape() {
    return ColumnShape.BIT;
  }

  @Override
  public void put(ClearColumn column, int r, Object[] row, long position) {
    if (rule.set(row)) {
      ColumnEncoder.setBit(column, r);
    }
  }
}
