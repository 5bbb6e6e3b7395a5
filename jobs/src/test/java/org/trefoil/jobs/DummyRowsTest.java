package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;

class DummyRowsTest {
  private static final String OWNERS =
      """
      owners:
        ward:
          tables:
            patients:
              source: {format: csv, path: none.csv}
              schema: "id BIGINT NOT NULL, region VARCHAR(3) NOT NULL, age INT, weight DECIMAL(5,2), free BOOLEAN"
              keys: [[id]]
              policy:
                min-group-size: 5
                approval: each
                columns:
                  id: {use: [join]}
                  region: {use: [group]}
                  age: {use: [aggregate, group], range: [18, 20]}
                  weight: {use: [aggregate], range: [40.25, 99.5]}
        bank:
          tables:
            visits:
              source: {format: csv, path: none.csv}
              schema: "patient BIGINT NOT NULL, day DATE NOT NULL, line TINYINT NOT NULL, kind STRING NOT NULL, paid DOUBLE"
              keys: [[day, line]]
              policy:
                min-group-size: 4
                entity: [patient]
                columns: {patient: {use: [join]}, kind: {use: [group]}, paid: {use: [aggregate], scale: 2}}
            one:
              source: {format: csv, path: none.csv}
              schema: "x INT"
              keys: [[]]
              policy: {min-group-size: 1, default: {use: [filter]}}
      """;

  @TempDir Path folder;

  private int run(String... more) throws IOException {
    Path owners = Files.writeString(folder.resolve("tables.yaml"), OWNERS);
    String[] first = {
      "dummy", "--owners", owners.toString(), "--to", folder.resolve("out").toString()
    };
    String[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return Main.run(all);
  }

  private List<List<String>> rows(String file) throws IOException {
    return Files.readAllLines(folder.resolve("out").resolve(file), StandardCharsets.UTF_8).stream()
        .skip(1)
        .map(line -> List.of(line.split(",", -1)))
        .toList();
  }

  private static Collection<Long> sizes(List<List<String>> rows, int column) {
    return rows.stream()
        .collect(Collectors.groupingBy(row -> row.get(column), Collectors.counting()))
        .values();
  }

  @Test
  void rowsAreTrueToTheTables() throws IOException {
    assertThat(run("--rows", "100")).isZero();
    List<List<String>> patients = rows("ward-patients.csv");
    assertThat(patients).hasSize(100).allSatisfy(row -> assertThat(row).hasSize(5));
    assertThat(patients.stream().map(row -> row.get(0))).doesNotHaveDuplicates();
    assertThat(sizes(patients, 1)).contains(4L, 5L, 6L).allMatch(size -> size < 7 || size >= 10);
    assertThat(patients.stream().map(row -> row.get(1))).allMatch(text -> text.length() <= 3);
    assertThat(new TreeSet<>(patients.stream().map(row -> row.get(2)).toList()))
        .containsExactly("", "18", "19", "20");
    assertThat(patients.stream().map(row -> row.get(3)).filter(text -> !text.isEmpty()))
        .map(BigDecimal::new)
        .allMatch(w -> w.compareTo(new BigDecimal("40.25")) >= 0)
        .allMatch(w -> w.compareTo(new BigDecimal("99.5")) <= 0)
        .hasSizeGreaterThan(50);

    List<List<String>> visits = rows("bank-visits.csv");
    assertThat(visits.stream().map(row -> row.get(1) + row.get(2))).doesNotHaveDuplicates();
    Map<String, Long> people =
        visits.stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.get(3),
                    Collectors.collectingAndThen(
                        Collectors.mapping(row -> row.get(0), Collectors.toSet()),
                        set -> (long) set.size())));
    assertThat(people.values()).contains(3L, 4L, 5L);
    // Who is in both can be joined.
    TreeSet<String> ids = new TreeSet<>(patients.stream().map(row -> row.get(0)).toList());
    assertThat(ids).containsAll(visits.stream().map(row -> row.get(0)).toList());
    assertThat(rows("bank-one.csv")).hasSize(1);
  }

  @Test
  void theOwnersFileHasTheirPoliciesAndTakesPartInDesignMode() throws IOException {
    assertThat(run("--rows", "60", "--table", "ward.patients")).isZero();
    OwnersFile made = OwnersFile.read(folder.resolve("out/OWNERS.yaml"));
    made.requireSources();
    assertThat(made.tables()).hasSize(1);
    assertThat(descriptor(made).policy())
        .isEqualTo(
            descriptor(OwnersFile.read(folder.resolve("tables.yaml")))
                .policy()
                .change()
                .approvalNeeded(false)
                .build());
  }

  private static TableDescriptor descriptor(OwnersFile file) {
    OwnedTable table = file.tables("ward").get(0);
    return table.descriptor(table.declared().orElseThrow(), 1);
  }

  @Test
  void saysWhatCannotBe() throws IOException {
    assertThat(run("--table", "ward.none")).isEqualTo(1);
    assertThat(run("--rows", "10")).isEqualTo(2);
    assertThat(folder.resolve("out")).doesNotExist();
    Files.writeString(folder.resolve("tables.yaml"), OWNERS);
    TableDescriptor patients = descriptor(OwnersFile.read(folder.resolve("tables.yaml")));
    TableDescriptor unique =
        new TableDescriptor(
            "ward", "patients", patients.fields(), List.of(List.of("age")), 1, patients.policy());
    assertThatThrownBy(() -> new DummyRows(unique, 50, 1))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("columns [age] of a key have 3 different values");
    assertThatThrownBy(() -> new DummyRows(patients, 14, 1))
        .hasMessageContaining("groups of k-1, k and k+1 take 15 rows");
  }

  @Test
  void overwritesNothing() throws IOException {
    Path policies = Files.createDirectory(folder.resolve("out")).resolve("OWNERS.yaml");
    Files.writeString(policies, "owners: {}");
    assertThat(run()).isEqualTo(2);
    assertThat(policies).hasContent("owners: {}");
    assertThat(folder.resolve("out")).isDirectoryNotContaining("glob:**.csv");
  }
}
