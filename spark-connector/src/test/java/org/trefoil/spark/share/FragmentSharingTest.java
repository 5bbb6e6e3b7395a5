package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.type.Field;

class FragmentSharingTest {
  private static final String SCHEMA =
      "id BIGINT NOT NULL, name VARCHAR(20), amount DECIMAL(12,2), day DATE, at TIMESTAMP,"
          + " good BOOLEAN, small TINYINT";
  private static final String ROWS =
      "SELECT * FROM VALUES"
          + " (1L, 'Zoë Ångström', -12345678.90BD, DATE'1969-12-31', TIMESTAMP'2024-02-29 12:00:01', true, -128Y),"
          + " (2L, '', 0.00BD, DATE'2024-02-29', TIMESTAMP'1960-01-01 00:00:00', false, 127Y),"
          + " (3L, NULL, NULL, NULL, NULL, NULL, NULL),"
          + " (4L, '日本語', 0.01BD, DATE'9999-12-31', TIMESTAMP'2024-02-29 12:00:01', NULL, 0Y),"
          + " (4L, '日本語', 0.01BD, DATE'9999-12-31', TIMESTAMP'2024-02-29 12:00:01', NULL, 0Y),"
          + " (-9223372036854775808L, 'a,b \"c\"', -0.01BD, DATE'2000-01-01', NULL, true, NULL)"
          + " AS t(id, name, amount, day, at, good, small)";

  private final SparkSession spark = LocalSpark.session();
  @TempDir Path folder;

  @Test
  void whatWasSharedFromParquetIsTheSource() {
    written().write().parquet(folder.resolve("t").toString());
    assertSharedEqualsSource(table("parquet", "t", Map.of(), Optional.empty()));
    assertSharedEqualsSource(table("parquet", "t", Map.of(), Optional.of(SCHEMA)));
  }

  @Test
  void whatWasSharedFromJsonIsTheSource() {
    written().repartition(3).write().json(folder.resolve("t").toString());
    assertSharedEqualsSource(table("json", "t", Map.of(), Optional.of(SCHEMA)));
  }

  @Test
  void whatWasSharedFromCsvIsTheSource() {
    written()
        .write()
        .option("header", "true")
        .option("nullValue", "\\N")
        .csv(folder.resolve("t").toString());
    Map<String, String> options = Map.of("header", "true", "nullValue", "\\N");
    assertSharedEqualsSource(table("csv", "t", options, Optional.of(SCHEMA)));
  }

