package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A folder of tests in Python, run with the interpreter that {@code bin/test} has set up. */
final class Python {
  private static final long LIMIT_MINUTES = 8;

  private Python() {}

  /** Runs {@code src/test/python/tests}, and fails with what it printed if a test fails. */
  static void passes(String tests, Map<String, String> environment, Path folder)
      throws IOException, InterruptedException {
    String python = System.getenv("TREFOIL_PYTHON");
    assertThat(python).as("TREFOIL_PYTHON, set by bin/test").isNotBlank();
    Path log = folder.resolve("pytest.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "src/test/python/" + tests)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // Few rows, much of Spark: C2's compilations would take most of the time.
    builder.environment().put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
    process.destroyForcibly();
    String output = Files.readString(log, StandardCharsets.UTF_8);
    System.out.println(output);
    assertThat(ended).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
