package org.trefoil.jobs;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * TPC-H tables of uniform integers, as research engines generate them: every column but the key is
 * a pseudorandom number below a bound.
 */
final class UniformTpch {
  /** Columns of a table and their bounds; 0 says that the column numbers the rows. */
  private record Shape(long rows, Map<String, Long> columns) {}

  private UniformTpch() {}

  private static Shape shape(String table, double scale) {
    long suppliers = rows(10_000, scale);
    long customers = rows(150_000, scale);
    long orders = rows(1_500_000, scale);
    return switch (table) {
      case "region" -> new Shape(5, columns("r_regionkey", 0, "r_name", 5));
      case "nation" -> new Shape(25, columns("n_nationkey", 0, "n_regionkey", 5, "n_name", 25));
      case "supplier" -> new Shape(suppliers, columns("s_suppkey", 0, "s_nationkey", 25));
      case "customer" ->
          new Shape(customers, columns("c_custkey", 0, "c_nationkey", 25, "c_mktsegment", 5));
      case "orders" ->
          new Shape(
              orders,
              columns(
                  "o_orderkey", 0,
                  "o_custkey", customers,
                  "o_orderdate", 2400,
                  "o_orderpriority", 5,
                  "o_shippriority", 2));
      case "lineitem" ->
          new Shape(
              rows(6_000_000, scale),
              columns(
                  "l_id", 0,
                  "l_orderkey", orders,
                  "l_suppkey", suppliers,
                  "l_quantity", 50,
                  "l_extendedprice", 100_000,
                  "l_discount", 11,
                  "l_tax", 9,
                  "l_returnflag", 3,
                  "l_linestatus", 2,
                  "l_shipdate", 2500,
                  "l_commitdate", 2500,
                  "l_receiptdate", 2500,
                  "l_shipmode", 7));
      default -> throw new IllegalArgumentException(table);
    };
  }

  private static long rows(long atOne, double scale) {
    return Math.max(1, Math.round(atOne * scale));
  }

  private static Map<String, Long> columns(Object... namesAndBounds) {
    Map<String, Long> columns = new LinkedHashMap<>();
    for (int i = 0; i < namesAndBounds.length; i += 2) {
      columns.put((String) namesAndBounds[i], ((Number) namesAndBounds[i + 1]).longValue());
    }
    return columns;
  }

  static Dataset<Row> read(SparkSession spark, String table, double scale) {
    Shape shape = shape(table, scale);
    Column[] columns =
        shape.columns.entrySet().stream()
            .map(
                column ->
                    column.getValue() == 0
                        ? functions.col("id").as(column.getKey())
                        : functions
                            .pmod(
                                functions.xxhash64(
                                    functions.col("id"), functions.lit(column.getKey())),
                                functions.lit(column.getValue()))
                            .as(column.getKey()))
            .toArray(Column[]::new);
    return spark.range(shape.rows).select(columns);
  }

  static String ddl(String table, double scale) {
    return shape(table, scale).columns.keySet().stream()
        .map(name -> name + " BIGINT NOT NULL")
        .collect(Collectors.joining(", "));
  }

  static String key(String table) {
    return shape(table, 1).columns.keySet().iterator().next();
  }

  /** What a policy states of the columns' values. */
  static Map<String, String> bounds(String table, double scale) {
    Shape shape = shape(table, scale);
    Map<String, String> bounds = new LinkedHashMap<>();
    shape.columns.forEach(
        (name, bound) ->
            bounds.put(name, "range: [0, %d]".formatted((bound == 0 ? shape.rows : bound) - 1)));
    return bounds;
  }
}
