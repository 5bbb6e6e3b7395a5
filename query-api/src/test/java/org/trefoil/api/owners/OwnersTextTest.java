package org.trefoil.api.owners;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.TableDescriptor;

class OwnersTextTest {
  private static final String EVERYTHING =
      """
      owners:
        north:
          tables:
            orders:
              source: {format: csv, path: a.csv}
              schema: "id BIGINT NOT NULL, `no 1` VARCHAR(5), note STRING, long VARCHAR(300), amount DECIMAL(12,2), rating DOUBLE, t TIMESTAMP"
              keys: [[id], ["no 1", t]]
              history: history/orders
              policy:
                min-group-size: 10
                min-owners: 2
                entity: [id, note]
                padding: pow2
                approval: each
                filtered-size: public
                absence: secret
                differences: public
                reruns: checked
                tell-suppressed: true
                columns:
                  "no 1": {use: [join, own-keys]}
                  t: {use: [group, filter], max-groups: 366}
                  amount: {use: [aggregate, rank], range: [-0.5, 1000000], aggregates: [sum, max]}
                  rating: {use: [aggregate], scale: 2}
                default: {use: [filter]}
                analysts: [hq, "yes"]
                recipients: [analyst, "analyst:lab", owners, none, south]
                own-keys: {to: [south], max-keys: 1000, runs-per-day: 2}
        "2020":
          tables:
            "1":
              source: {format: csv, path: b.csv}
              schema: "x INT"
              keys: [[]]
              policy: {min-group-size: 1, own-keys: {to: [north], max-keys: 3}}
            reports:
              schema: "x INT NOT NULL"
              policy: {min-group-size: 3, contributors: {most: 10, rows: 2, within-seconds: 60}}
      """;

  @TempDir Path folder;

  @Test
  void isReadAsWhatItWasWrittenFrom() throws IOException {
    List<TableDescriptor> before = descriptors(EVERYTHING);
    assertThat(before).hasSize(3);
    Map<String, String> paths =
        before.stream().collect(Collectors.toMap(TableDescriptor::name, t -> t.table() + ".csv"));
    String text = OwnersText.of(before, paths);
    List<TableDescriptor> after = descriptors(text);
    assertThat(after).as(text).isEqualTo(before);
    assertThat(after.stream().map(DescriptorDigest::hex).toList())
        .isEqualTo(before.stream().map(DescriptorDigest::hex).toList());
    assertThat(OwnersFile.read(folder.resolve("OWNERS.yaml")).tables("north").get(0).path())
        .contains(folder.resolve("orders.csv").toString());
  }

  private List<TableDescriptor> descriptors(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("OWNERS.yaml"), text);
    List<TableDescriptor> all = new ArrayList<>();
    for (OwnedTable table : OwnersFile.read(file).tables()) {
      all.add(table.descriptor(table.declared().orElseThrow(), 7));
    }
    return all;
  }
}
