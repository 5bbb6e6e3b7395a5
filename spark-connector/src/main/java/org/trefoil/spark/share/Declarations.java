package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * What a descriptor declares of the rows of a table: NOT NULL, and the ranges of the columns that a
 * query reads, but for a table with privacy ({@link Bounded}). Spark relies on NOT NULL of the
 * others too: it makes COUNT of such a column a COUNT(*), which reads none.
 */
final class Declarations {
  /**
   * The position of the first declaration that a row breaks; no column of a source has its name.
   */
  static final String BROKEN = "\0broken";

  private final String table;
  private final List<Field> read;
  private final List<Declaration> all = new ArrayList<>();

  /**
   * A column is not NULL, or in a range.
   *
   * @param range null: it is not NULL
   */
  private record Declaration(Field field, Range range) {
    Column broken(Dataset<Row> rows) {
      Column column = rows.col(FragmentFrame.quoted(field.name()));
      // Where the source itself knows that there are no NULLs, Spark drops this test.
      return range == null
          ? column.isNull()
          : column.lt(lit(range.least())).or(column.gt(lit(range.greatest())));
    }

    TrefoilException error(String table) {
      return range == null
          ? new TrefoilException(
              Condition.NULL_VALUE,
              "Cannot share table "
                  + table
                  + ": column "
                  + field.name()
                  + " is declared NOT NULL and holds NULLs. Correct the declaration or the data.")
          : new TrefoilException(
              Condition.VALUE_OUT_OF_RANGE,
              "Cannot share column "
                  + table
                  + "."
                  + field.name()
                  + ": it holds values outside the range that its policy declares. Correct the"
                  + " range or the data.");
    }
  }

  Declarations(TableDescriptor descriptor, List<Field> read) {
    this.table = descriptor.name();
    this.read = List.copyOf(read);
    for (Field field : read) {
      if (!field.nullable()) {
        all.add(new Declaration(field, null));
      }
      if (field.type().isNumeric() && !new Bounded(descriptor).asked()) {
        descriptor
            .policy()
            .column(field.name())
            .range()
            .ifPresent(range -> all.add(new Declaration(field, range)));
      }
    }
    for (Field field : descriptor.fields()) {
      if (!field.nullable() && read.stream().noneMatch(f -> sameName(f, field))) {
        all.add(new Declaration(field, null));
      }
    }
  }

  private static boolean sameName(Field a, Field b) {
    return a.name().equalsIgnoreCase(b.name());
  }

  /** The columns that are read, and those that tell whether a row breaks a declaration. */
  List<Field> columns() {
    return Stream.concat(read.stream(), all.stream().map(Declaration::field)).distinct().toList();
  }

  /** Of {@link #columns} those that are read, and {@link #BROKEN}. */
  Dataset<Row> marked(Dataset<Row> rows) {
    List<Column> tests = new ArrayList<>();
    all.forEach(declaration -> tests.add(when(declaration.broken(rows), lit(tests.size()))));
    tests.add(lit(null).cast(DataTypes.IntegerType));
    Column first = coalesce(tests.toArray(Column[]::new));
    Stream<Column> kept = read.stream().map(f -> rows.col(FragmentFrame.quoted(f.name())));
    return rows.select(Stream.concat(kept, Stream.of(first.as(BROKEN))).toArray(Column[]::new));
  }

  /** What is thrown by value of {@link #BROKEN}. */
  List<TrefoilException> errors() {
    return all.stream().map(declaration -> declaration.error(table)).toList();
  }
}
