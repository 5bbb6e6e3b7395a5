package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny run of each suite of {@code bin/trefoil bench}. */
class BenchIT {
  private static final String[] KEYS = {
    "suite",
    "name",
    "rows",
    "width",
    "wall_s",
    "cpu_s",
    "bytes_per_row_per_party",
    "rounds",
    "peak_rss_mb",
    "owner_cpu_s",
    "spark_plain_s",
    "correct"
  };

  @TempDir private Path folder;

  @Test
  void measuresProtocols() throws Exception {
    JsonNode rows = bench("primitives", "--rows", "1000", "--only", "and,less-than");
    assertThat(rows.findValuesAsText("name")).containsExactly("and", "less-than");
    assertThat(rows.get(0).get("bytes_per_row_per_party").asDouble()).isEqualTo(8);
    assertThat(rows.get(0).get("rounds").asInt()).isEqualTo(1);
  }

  @Test
  void measuresOperatorsOverLongLinksWithoutTls() throws Exception {
    JsonNode rows =
        bench("operators", "--rows", "300", "--only", "sort-32", "--plain", "--rtt", "2");
    assertThat(rows.findValuesAsText("name")).containsExactly("sort-32");
    double least = 0.002 * rows.get(0).get("rounds").asInt() / 4;
    assertThat(rows.get(0).get("wall_s").asDouble()).isGreaterThan(least);
  }

  @Test
  void measuresPeersWorkloads() throws Exception {
    JsonNode rows =
        bench("peers", "--rows", "800", "--sf", "0.0001", "--only", "join-sum,q6-uniform-1.0E-4");
    assertThat(rows.findValuesAsText("name")).containsExactly("join-sum", "q6-uniform-1.0E-4");
    assertThat(rows.get(1).get("spark_plain_s").asDouble()).isPositive();
    assertThat(rows.get(1).get("owner_cpu_s").isNumber()).isTrue();
  }

  @Test
  void measuresTpch() throws Exception {
    JsonNode rows = bench("tpch", "--sf", "0.001", "--only", "q6");
    assertThat(rows.findValuesAsText("name")).containsExactly("q6");
    assertThat(rows.get(0).get("rounds").asInt()).isPositive();
  }

  /** What it printed as JSON, which has the keys that it should have; every answer was right. */
  private JsonNode bench(String... arguments) throws Exception {
    Path json = folder.resolve("rows.json");
    List<String> command = new ArrayList<>(List.of("bench"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--warm-ups", "0", "--repetitions", "1", "--json", json.toString()));
    Command run = Command.run(command.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.errors()).isZero();
    JsonNode rows = new ObjectMapper().readTree(json.toFile());
    for (JsonNode row : rows) {
      List<String> keys = new ArrayList<>();
      row.fieldNames().forEachRemaining(keys::add);
      assertThat(keys).containsExactly(KEYS);
      assertThat(row.get("correct").asBoolean()).isTrue();
      assertThat(run.output()).contains(row.get("name").asText());
    }
    return rows;
  }
}
