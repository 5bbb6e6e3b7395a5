package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * Dense ranks, computed in the owner's own Spark: the distinct keys are numbered and joined back.
 */
final class RankColumns {
  private RankColumns() {}

  /** Adds the dense rank of {@code columns} from 0, in Spark's order with NULLs first. */
  static Dataset<Row> rank(Dataset<Row> rows, List<String> columns, String name) {
    return rows.join(numbered(rows, columns, name), same(rows, columns, name, true), "left_outer")
        .drop(keys(columns, name));
  }

  /** Adds 1 + the dense rank of {@code columns}; 0 where one of them is NULL. */
  static Dataset<Row> entity(Dataset<Row> rows, List<String> columns, String name) {
    Dataset<Row> known = rows.na().drop(columns.toArray(String[]::new));
    return rows.join(numbered(known, columns, name), same(rows, columns, name, false), "left_outer")
        .drop(keys(columns, name))
        .withColumn(name, coalesce(col(name).plus(lit(1L)), lit(0L)));
  }

  private static Dataset<Row> numbered(Dataset<Row> rows, List<String> columns, String name) {
    Column[] keys = new Column[columns.size()];
    Column[] order = new Column[columns.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = col(columns.get(i)).as(key(name, i));
      order[i] = col(key(name, i)).asc_nulls_first();
    }
    return rows.select(keys)
        .distinct()
        .withColumn(name, row_number().over(Window.orderBy(order)).cast("bigint").minus(lit(1L)));
  }

  private static Column same(
      Dataset<Row> rows, List<String> columns, String name, boolean nullSafe) {
    Column all = lit(true);
    for (int i = 0; i < columns.size(); i++) {
      Column left = rows.col(columns.get(i));
      Column right = col(key(name, i));
      all = all.and(nullSafe ? left.eqNullSafe(right) : left.equalTo(right));
    }
    return all;
  }

  private static String[] keys(List<String> columns, String name) {
    String[] keys = new String[columns.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = key(name, i);
    }
    return keys;
  }

  private static String key(String name, int i) {
    return name + "_key" + i;
  }
}
