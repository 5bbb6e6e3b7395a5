package org.trefoil.jobs;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All 22 queries of TPC-H, unmodified, each of the eight tables under an owner of its own, on three
 * embedded executors: one leaf each, and plain Spark's answer, rows in their order. The tables are
 * those of scale 0.01, the smallest whose keys are unique, with a twentieth of the orders and those
 * that the choosiest queries look for, so that no answer is empty. The integration tests run them
 * on processes over all of them.
 */
@Tag("slow")
class TpchQueriesTest {
  /** Some orders in the answers of queries 7, 17, 18, 19 and 21. */
  private static final List<String> CHOSEN =
      List.of(
          """
          SELECT l_orderkey FROM supplier, lineitem, orders, customer, nation n1, nation n2
          WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND c_custkey = o_custkey
            AND s_nationkey = n1.n_nationkey AND c_nationkey = n2.n_nationkey
            AND n1.n_name IN ('FRANCE', 'GERMANY') AND n2.n_name IN ('FRANCE', 'GERMANY')
            AND n1.n_name <> n2.n_name
            AND l_shipdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31'
          """,
          """
          SELECT l_orderkey FROM lineitem, part
          WHERE p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container = 'MED BOX'
            AND (l_quantity <= 4 OR l_quantity >= 30)
          """,
          "SELECT l_orderkey FROM lineitem GROUP BY 1 HAVING sum(l_quantity) > 300",
          """
          SELECT l_orderkey FROM lineitem, part
          WHERE p_partkey = l_partkey AND l_shipmode IN ('AIR', 'AIR REG')
            AND l_shipinstruct = 'DELIVER IN PERSON' AND (
              p_brand = 'Brand#12' AND p_container LIKE 'SM %' AND l_quantity <= 11 AND p_size <= 5
              OR p_brand = 'Brand#23' AND p_container LIKE 'MED %'
                AND l_quantity BETWEEN 10 AND 20 AND p_size <= 10
              OR p_brand = 'Brand#34' AND p_container LIKE 'LG %'
                AND l_quantity BETWEEN 20 AND 30 AND p_size <= 15)
          """,
          """
          SELECT o_orderkey FROM supplier, lineitem l, orders, nation
          WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND o_orderstatus = 'F'
            AND l_receiptdate > l_commitdate AND s_nationkey = n_nationkey
            AND n_name = 'SAUDI ARABIA' AND NOT EXISTS (
              SELECT * FROM lineitem o WHERE o.l_orderkey = l.l_orderkey
                AND o.l_suppkey <> l.l_suppkey AND o.l_receiptdate > o.l_commitdate)
          """);

  private static final int CHOSEN_ORDERS = 40;

  private static final Map<Integer, List<Row>> expected = new HashMap<>();
  private static SparkSession spark;

  @BeforeAll
  static void tables(@TempDir Path folder) throws IOException {
    StringBuilder owners = new StringBuilder("owners:\n");
    for (String table : Tpch.TABLES) {
      owners.append(Tpch.owner(table, Tpch.ddl(table), Tpch.key(table), Map.of()));
    }
    Path file = Files.writeString(folder.resolve("OWNERS.yaml"), owners);
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("tpch")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "ERROR")
            .config("spark.sql.shuffle.partitions", "1")
            // Few rows: compiling the code that Spark generates would take most of the time.
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .config("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog")
            .config("spark.sql.catalog.trefoil.executors", "embedded")
            .config("spark.sql.catalog.trefoil.owners", file.toString())
            .getOrCreate();
    for (String table : Tpch.TABLES) {
      Tpch.read(spark, table, 0.01, folder.resolve("generated")).createOrReplaceTempView(table);
    }
    Set<Long> chosen = new TreeSet<>();
    for (String orders : CHOSEN) {
      spark
          .sql("SELECT DISTINCT * FROM (" + orders + ") ORDER BY 1 LIMIT " + CHOSEN_ORDERS)
          .collectAsList()
          .forEach(row -> chosen.add(row.getLong(0)));
    }
    for (String table : Tpch.TABLES) {
      Dataset<Row> rows = spark.table(table);
      String key = table.equals("orders") ? "o_orderkey" : "l_orderkey";
      if (List.of(rows.columns()).contains(key)) {
        rows = rows.filter(col(key).mod(20).equalTo(3).or(col(key).isin(chosen.toArray())));
      }
      rows.coalesce(1).write().parquet(folder.resolve(table).toString());
      spark.read().parquet(folder.resolve(table).toString()).cache().createOrReplaceTempView(table);
    }
    for (int query = 1; query <= 22; query++) {
      expected.put(query, spark.sql(text(query)).collectAsList());
    }
    for (String table : Tpch.TABLES) {
      spark.table("trefoil.o_" + table + "." + table).createOrReplaceTempView(table);
    }
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22})
  void equalsPlainSpark(int query) throws IOException {
    List<Row> answer = expected.get(query);
    assertThat(answer).isNotEmpty();
    assertThat(answer.get(0).isNullAt(0)).isFalse();
    assertThat(spark.sql(text(query)).collectAsList()).isEqualTo(answer);
  }

  private static String text(int query) throws IOException {
    try (InputStream in = Tpch.class.getResourceAsStream("tpch/q" + query + ".sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
