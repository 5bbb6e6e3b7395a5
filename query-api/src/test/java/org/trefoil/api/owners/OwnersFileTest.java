package org.trefoil.api.owners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

class OwnersFileTest {
  /** The sample of the contract. */
  private static final String CONTRACT =
      """
      owners:
        north:
          tables:
            orders:
              source: {format: csv, path: orders.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, customer VARCHAR(40), amount DECIMAL(12,2), day DATE"
              keys: [[id]]
              policy:
                min-group-size: 5
                entity: [customer]
                padding: full
                columns:
                  customer: {use: [join]}
                  day:      {use: [group, filter]}
                  amount:   {use: [aggregate, rank], range: [0, 1000000]}
                default: {use: []}
                analysts: [hq]
      """;

  @TempDir Path folder;

  @Test
  void readsTheContractsSample() throws IOException {
    OwnersFile file = read(CONTRACT);
    assertThat(file.owners()).containsExactly("north");
    OwnedTable orders = file.tables("north").get(0);
    assertThat(orders.format()).isEqualTo("csv");
    assertThat(orders.path()).contains(folder.resolve("orders.csv").toString());
    assertThat(orders.options()).isEqualTo(Map.of("header", "true"));
    TableDescriptor d = orders.descriptor(orders.declared().orElseThrow(), 7);
    assertThat(d.fields())
        .containsExactly(
            new Field("id", DataType.BIGINT, false),
            new Field("customer", DataType.string(64), true),
            new Field("amount", DataType.decimal(12, 2), true),
            new Field("day", DataType.DATE, true));
    assertThat(d.keys()).containsExactly(List.of("id"));
    assertThat(d.policy().minGroupSize()).isEqualTo(5);
    assertThat(d.policy().entity()).containsExactly("customer");
    assertThat(d.policy().padding()).isEqualTo(Padding.FULL);
    assertThat(d.policy().column("amount").use()).isEqualTo(Set.of(Verb.AGGREGATE, Verb.RANK));
    assertThat(d.policy().column("amount").range())
        .contains(new Range(BigDecimal.ZERO, new BigDecimal(1000000)));
    assertThat(d.policy().column("id").use()).isEmpty();
    assertThat(d.policy().analysts()).contains(List.of("hq"));
    assertThat(d.policy().tellSuppressed()).isFalse();
    assertThat(d.policy().absencePublic()).isTrue();
  }

  @Test
  void namesASourceThatIsNotThere() throws IOException {
    OwnersFile file = read(CONTRACT);
    assertThatThrownBy(file::requireSources)
        .hasMessageContaining("north.orders")
        .hasMessageContaining(folder.resolve("orders.csv").toString());
    Files.writeString(folder.resolve("orders.csv"), "id\n");
    file.requireSources();
    read(CONTRACT.replace("path: orders.csv", "path: 'orders-*.csv'")).requireSources();
    read(CONTRACT.replace("path: orders.csv", "path: 'hdfs://far/orders.csv'")).requireSources();
  }

