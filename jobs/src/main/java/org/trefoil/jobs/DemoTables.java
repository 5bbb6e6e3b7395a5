package org.trefoil.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** The demo's three owners: a bank with Parquet, a shop with CSV, a carrier with a database. */
final class DemoTables {
  /** The owners' least group size. */
  static final int K = 5;

  private DemoTables() {}

  /** Writes OWNERS.yaml; returns its path. */
  static Path writeOwners(Path folder, DemoDatabase database) {
    String jdbc =
        database.options().entrySet().stream()
            .map(option -> option.getKey() + ": \"" + option.getValue() + "\"")
            .collect(Collectors.joining(", "));
    String text =
        """
        owners:
          bank:
            tables:
              customer:
                source: {format: parquet, path: customer.parquet}
                schema: "%s"
                keys: [[c_custkey]]
                policy:
                  min-group-size: %d
                  columns:
                    c_custkey:    {use: [join]}
                    c_mktsegment: {use: [group, filter]}
                    c_acctbal:    {use: [filter, aggregate], range: [-1000, 10000]}
          shop:
            tables:
              orders:
                source: {format: csv, path: orders.csv, options: {header: "true"}}
                schema: "%s"
                keys: [[o_orderkey]]
                policy:
                  min-group-size: %d
                  columns:
                    o_orderkey:      {use: [join]}
                    o_custkey:       {use: [join]}
                    o_orderdate:     {use: [filter]}
                    o_orderpriority: {use: [group]}
          carrier:
            tables:
              lineitem:
                source: {format: jdbc, options: {dbtable: LINEITEM, %s}}
                schema: "%s"
                policy:
                  min-group-size: %d
                  columns:
                    l_orderkey:      {use: [join]}
                    l_shipdate:      {use: [filter]}
                    l_quantity:      {use: [aggregate], range: [0, 100]}
                    l_extendedprice: {use: [aggregate], range: [0, 1000000]}
                    l_discount:      {use: [aggregate], range: [0, 1]}
        """
            .formatted(
                Tpch.ddl("customer"), K, Tpch.ddl("orders"), K, jdbc, Tpch.ddl("lineitem"), K);
    try {
      return Files.writeString(folder.resolve("OWNERS.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills the three sources; returns the same tables in the clear under {@code owner.table}. */
  static Map<String, Dataset<Row>> create(
      SparkSession spark, double scale, Path folder, DemoDatabase database) {
    Dataset<Row> customer = Tpch.read(spark, "customer", scale, folder);
    customer.write().parquet(folder.resolve("customer.parquet").toString());
    Dataset<Row> orders = Tpch.read(spark, "orders", scale, folder);
    orders.write().option("header", "true").csv(folder.resolve("orders.csv").toString());
    Dataset<Row> lineitem = Tpch.read(spark, "lineitem", scale, folder);
    lineitem
        .write()
        .format("jdbc")
        .options(database.options())
        .option("dbtable", "LINEITEM")
        .mode(SaveMode.Overwrite)
        .save();
    Map<String, Dataset<Row>> clear = new LinkedHashMap<>();
    clear.put("bank.customer", customer);
    clear.put("shop.orders", orders);
    clear.put("carrier.lineitem", lineitem);
    return clear;
  }

  static void remove(Path folder) {
    try {
      FileUtils.deleteDirectory(folder.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
