package org.trefoil.spark;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Verb;

/**
 * Small tables of four owners, one of them with k = 5, with NULLs, negative decimals and non-ASCII
 * strings.
 */
public final class WardTables {
  private WardTables() {}

  public static void register(SparkSession spark) {
    spark.conf().set("spark.sql.catalog.trefoil", PlainCatalog.class.getName());
    PlainExecution plain = PlainExecution.INSTANCE;
    plain.add("north", "patients", patients(spark, 0, 40), List.of(List.of("id")), 40);
    plain.add("west", "patients", patients(spark, 1000, 25), List.of(List.of("id")), 20);
    plain.add(
        "east",
        "patients",
        patients(spark, 2000, 30),
        List.of(List.of("id")),
        20,
        ColumnPolicy.of(Verb.values()),
        Map.of(),
        5);
    Dataset<Row> visits =
        spark
            .range(0, 120)
            .selectExpr(
                "id AS visit",
                "CASE WHEN id % 11 = 0 THEN NULL ELSE id % 45 END AS patient",
                "CAST(CASE WHEN id % 7 = 0 THEN NULL ELSE (id - 50) * 1.25D END AS DECIMAL(10,2))"
                    + " AS fee",
                "CASE WHEN id % 4 = 0 THEN 'Röntgen' WHEN id % 4 = 1 THEN 'lab'"
                    + " WHEN id % 4 = 2 THEN NULL ELSE '' END AS kind");
    plain.add("south", "visits", visits, List.of(List.of("visit")), 16);
    Dataset<Row> scans =
        spark
            .range(0, 9)
            .selectExpr(
                "id AS patient",
                "CAST(CAST(id AS STRING) AS BINARY) AS photo",
                "CAST(id AS FLOAT) AS dose",
                "array(id) AS tags",
                "map(id, id) AS marks",
                "named_struct('a', id) AS parts",
                "CASE WHEN id >= 0 THEN INTERVAL '1' DAY END AS waited",
                "TIMESTAMP_NTZ '2024-01-01 00:00:00' AS taken",
                "'x' COLLATE UTF8_LCASE AS code");
    plain.add("south", "scans", scans, List.of(List.of("patient")), 16);
    spark.range(0, 10).selectExpr("id", "concat('l', id) AS label").createOrReplaceTempView("mine");
  }

  private static Dataset<Row> patients(SparkSession spark, int from, int rows) {
    return spark
        .range(from, from + rows)
        .selectExpr(
            "id",
            "concat('p', id) AS name",
            "CASE WHEN id % 5 = 0 THEN NULL WHEN id % 5 < 3 THEN 'Süd' ELSE 'Nord' END AS ward",
            "CASE WHEN id % 6 = 0 THEN NULL ELSE CAST(20 + id % 50 AS INT) END AS age",
            "CAST(CASE WHEN id % 9 = 0 THEN NULL ELSE (id % 17 - 8) * 10.5D END AS DECIMAL(12,2))"
                + " AS cost",
            "CASE WHEN id % 8 = 0 THEN NULL ELSE date_add(DATE '2024-01-28', CAST(id % 400 AS"
                + " INT)) END AS admitted",
            "CASE WHEN id % 3 = 0 THEN NULL ELSE id % 2 = 0 END AS vip",
            "timestamp_seconds(1700000000 + id * 5000) AS seen");
  }
}