  @Test
  void leavesOutWhatTheContractLetsOut() throws IOException {
    OwnersFile file =
        read(
            """
            owners:
              a:
                tables:
                  t:
                    source: {format: jdbc, options: {url: "jdbc:h2:mem:x", fetchsize: 10}}
                    policy: {min-group-size: 1}
                  u:
                    source: {format: parquet, path: "s3a://bucket/u"}
                    history: "s3a://bucket/history"
                    policy:
                      min-group-size: 2
                      tell-suppressed: true
                      filtered-size: public
                      absence: secret
                      differences: public
                      reruns: checked
                      entity: [d]
                      padding: pow2
                      min-owners: 3
                      dominance: 15
                      rounding: 50
                      owner-dominance: 25
                      columns:
                        d: {use: [filter], range: [1992-01-01, 1998-12-31]}
                        e: {use: [aggregate, rank], aggregates: [sum, percentile]}
                  v:
                    source: {format: parquet, path: "s3a://bucket/v"}
                    policy:
                      min-group-size: 2
                      entity: [d]
                      approval: each
                      privacy: {epsilon: 2.5, per-run: 0.000001, rows: 4}
            """);
    assertThat(file.tables().get(2).policy().privacy()).contains(new PrivacyRule(2_500_000, 1, 4));
    assertThat(PrivacyRule.epsilon(1)).isEqualTo("0.000001");
    assertThat(PrivacyRule.epsilon(10_000_000)).isEqualTo("10");
    OwnedTable t = file.tables().get(0);
    assertThat(t.policy().privacy()).isEmpty();
    assertThat(t.path()).isEmpty();
    assertThat(t.options()).containsEntry("fetchsize", "10");
    assertThat(t.schema()).isEmpty();
    assertThat(t.policy().analysts()).isEmpty();
    assertThat(t.policy().column("x").use()).isEmpty();
    OwnedTable u = file.tables().get(1);
    assertThat(u.path()).contains("s3a://bucket/u");
    assertThat(u.policy().tellSuppressed()).isTrue();
    assertThat(u.policy().filteredSizePublic()).isTrue();
    assertThat(u.policy().absencePublic()).isFalse();
    assertThat(u.policy().differencesPublic()).isTrue();
    assertThat(t.policy().differencesPublic()).isFalse();
    assertThat(u.policy().rerunsChecked()).isTrue();
    assertThat(t.policy().rerunsChecked()).isFalse();
    assertThat(u.history()).contains("s3a://bucket/history");
    assertThat(u.policy().padding()).isEqualTo(Padding.POW2);
    assertThat(u.policy().minOwners()).isEqualTo(3);
    assertThat(t.policy().minOwners()).isEqualTo(1);
    assertThat(u.policy().dominance()).isEqualTo(15);
    assertThat(u.policy().rounding()).isEqualTo(50);
    assertThat(t.policy().rounding()).isEqualTo(1);
    assertThat(u.policy().ownerDominance()).isEqualTo(25);
    assertThat(t.policy().dominance()).isZero();
    assertThat(u.policy().columns().get("e").aggregates())
        .contains(Set.of(Aggregated.SUM, Aggregated.PERCENTILE));
    assertThat(u.policy().columns().get("d").aggregates()).isEmpty();
    assertThat(u.policy().columns().get("d").range())
        .contains(new Range(BigDecimal.valueOf(8035), BigDecimal.valueOf(10591)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{epsilon: 1, per-run: 2}|min-group-size: 2, approval: each|more than there is",
        "{epsilon: 20, per-run: 11}|min-group-size: 2, approval: each|protects nobody",
        "{epsilon: 1, per-run: 0}|min-group-size: 2, approval: each|above 0",
        "{epsilon: 1, per-run: 0.0000001}|min-group-size: 2, approval: each|six decimals",
        "{epsilon: 1, per-run: 1, rows: 2}|min-group-size: 2, approval: each|whom a row is about",
        "{epsilon: 1, per-run: 1}|min-group-size: 1, approval: each|min-group-size is 1",
        "{epsilon: 1, per-run: 1}|min-group-size: 2|its budget",
        "{epsilon: 1, per-run: 1}|min-group-size: 2, approval: each, rounding: 5|rounding tells",
        "{epsilon: 1, per-run: 1}|min-group-size: 2, approval: each, tell-suppressed: true|tell-sup",
        "{epsilon: 1}|min-group-size: 2, approval: each|per-run",
      })
  void refusesPrivacyThatProtectsNobody(String privacy, String rest, String why) {
    assertThatThrownBy(
            () ->
                read(
                    "owners: {a: {tables: {t: {source: {format: parquet, path: /t}, policy: {"
                        + rest
                        + ", privacy: "
                        + privacy
                        + "}}}}}"))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "min-group-size: 5|min-group-sizes: 5|min-group-size",
        "min-group-size: 5|mingroupsize: 5|min-group-size",
        "keys: [[id]]|key: [[id]]|Did you mean \"keys\"?",
        "padding: full|padding: ful|Did you mean \"full\"?",
        "use: [join]|use: [joins]|Did you mean \"join\"?",
        "range: [0, 1000000]|ranges: [0, 1000000]|Did you mean \"range\"?",
        "entity: [customer]|entity: [custmer]|Did you mean \"customer\"?",
        "keys: [[id]]|keys: [id]|[[id]]",
        "min-group-size: 5|tell-suppressed: true|\"min-group-size\" is missing",
        "min-group-size: 5|min-group-size: 0|whole number",
        "range: [0, 1000000]|range: [5, 1]|least",
        "range: [0, 1000000]|aggregates: [sums]|Did you mean \"sum\"?",
        "{use: [join]}|{use: [join], aggregates: [sum]}|sum needs \"aggregate\" as well",
        "padding: full|min-owners: 0|whole number",
        "padding: full|reruns: checked|Name a folder of the owner's, as in history:",
        "padding: full|differences: secrt|Did you mean \"secret\"?",
        "VARCHAR(40)|VARCHR(40)|VARCHR",
        "path: orders.csv|paths: orders.csv|Did you mean \"path\"?",
        "customer: {use: [join]}|customr: {use: [join]}|Did you mean \"customer\"?",
        "customer: {use: [join]}|customer: {}|\"use\" is missing",
        "amount:   {|day:   {|Duplicate field 'day'",
        "default: {use: []}|default: {use: [], scale: 2}|\"scale\"",
        "amount:   {use: [aggregate, rank],|amount: {use: [], scale: 2,|only DOUBLE",
      })
  void refuses(String from, String to, String message) {
    assertThat(CONTRACT).contains(from);
    assertThatThrownBy(() -> read(CONTRACT.replace(from, to)))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.INVALID_OWNERS_FILE))
        .hasMessageContaining("OWNERS.yaml")
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsNotThereOrNotYaml() {
    assertThatThrownBy(() -> OwnersFile.read(folder.resolve("absent.yaml")))
        .hasMessageContaining("absent.yaml");
    assertThatThrownBy(() -> read("owners: [")).hasMessageContaining("not YAML");
    assertThatThrownBy(() -> read("")).hasMessageContaining("keys with values");
    assertThatThrownBy(() -> read("owners: {}")).hasMessageContaining("no table");
  }

  @Test
  void refusesNamesThatDifferInCaseOnly() {
    String table = "{t: {source: {format: csv}, policy: {min-group-size: 1}}}";
    assertThatThrownBy(
            () -> read("owners: {a: {tables: " + table + "}, A: {tables: " + table + "}}"))
        .hasMessageContaining("owners a and A differ in case only");
    assertThatThrownBy(
            () ->
                read(
                    "owners: {a: {tables: {t: {source: {format: csv}, policy: {min-group-size: 1,"
                        + " columns: {id: {use: []}, ID: {use: [join]}}}}}}}"))
        .hasMessageContaining("columns id and ID differ in case only");
  }

  @Test
  void matchesNamesAsSparkDoes() throws IOException {
    OwnedTable t =
        read(CONTRACT
                .replace("entity: [customer]", "entity: [CUSTOMER]")
                .replace("[[id]]", "[[ID]]")
                .replace("amount:   {", "Amount:   {"))
            .tables()
            .get(0);
    TableDescriptor d = t.descriptor(t.declared().orElseThrow(), 0);
    assertThat(d.keys()).containsExactly(List.of("id"));
    assertThat(d.policy().entity()).containsExactly("customer");
    assertThat(d.policy().column("amount").use()).contains(Verb.AGGREGATE);
  }

  @Test
  void givesDoublesTheirDeclaredScale() throws IOException {
    OwnedTable t =
        read(CONTRACT
                .replace("amount DECIMAL(12,2)", "amount DOUBLE, other DOUBLE, raw ARRAY<INT>")
                .replace("range: [0, 1000000]", "scale: 3"))
            .tables()
            .get(0);
    assertThat(t.unsupported()).isEqualTo(Map.of("raw", "ARRAY<INT>"));
    assertThat(t.descriptor(t.declared().orElseThrow(), 0).fields())
        .contains(new Field("amount", DataType.fixedPoint(3), true))
        .noneMatch(f -> f.name().equals("other") || f.name().equals("raw"));
    assertThat(t.descriptor(t.declared().orElseThrow(), 0).others())
        .isEqualTo(Map.of("raw", "ARRAY<INT>", "other", "DOUBLE"));
  }

  private OwnersFile read(String yaml) throws IOException {
    Path file = folder.resolve("OWNERS.yaml");
    Files.writeString(file, yaml);
    return OwnersFile.read(file);
  }
}
