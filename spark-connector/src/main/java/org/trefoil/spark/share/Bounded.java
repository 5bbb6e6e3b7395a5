package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;

/**
 * What single entities add to a query over a table with {@code privacy}, bounded before anything is
 * shared: a value outside the range that its column declares is moved to the nearest in it, rather
 * than to fail, which would tell of it; and of an entity's rows that the conditions leave as many
 * stay as the policy says. Which ones depends on these rows alone, so that no entity decides on
 * another's. Rows without an entity are left out.
 */
final class Bounded {
  private static final String PLACE = "\0place";

  private final TableDescriptor table;

  Bounded(TableDescriptor table) {
    this.table = table;
  }

  boolean asked() {
    return table.policy().privacy().isPresent();
  }

  /** A column of the table as the query sees it. */
  Column value(Field field, Column read) {
    if (!asked()
        || !(field.type().isNumeric() || isDate(field))
        || table.policy().column(field.name()).range().isEmpty()) {
      return read;
    }
    Bounds bounds = Bounds.ofRange(table.policy().column(field.name()).range().get(), field.type());
    Column least = lit(literal(bounds.least(), field));
    Column greatest = lit(literal(bounds.greatest(), field));
    var type = SparkTypes.toSpark(field.type());
    return when(read.lt(least), least.cast(type))
        .when(read.gt(greatest), greatest.cast(type))
        .otherwise(read);
  }

  private static boolean isDate(Field field) {
    return field.type().kind() == DataType.Kind.DATE;
  }

  private static Object literal(BigInteger unscaled, Field field) {
    return isDate(field)
        ? LocalDate.ofEpochDay(unscaled.longValueExact())
        : new BigDecimal(unscaled, field.type().scale());
  }

  /**
   * The rows that count.
   *
   * @param entity the columns that say whom a row is about
   */
  Dataset<Row> rows(Dataset<Row> rows, List<String> entity) {
    if (!asked() || entity.isEmpty()) {
      return rows;
    }
    Column[] all = Arrays.stream(rows.columns()).map(rows::col).toArray(Column[]::new);
    Column[] whom = entity.stream().map(rows::col).toArray(Column[]::new);
    Column known = lit(true);
    for (Column column : whom) {
      known = known.and(column.isNotNull());
    }
    return rows.filter(known)
        .withColumn(PLACE, row_number().over(Window.partitionBy(whom).orderBy(xxhash64(all))))
        .filter(col(FragmentFrame.quoted(PLACE)).leq(table.policy().privacy().get().rows()))
        .drop(PLACE);
  }
}
