package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code src/test/python} with the interpreter that {@code bin/test} has set up. */
class PythonIT {
  @Test
  void pysparkAndSparkConnect(@TempDir Path folder) throws Exception {
    String python = System.getenv("TREFOIL_PYTHON");
    assertThat(python).as("TREFOIL_PYTHON, set by bin/test").isNotBlank();
    Path log = folder.resolve("pytest.log");
    Process process =
        new ProcessBuilder(
                python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "src/test/python")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = process.waitFor(8, TimeUnit.MINUTES);
    process.destroyForcibly();
    String output = Files.readString(log, StandardCharsets.UTF_8);
    System.out.println(output);
    assertThat(ended).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
