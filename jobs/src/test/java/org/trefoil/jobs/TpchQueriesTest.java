package org.trefoil.jobs;

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
 * those of scale 0.01, the smallest whose keys are unique, with a twentieth of the orders. The
 * integration tests run them on processes over all of them.
 */
@Tag("slow")
class TpchQueriesTest {
  /** These choose so few rows that there are none among so few orders, and the answer is empty. */
  private static final Set<Integer> EMPTY = Set.of(7, 17, 18, 19, 21);

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
      Dataset<Row> rows = Tpch.read(spark, table, 0.01, folder.resolve("generated"));
      String key = table.equals("orders") ? "o_orderkey" : "l_orderkey";
      if (List.of(rows.columns()).contains(key)) {
        rows = rows.filter(key + " % 20 = 3");
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
    assertThat(answer.isEmpty() || answer.get(0).isNullAt(0)).isEqualTo(EMPTY.contains(query));
    assertThat(spark.sql(text(query)).collectAsList()).isEqualTo(answer);
  }

  private static String text(int query) throws IOException {
    try (InputStream in = Tpch.class.getResourceAsStream("tpch/q" + query + ".sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
