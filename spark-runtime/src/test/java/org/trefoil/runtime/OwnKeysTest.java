package org.trefoil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Results for a recipient's own keys, and recipients, through SQL and three embedded executors: the
 * police learn which of their suspects is an informant of the aid's, who are never fewer than 5.
 */
class OwnKeysTest {
  private static final String OWNERS =
      """
      owners:
        police:
          tables:
            suspects:
              source: {format: csv, path: suspects.csv, options: {header: "true"}}
              schema: "file INT NOT NULL, name VARCHAR(20) NOT NULL"
              keys: [[file]]
              policy:
                min-group-size: 1
                own-keys: {to: [police], max-keys: 100}
                recipients: [analyst, press, aid]
                default: {use: [join, group, filter]}
        aid:
          tables:
            informants:
              source: {format: csv, path: informants.csv, options: {header: "true"}}
              schema: "name VARCHAR(20) NOT NULL, risk INT NOT NULL, home VARCHAR(10) NOT NULL"
              keys: [[name]]
              policy:
                min-group-size: 5
                own-keys: {to: [police], max-keys: 4, runs-per-day: 10}
                recipients: [analyst, police, press]
                columns:
                  name: {use: [join, aggregate, own-keys]}
                  risk: {use: [aggregate, rank, own-keys], range: [0, 9]}
                  home: {use: [aggregate, rank, group, filter]}
      """;

  @TempDir static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void start() throws Exception {
    Files.writeString(folder.resolve("suspects.csv"), "file,name\n1,Ann\n2,Bob\n3,Cid\n4,Ann\n");
    Files.writeString(
        folder.resolve("informants.csv"), "name,risk,home\nAnn,7,north\nCid,2,south\nEve,9,west\n");
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "ERROR")
            .config("spark.sql.shuffle.partitions", "1")
            // Few rows: compiling the code that Spark generates would take most of the time.
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog")
            .config("spark.sql.catalog.trefoil.executors", "embedded")
            .config(
                "spark.sql.catalog.trefoil.owners",
                Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS).toString())
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static Dataset<Row> read(String recipients, String reveal, String sql) {
    return spark
        .read()
        .format("trefoil")
        .option("recipients", recipients)
        .option("reveal", reveal)
        .option("query", sql)
        .load();
  }

  private static List<String> answer(String sql) {
    return read("police", "own-keys", sql).collectAsList().stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  private static void refused(Dataset<Row> query, String... words) {
    assertThatThrownBy(query::collectAsList).hasMessageContainingAll(words);
  }

  private static final String FROM =
      " FROM trefoil.police.suspects s LEFT JOIN trefoil.aid.informants i ON i.name = s.name";

  @Test
  void theRecipientLearnsOneAttributeOfItsOwnKeys() {
    assertThat(answer("SELECT s.file, max(i.risk) AS risk" + FROM + " GROUP BY s.file"))
        .containsExactly("[1,7]", "[2,null]", "[3,2]", "[4,7]");
    assertThat(answer("SELECT s.name, count(i.name) AS known" + FROM + " GROUP BY s.name"))
        .containsExactly("[Ann,2]", "[Bob,0]", "[Cid,1]");
    assertThat(
            answer(
                "SELECT s.file, count(*) AS hits"
                    + FROM.replace("LEFT JOIN", "JOIN")
                    + " GROUP BY s.file"))
        .containsExactly("[1,1]", "[3,1]", "[4,1]");
    String plan =
        read("police", "own-keys", "SELECT s.file, max(i.risk)" + FROM + " GROUP BY s.file")
            .queryExecution()
            .explainString(org.apache.spark.sql.execution.ExplainMode.fromString("formatted"));
    assertThat(plan)
        .contains("Recipients: [Owner police, and nobody else.]")
        .contains("SINGLE ROWS: for each key of police.suspects")
        .contains("at most 4 in a run");
  }

  @Test
  void withoutTheWordSuppressionHolds() {
    assertThat(
            read(
                    "police",
                    "aggregates",
                    "SELECT s.file, count(*) AS n"
                        + FROM.replace("LEFT JOIN", "JOIN")
                        + " GROUP BY s.file")
                .collectAsList())
        .isEmpty();
  }

  @Test
  void allElseThatIsRowLevelStaysRefused() {
    String risk = "SELECT s.file, max(i.risk)" + FROM + " GROUP BY s.file";
    refused(read("analyst", "own-keys", risk), "ROW_LEVEL_ACCESS", "one owner");
    refused(read("police,press", "own-keys", risk), "ROW_LEVEL_ACCESS", "one owner");
    refused(read("press", "own-keys", risk), "not of one table of press");
    refused(read("aid", "own-keys", risk), "not of one table of aid");
    refused(
        read("police", "own-keys", "SELECT i.home, count(*)" + FROM + " GROUP BY i.home"),
        "not of one table of police");
    refused(
        read("police", "own-keys", "SELECT s.file, i.home, count(*)" + FROM + " GROUP BY ALL"),
        "not of one table of police");
    refused(read("police", "own-keys", "SELECT max(i.risk)" + FROM), "one row for each key");
    refused(
        read("police", "own-keys", "SELECT s.file, min(i.home)" + FROM + " GROUP BY s.file"),
        "aid.informants",
        "\"own-keys\"");
    refused(
        read(
            "police",
            "own-keys",
            "SELECT s.file, count(i.name)" + FROM + " AND i.home = 'north' GROUP BY s.file"),
        "aid.informants",
        "\"own-keys\"");
    refused(
        read(
            "police",
            "own-keys",
            "SELECT s.file, max(i.risk), max(j.risk)"
                + FROM
                + " LEFT JOIN trefoil.aid.informants j ON j.name = s.name GROUP BY s.file"),
        "read more than once");
    refused(read("police", "own-keys", "SELECT s.file, i.risk" + FROM), "ROW_LEVEL_ACCESS");
    refused(read("police", "everything", risk), "aggregates or own-keys");
  }
}
