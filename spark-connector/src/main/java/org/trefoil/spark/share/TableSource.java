package org.trefoil.spark.share;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;

/**
 * Opens an owner's table with the owner's Spark. Columns are found by name, also in a CSV file with
 * a header whose order differs from the declared one. Records that do not fit the schema are an
 * error unless the source's options say otherwise: read as NULL they would make sums wrong without
 * a word.
 */
final class TableSource {
  private static final List<String> TEXT_FORMATS = List.of("csv", "json", "xml");

  private final OwnedTable table;

  TableSource(OwnedTable table) {
    this.table = table;
  }

  String name() {
    return table.name();
  }

  /** Where the owner keeps what earlier runs were over. */
  Optional<String> history() {
    return table.history();
  }

  /**
   * The table as everybody may know it, its size padded as its policy says; reads the schema, if it
   * is not declared, and the size.
   */
  TableDescriptor describe(SparkSession session) {
    try {
      if (table.policy().contributors().isPresent()) {
        long capacity = table.policy().contributors().get().capacity();
        return table.descriptor(table.declared().orElseThrow(), capacity);
      }
      if (table.declared().isPresent()) {
        List<Field> fields = table.declared().get();
        return table.descriptor(fields, padded(open(session, fields)));
      }
      List<Field> fields = new ArrayList<>();
      Map<String, String> others = new LinkedHashMap<>();
      Dataset<Row> read = load(reader(session, Optional.empty()));
      for (StructField field : read.schema().fields()) {
        SourceTypes.inferred(field)
            .ifPresentOrElse(
                type -> fields.add(new Field(field.name(), type, field.nullable())),
                () -> others.put(field.name(), field.dataType().sql()));
      }
      return table.descriptor(fields, others, padded(read));
    } catch (Exception e) {
      throw SourceErrors.of("read", table.name(), e);
    }
  }

  private long padded(Dataset<Row> rows) {
    return PaddedSize.of(table.policy(), rows.count());
  }

  /** The columns {@code fields} of the table, under these names and with these types. */
  Dataset<Row> open(SparkSession session, List<Field> fields) {
    Dataset<Row> read =
        isCsv() && table.schema().isPresent()
            ? csv(session)
            : load(reader(session, table.schema()));
    List<Column> columns = new ArrayList<>();
    for (Field field : fields) {
      StructField found = find(read.schema(), field.name());
      Column column = read.col(FragmentFrame.quoted(found.name()));
      var wanted = SparkTypes.toSpark(field.type());
      if (!found.dataType().equals(wanted)) {
        if (!SourceTypes.castIsSafe(found.dataType(), wanted)) {
          throw new TrefoilException(
              Condition.SOURCE_FAILED,
              "Cannot read column "
                  + table.name()
                  + "."
                  + field.name()
                  + " as "
                  + field.type().sql()
                  + ": the source has "
                  + found.dataType().sql()
                  + ", and the conversion could change values. Declare the source's type.");
        }
        column = column.cast(wanted);
      }
      columns.add(column.as(field.name()));
    }
    return read.select(columns.toArray(Column[]::new));
  }

  private DataFrameReader reader(SparkSession session, Optional<String> schema) {
    DataFrameReader reader = session.read().format(table.format());
    if (isText()) {
      if (option("mode").isEmpty()) {
        reader.option("mode", "FAILFAST");
      }
      if (schema.isPresent()) {
        reader.schema(asStrings(StructType.fromDDL(SchemaText.forSpark(schema.get()))));
      } else if (isCsv() && option("inferSchema").isEmpty()) {
        reader.option("inferSchema", "true");
      }
    }
    return reader.options(table.options());
  }

  /** A CSV file with a header is read in the header's order, whatever order is declared. */
  private Dataset<Row> csv(SparkSession session) {
    StructType declared =
        asStrings(StructType.fromDDL(SchemaText.forSpark(table.schema().orElseThrow())));
    if (!option("header").orElse("false").equalsIgnoreCase("true")) {
      return load(reader(session, table.schema()));
    }
    DataFrameReader names =
        session
            .read()
            .format(table.format())
            .options(table.options())
            .option("inferSchema", "false");
    StructType inFile = new StructType();
    for (String name : load(names).columns()) {
      Optional<StructField> field =
          Arrays.stream(declared.fields()).filter(f -> f.name().equalsIgnoreCase(name)).findFirst();
      inFile =
          inFile.add(name, field.map(StructField::dataType).orElse(DataTypes.StringType), true);
    }
    DataFrameReader reader = session.read().format(table.format());
    if (option("mode").isEmpty()) {
      reader.option("mode", "FAILFAST");
    }
    // Files of one folder may differ in their headers: each is checked against this order.
    return load(reader.option("enforceSchema", "false").options(table.options()).schema(inFile));
  }

  private Dataset<Row> load(DataFrameReader reader) {
    return table.path().isPresent() ? reader.load(table.path().get()) : reader.load();
  }

  private StructField find(StructType schema, String name) {
    List<StructField> same =
        Arrays.stream(schema.fields()).filter(f -> f.name().equalsIgnoreCase(name)).toList();
    if (same.size() > 1) {
      List<StructField> exact = same.stream().filter(f -> f.name().equals(name)).toList();
      same = exact.isEmpty() ? same : exact;
    }
    if (same.size() != 1) {
      throw new TrefoilException(
          Condition.SOURCE_FAILED,
          "Cannot read column "
              + table.name()
              + "."
              + name
              + ": the source has "
              + (same.isEmpty() ? "no column" : "several columns")
              + " of that name.");
    }
    return same.get(0);
  }

  private boolean isCsv() {
    return table.format().equalsIgnoreCase("csv");
  }

  private boolean isText() {
    return TEXT_FORMATS.contains(table.format().toLowerCase(Locale.ROOT));
  }

  private Optional<String> option(String key) {
    return table.options().entrySet().stream()
        .filter(e -> e.getKey().equalsIgnoreCase(key))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** A text source's schema may not say VARCHAR(n): the length is kept by the descriptor. */
  private static StructType asStrings(StructType schema) {
    StructType plain = new StructType();
    for (StructField field : schema.fields()) {
      boolean sized =
          field.dataType() instanceof org.apache.spark.sql.types.VarcharType
              || field.dataType() instanceof org.apache.spark.sql.types.CharType;
      plain =
          plain.add(
              field.name(), sized ? DataTypes.StringType : field.dataType(), field.nullable());
    }
    return plain;
  }

  @Override
  public String toString() {
    return "TableSource[" + table.name() + ", " + table.format() + "]";
  }
}