  @Test
  void columnsOfCsvAreFoundByNameWhateverTheirOrder() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "Amount,extra,ID\n-1.50,x,7\n,y,8\n");
    OwnedTable table =
        table(
            "csv",
            "t.csv",
            Map.of("header", "true"),
            Optional.of("id INT NOT NULL, amount DECIMAL(5,2)"));
    assertThat(shared(table, 2)).containsExactly("[7, -1.50]", "[8, null]");
  }

  @Test
  void whatWasSharedFromADatabaseIsTheSource() throws SQLException {
    String url = "jdbc:h2:mem:sharing;DB_CLOSE_DELAY=-1";
    try (Connection db = DriverManager.getConnection(url);
        Statement sql = db.createStatement()) {
      sql.execute(
          "CREATE TABLE t(id BIGINT NOT NULL, name VARCHAR(20), amount DECIMAL(12,2), born DATE,"
              + " good BOOLEAN, small TINYINT)");
      sql.execute(
          "INSERT INTO t VALUES (1, 'Zoë', -1.25, DATE '1969-12-31', TRUE, -128),"
              + " (2, NULL, NULL, NULL, NULL, NULL)");
    }
    Map<String, String> options = Map.of("url", url, "dbtable", "t");
    OwnedTable inferred = table("jdbc", null, options, Optional.empty());
    assertThat(shared(inferred, 2))
        .containsExactly("[1, Zoë, -1.25, -1, true, -128]", "[2, null, null, null, null, null]");
    OwnedTable declared =
        table("jdbc", null, options, Optional.of("amount DECIMAL(14,2), id BIGINT NOT NULL"));
    assertThat(shared(declared, 2)).containsExactly("[-1.25, 1]", "[null, 2]");
  }

  @Test
  void anEmptyTableIsOneDummy() {
    written().limit(0).write().parquet(folder.resolve("t").toString());
    OwnedTable table = table("parquet", "t", Map.of(), Optional.of(SCHEMA));
    FakeStore store = share(table, PaddedSize.of(table.policy(), 0));
    assertThat(SharedRows.of(store, table.declared().orElseThrow())).isEmpty();
    assertThat(store.seen()).hasSize(3).allMatch(seen -> seen.contains(" 0 1 "));
  }

  @Test
  void aDescriptionTellsNoMoreThanThePaddedSize() {
    written().write().parquet(folder.resolve("t").toString());
    OwnedTable table = table("parquet", "t", Map.of(), Optional.of(SCHEMA));
    assertThat(new TableSource(table).describe(spark).rows()).isEqualTo(6);
    TablePolicy full = table.policy();
    TablePolicy rounded =
        TablePolicy.builder(full.minGroupSize())
            .entity(full.entity())
            .padding(Padding.POW2)
            .columns(full.columns())
            .other(full.other())
            .analysts(full.analysts())
            .tellSuppressed(full.tellSuppressed())
            .filteredSizePublic(full.filteredSizePublic())
            .absencePublic(false)
            .build();
    OwnedTable padded =
        new OwnedTable(
            table.owner(),
            table.table(),
            table.format(),
            table.path(),
            table.options(),
            table.schema(),
            table.declared(),
            table.unsupported(),
            table.keys(),
            rounded,
            Optional.empty());
    assertThat(new TableSource(padded).describe(spark).rows()).isEqualTo(8);
  }

  @Test
  void whatExecutorsSeeIsAFunctionOfThePaddedSize() {
    long padded = 70_000;
    List<List<String>> seen = new ArrayList<>();
    for (String query :
        List.of(
            "SELECT id, CAST(id AS STRING) name FROM range(0, 69999, 1, 7)",
            "SELECT 5L id, CAST(NULL AS STRING) name FROM range(0, 12, 1, 2)",
            "SELECT -id id, 'x' name FROM range(0, 70000, 1, 1)")) {
      OwnedTable table =
          table("parquet", "t" + seen.size(), Map.of(), Optional.of("id BIGINT, name VARCHAR(9)"));
      spark.sql(query).write().parquet(table.path().orElseThrow());
      seen.add(share(table, padded).seen());
    }
    assertThat(seen.get(0)).hasSize(6).isEqualTo(seen.get(1)).isEqualTo(seen.get(2));
  }

  @Test
  void moreRowsThanWereAnnouncedMeanThatTheSourceChanged() {
    written().write().parquet(folder.resolve("t").toString());
    OwnedTable table = table("parquet", "t", Map.of(), Optional.of(SCHEMA));
    assertThatThrownBy(() -> share(table, 5))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_SOURCE_CHANGED")
        .hasMessageContaining("north.t");
  }

  @Test
  void recordsThatDoNotFitTheSchemaFailAndAreNotQuoted() throws IOException {
    Files.writeString(folder.resolve("t.csv"), "id,amount\n1,secretword\n");
    OwnedTable table =
        table("csv", "t.csv", Map.of("header", "true"), Optional.of("id INT, amount DECIMAL(5,2)"));
    assertThatThrownBy(() -> share(table, 1))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_SOURCE_FAILED")
        .hasMessageContaining("north.t")
        .hasMessageNotContaining("secretword");
  }

  private Dataset<Row> written() {
    return spark.sql(ROWS);
  }

  private void assertSharedEqualsSource(OwnedTable table) {
    assertThat(shared(table, 9)).isEqualTo(SharedRows.of(written())).hasSize(6);
  }

  private List<String> shared(OwnedTable table, long padded) {
    TableDescriptor descriptor = new TableSource(table).describe(spark);
    return SharedRows.of(share(table, padded), descriptor.fields());
  }

  private FakeStore share(OwnedTable table, long padded) {
    TableSource source = new TableSource(table);
    List<Field> fields = table.declared().orElseGet(() -> source.describe(spark).fields());
    FakeStore store = new FakeStore();
    Dataset<Row> rows = source.open(spark, fields);
    List<ChunkReceipt> receipts =
        new FragmentSharing(table.name(), rows, SharedRows.encoder(fields), padded)
            .share(store.route());
    store.commit(FragmentSharing.attempts(receipts));
    return store;
  }

  private OwnedTable table(
      String format, String path, Map<String, String> options, Optional<String> schema) {
    return new OwnedTable(
        "north",
        "t",
        format,
        Optional.ofNullable(path).map(p -> folder.resolve(p).toString()),
        options,
        schema,
        schema.map(s -> SchemaText.parse(s).fields()),
        Map.of(),
        List.of(),
        TablePolicy.builder(1).absencePublic(false).build(),
        Optional.empty());
  }
}
