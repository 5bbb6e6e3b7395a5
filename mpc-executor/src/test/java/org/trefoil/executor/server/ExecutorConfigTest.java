package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutorConfigTest {
  private static final String[] MINIMAL = {
    "party: 1",
    "listen: 0.0.0.0:7001",
    "peers: [a.example:7100, 'b.example:7101', '[::1]:7102']",
    "identity: identity/b"
  };

  @TempDir private Path folder;

  private ExecutorConfig read(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, Arrays.asList(lines));
    return ExecutorConfig.read(file);
  }

  @Test
  void readsYaml() throws IOException {
    ExecutorConfig config = read("executor.yaml", MINIMAL);
    assertThat(config.party()).isEqualTo(1);
    assertThat(config.listen()).hasToString("0.0.0.0:7001");
    assertThat(config.peerListen()).hasToString("b.example:7101");
    assertThat(config.peers().get(2)).isEqualTo(new ExecutorConfig.HostPort("::1", 7102));
    assertThat(config.identity()).isEqualTo(folder.toAbsolutePath().resolve("identity/b"));
    assertThat(config.metricsListen()).isEmpty();
    assertThat(config.limits()).isEqualTo(Limits.DEFAULT);
    assertThat(config.timeouts()).isEqualTo(Timeouts.DEFAULT);
  }

  @Test
  void readsPropertiesWithTheSameKeys() throws IOException {
    ExecutorConfig config =
        read(
            "executor.properties",
            "party=0",
            "mode=design",
            "listen=localhost:0",
            "peer-listen=0.0.0.0:1",
            "metrics-listen=9710",
            "peers=a:1, b:2, c:3",
            "identity=/etc/trefoil",
            "max-queries=2",
            "max-rows=1000",
            "max-upload-mib=64",
            "threads=4",
            "peer-timeout=1500ms",
            "owner-timeout=20s",
            "inputs-timeout=2h",
            "result-timeout=5 min",
            "ticket-lifetime=1min");
    assertThat(config.identity()).isEqualTo(Path.of("/etc/trefoil"));
    assertThat(config.peerListen()).hasToString("0.0.0.0:1");
    assertThat(config.metricsListen()).hasValue(new ExecutorConfig.HostPort("127.0.0.1", 9710));
    assertThat(config.limits()).isEqualTo(new Limits(2, 1000, 64L << 20, 4));
    assertThat(config.timeouts())
        .isEqualTo(
            new Timeouts(
                Duration.ofMillis(1500),
                Duration.ofSeconds(20),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                Duration.ofMinutes(1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pier-timeout: 3s | pier-timeout | peer-timeout",
        "party: 3 | party | from 0 to 2",
        "mode: strict | strict | design or authorized",
        "mode: authorized | roster | missing",
        "roster: r.yaml | roster | mode design",
        "peers: [a:1, b:2] | 2 addresses | all three",
        "listen: localhost | listen | host:port",
        "listen: localhost:70000 | listen | host:port",
        "max-queries: 0 | max-queries | from 1",
        "peer-timeout: soon | soon | 30s",
        "peer-timeout: 0s | 0s | 30s",
        "identity: '' | identity | missing",
        "[ | executor.yaml | YAML"
      })
  void saysWhatIsWrongAndWhatToWrite(String line, String names, String says) {
    String[] lines = Arrays.copyOf(MINIMAL, MINIMAL.length + 1);
    String key = line.contains(":") ? line.substring(0, line.indexOf(':')) : "";
    for (int i = 0; i < MINIMAL.length; i++) {
      if (lines[i].startsWith(key + ":")) {
        lines[i] = "";
      }
    }
    lines[MINIMAL.length] = line;
    assertThatThrownBy(() -> read("executor.yaml", lines))
        .hasMessageContaining("TREFOIL_INVALID_CONFIGURATION")
        .hasMessageContaining("executor.yaml")
        .hasMessageContaining(names)
        .hasMessageContaining(says);
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "advanced", "authorized"})
  void readsTheSamples(String folderName) {
    Path sample = Path.of("..", "conf", folderName, "executor-0.yaml");
    ExecutorConfig config = ExecutorConfig.read(sample);
    assertThat(config.party()).isZero();
    assertThat(config.identity()).isAbsolute();
  }

  @Test
  void namesAFileThatIsNotThere() {
    assertThatThrownBy(() -> ExecutorConfig.read(folder.resolve("none.yaml")))
        .hasMessageContaining("none.yaml");
  }

  @Test
  void readsTheSettingsInTheManifest() throws IOException {
    List<JsonNode> documents;
    try (var parser =
        YAMLFactory.builder()
            .build()
            .createParser(Path.of("../deploy/kubernetes/executor.yaml").toFile())) {
      documents = new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(parser).readAll();
    }
    JsonNode map =
        documents.stream()
            .filter(d -> d.path("kind").asText().equals("ConfigMap"))
            .findFirst()
            .orElseThrow();
    ExecutorConfig config =
        read("executor.yaml", map.path("data").path("executor.yaml").asText().split("\n"));
    assertThat(config.authorized()).isPresent();
    assertThat(config.metricsListen()).hasValue(new ExecutorConfig.HostPort("0.0.0.0", 9710));
  }
}
