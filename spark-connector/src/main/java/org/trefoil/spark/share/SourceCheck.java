package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * One pass over an owner's table that checks what the descriptor declares of its columns (NOT NULL
 * and range), counts its rows and digests the columns that a query reads. Two passes that agree,
 * one before and one after sharing, show that no rows were lost, read again and different.
 *
 * @param rows of the table
 * @param digest the sum of 64-bit hashes of the rows, whatever their order
 */
record SourceCheck(long rows, BigDecimal digest) {

  /** Runs the pass over the table of {@code frame}. */
  static SourceCheck of(FragmentFrame frame) {
    List<Field> read = frame.columnsRead();
    List<Field> all = frame.columnsKept();
    Dataset<Row> table = frame.table();
    Map<TrefoilException, Column> broken = new LinkedHashMap<>();
    for (Field field : all) {
      Column column = col(FragmentFrame.quoted(field.name()));
      // Where the source itself knows that there are no NULLs, Spark drops this test.
      if (!field.nullable()) {
        broken.put(nullValue(frame, field), column.isNull());
      }
      Range range = range(frame, field);
      if (range != null && field.type().isNumeric() && read.contains(field)) {
        broken.put(
            outOfRange(frame, field),
            column.lt(lit(range.least())).or(column.gt(lit(range.greatest()))));
      }
    }
    List<Column> results = new ArrayList<>();
    Column[] hashed =
        read.stream().map(f -> col(FragmentFrame.quoted(f.name()))).toArray(Column[]::new);
    Column hash = hashed.length == 0 ? lit(0L) : xxhash64(hashed);
    results.add(sum(hash.cast(DataTypes.createDecimalType(20, 0))));
    broken.values().forEach(test -> results.add(count(when(test, 1))));
    Row row = table.agg(count(lit(1)), results.toArray(Column[]::new)).head();
    int at = 2;
    for (TrefoilException error : broken.keySet()) {
      if (row.getLong(at++) > 0) {
        throw error;
      }
    }
    return new SourceCheck(
        row.getLong(0), Objects.requireNonNullElse(row.getDecimal(1), BigDecimal.ZERO));
  }

  /** Throws SOURCE_CHANGED unless the two passes saw the same rows. */
  void verifySame(SourceCheck later, String table) {
    if (!equals(later)) {
      throw changed(table);
    }
  }

  static TrefoilException changed(String table) {
    return new TrefoilException(
        Condition.SOURCE_CHANGED,
        "Cannot share table "
            + table
            + ": its rows changed while they were read. Run the query again, or share a snapshot.");
  }

  private static Range range(FragmentFrame frame, Field field) {
    return frame.descriptor().policy().column(field.name()).range().orElse(null);
  }

  private static TrefoilException nullValue(FragmentFrame frame, Field field) {
    return new TrefoilException(
        Condition.NULL_VALUE,
        "Cannot share table "
            + frame.name()
            + ": column "
            + field.name()
            + " is declared NOT NULL and holds NULLs. Correct the declaration or the data.");
  }

  private static TrefoilException outOfRange(FragmentFrame frame, Field field) {
    return new TrefoilException(
        Condition.VALUE_OUT_OF_RANGE,
        "Cannot share column "
            + frame.name()
            + "."
            + field.name()
            + ": it holds values outside the range that its policy declares. Correct the range or"
            + " the data.");
  }
}
