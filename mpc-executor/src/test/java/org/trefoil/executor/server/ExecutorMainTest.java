package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;

/** The executor as a process of its own. */
@Timeout(120)
final class ExecutorMainTest {
  @TempDir private Path folder;

  private Process start(String... lines) throws IOException {
    Path config = folder.resolve("executor.yaml");
    Files.write(config, List.of(lines));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            ExecutorMain.class.getName(),
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void listensUntilItIsToldToEnd() throws Exception {
    DevelopmentAuthority.create().issue(Role.party(0)).write(folder.resolve("identity"));
    Process process =
        start(
            "party: 0",
            "listen: 127.0.0.1:0",
            "peer-listen: 127.0.0.1:0",
            "peers: ['127.0.0.1:1', '127.0.0.1:1', '127.0.0.1:1']",
            "identity: identity");
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(
              output
                  .lines()
                  .anyMatch(line -> line.contains("executor 0") && line.contains("listens")))
          .isTrue();
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("SIGTERM").isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void saysWhatIsWrongWithItsConfiguration() throws Exception {
    Process process = start("party: 0", "listn: 127.0.0.1:0");
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.lines().toList())
          .anyMatch(
              line -> line.contains("TREFOIL_INVALID_CONFIGURATION") && line.contains("listen"));
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(2);
    } finally {
      process.destroyForcibly();
    }
  }
}
