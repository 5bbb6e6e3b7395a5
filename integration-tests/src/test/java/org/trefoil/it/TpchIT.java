package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.jobs.Tpch;

/**
 * TPC-H's 22 queries at scale 0.01, each of the eight tables under an owner of its own, on real
 * processes; some with adaptive execution.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TpchIT {
  private static final Set<Integer> ADAPTIVE = Set.of(1, 3, 5, 6, 10, 12, 14, 19);

  private KeptCluster cluster;
  private SparkSession spark;
  private Path folder;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    try (SparkSession writer =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .getOrCreate()) {
      for (String table : Tpch.TABLES) {
        Tpch.read(writer, table, 0.01, folder).write().parquet(folder.resolve(table).toString());
      }
    }
    Path owners = Files.writeString(folder.resolve("OWNERS.yaml"), ownersFile());
    cluster = KeptCluster.start(folder.resolve("cluster"), owners);
    spark = cluster.analyst();
  }

  @AfterAll
  void stop() throws IOException, InterruptedException {
    if (spark != null) {
      spark.stop();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  static Stream<Arguments> queries() {
    return IntStream.rangeClosed(1, 22).mapToObj(q -> Arguments.of("q" + q, ADAPTIVE.contains(q)));
  }

  @ParameterizedTest(name = "{0}, adaptive execution {1}")
  @MethodSource("queries")
  void equalsPlainSpark(String query, boolean adaptive) throws IOException {
    spark.conf().set("spark.sql.adaptive.enabled", adaptive);
    String sql = text(query);
    for (String table : Tpch.TABLES) {
      spark.read().parquet(folder.resolve(table).toString()).createOrReplaceTempView(table);
    }
    List<Row> expected = spark.sql(sql).collectAsList();
    for (String table : Tpch.TABLES) {
      spark.table("trefoil.o_" + table + "." + table).createOrReplaceTempView(table);
    }
    List<Row> revealed = spark.sql(sql).collectAsList();
    assertThat(expected).isNotEmpty();
    // No part that Q17 asks for is sold at this scale.
    assertThat(expected.get(0).isNullAt(0)).isEqualTo(query.equals("q17"));
    assertThat(revealed).isEqualTo(expected);
  }

  @Test
  void someOfThemFromPySparkAndSparkConnect(@TempDir Path scratch) throws Exception {
    Python.passes(
        "tpch",
        Map.of(
            "TREFOIL_ANALYST", cluster.properties().toString(),
            "TREFOIL_TPCH", folder.toString(),
            "TREFOIL_QUERIES",
                Command.home().resolve("jobs/src/main/resources/org/trefoil/jobs/tpch").toString()),
        scratch);
  }

  private static String text(String query) throws IOException {
    try (InputStream in = Tpch.class.getResourceAsStream("tpch/" + query + ".sql")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      // So few orders at this scale have as much as the specification asks for.
      return query.equals("q18") ? text.replace("> 300", "> 270") : text;
    }
  }

  private static String ownersFile() {
    StringBuilder text = new StringBuilder("owners:\n");
    for (String table : Tpch.TABLES) {
      text.append(Tpch.owner(table, Tpch.ddl(table), Tpch.key(table), Map.of()));
    }
    return text.toString();
  }
}
