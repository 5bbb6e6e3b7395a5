package org.trefoil.spark;

import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Date;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** TPC-H's eight tables, each under an owner of its own, and as plain views under their names. */
public final class TpchTables {
  /** Table name to its owner. */
  public static final Map<String, String> OWNERS =
      Map.of(
          "customer", "bank",
          "orders", "shop",
          "lineitem", "warehouse",
          "part", "maker",
          "partsupp", "market",
          "supplier", "broker",
          "nation", "bureau",
          "region", "union_office");

  private static final Map<String, List<String>> KEYS =
      Map.of(
          "customer", List.of("c_custkey"),
          "orders", List.of("o_orderkey"),
          "lineitem", List.of("l_orderkey", "l_linenumber"),
          "part", List.of("p_partkey"),
          "partsupp", List.of("ps_partkey", "ps_suppkey"),
          "supplier", List.of("s_suppkey"),
          "nation", List.of("n_nationkey"),
          "region", List.of("r_regionkey"));

  private TpchTables() {}

  public static void register(SparkSession spark, double scaleFactor) {
    for (TpchTable<?> table : TpchTable.getTables()) {
      register(spark, table, scaleFactor);
    }
  }

  private static <E extends TpchEntity> void register(
      SparkSession spark, TpchTable<E> table, double scaleFactor) {
    List<StructField> fields = new ArrayList<>();
    for (TpchColumn<E> column : table.getColumns()) {
      var type =
          switch (column.getType().getBase()) {
            case IDENTIFIER -> DataTypes.LongType;
            case INTEGER -> DataTypes.IntegerType;
            case DATE -> DataTypes.DateType;
            case DOUBLE -> DataTypes.createDecimalType(15, 2);
            case VARCHAR -> DataTypes.StringType;
          };
      fields.add(DataTypes.createStructField(column.getColumnName(), type, false));
    }
    List<Row> rows = new ArrayList<>();
    for (E entity : table.createGenerator(scaleFactor, 1, 1)) {
      Object[] values = new Object[fields.size()];
      for (int i = 0; i < values.length; i++) {
        TpchColumn<E> column = table.getColumns().get(i);
        values[i] =
            switch (column.getType().getBase()) {
              case IDENTIFIER -> column.getIdentifier(entity);
              case INTEGER -> column.getInteger(entity);
              case DATE -> Date.valueOf(LocalDate.ofEpochDay(column.getDate(entity)));
              case DOUBLE ->
                  BigDecimal.valueOf(column.getDouble(entity)).setScale(2, RoundingMode.HALF_UP);
              case VARCHAR -> column.getString(entity);
            };
      }
      rows.add(RowFactory.create(values));
    }
    Dataset<Row> frame = spark.createDataFrame(rows, DataTypes.createStructType(fields));
    String name = table.getTableName();
    PlainExecution.INSTANCE.add(OWNERS.get(name), name, frame, List.of(KEYS.get(name)), 200);
  }

  /** Makes TPC-H's names stand for Trefoil's tables, or for the same rows in the clear. */
  public static void views(SparkSession spark, boolean secure) {
    OWNERS.forEach(
        (table, owner) ->
            spark
                .table(
                    secure ? "trefoil." + owner + "." + table : PlainExecution.view(owner, table))
                .createOrReplaceTempView(table));
  }
}
