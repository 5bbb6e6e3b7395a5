package org.trefoil.jobs;

import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchColumnType;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * TPC-H tables, made by {@code io.trino.tpch}: the specification's generator, with its column names
 * and types (money is DECIMAL(15,2)).
 */
public final class Tpch {
  /** The eight tables, in the specification's order of reference. */
  public static final List<String> TABLES =
      List.of("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem");

  private Tpch() {}

  /**
   * Generates one table.
   *
   * @param scratch where the specification's {@code .tbl} file is written
   * @param scale the scale factor, such as 0.01
   */
  public static Dataset<Row> read(SparkSession spark, String table, double scale, Path scratch) {
    Path file = scratch.resolve(table + "-" + scale + ".tbl");
    if (!Files.exists(file)) {
      write(TpchTable.getTable(table), scale, file);
    }
    return spark
        .read()
        .option("sep", "|")
        .option("quote", "")
        .schema(readSchema(table))
        .csv(file.toString());
  }

  /** The table's columns as DDL with VARCHAR lengths, as OWNERS.yaml takes it. */
  public static String ddl(String table) {
    return TpchTable.getTable(table).getColumns().stream()
        .map(c -> c.getColumnName() + " " + type(c) + " NOT NULL")
        .collect(Collectors.joining(", "));
  }

  /** The columns of the table's primary key, separated by commas. */
  public static String key(String table) {
    return switch (table) {
      case "region" -> "r_regionkey";
      case "nation" -> "n_nationkey";
      case "supplier" -> "s_suppkey";
      case "customer" -> "c_custkey";
      case "part" -> "p_partkey";
      case "partsupp" -> "ps_partkey, ps_suppkey";
      case "orders" -> "o_orderkey";
      case "lineitem" -> "l_orderkey, l_linenumber";
      default -> throw new IllegalArgumentException(table);
    };
  }

  /**
   * The lines of OWNERS.yaml for a table in a Parquet folder of its name, whose owner {@code
   * o_TABLE} has no other and allows everything.
   *
   * @param bounds by column what its policy states of its values, such as {@code range: [0, 9]}
   */
  public static String owner(String table, String ddl, String key, Map<String, String> bounds) {
    String use = "use: [join, filter, group, aggregate, rank]";
    StringBuilder text = new StringBuilder();
    text.append("  o_%s:\n    tables:\n      %s:\n".formatted(table, table));
    text.append("        source: {format: parquet, path: %s}\n".formatted(table));
    text.append("        schema: \"%s\"\n        keys: [[%s]]\n".formatted(ddl, key));
    text.append("        policy:\n          min-group-size: 1\n");
    if (!bounds.isEmpty()) {
      text.append("          columns:\n");
      bounds.forEach(
          (column, bound) ->
              text.append("            %s: {%s, %s}\n".formatted(column, use, bound)));
    }
    return text.append("          default: {%s}\n".formatted(use)).toString();
  }

  /** A CSV reader takes no VARCHAR. */
  private static String readSchema(String table) {
    return ddl(table).replaceAll("VARCHAR\\(\\d+\\)", "STRING").replace(" NOT NULL", "");
  }

  private static String type(TpchColumn<?> column) {
    TpchColumnType type = column.getType();
    return switch (type.getBase()) {
      case IDENTIFIER -> "BIGINT";
      case INTEGER -> "INT";
      case DATE -> "DATE";
      case DOUBLE -> "DECIMAL(15,2)";
      case VARCHAR -> "VARCHAR(" + type.getPrecision().orElseThrow() + ")";
    };
  }

  private static <E extends TpchEntity> void write(TpchTable<E> table, double scale, Path file) {
    try {
      Files.createDirectories(file.getParent());
      Path partial = file.resolveSibling(file.getFileName() + ".partial");
      try (BufferedWriter out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
        for (E row : table.createGenerator(scale, 1, 1)) {
          out.write(row.toLine());
          out.write('\n');
        }
      }
      Files.move(partial, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
