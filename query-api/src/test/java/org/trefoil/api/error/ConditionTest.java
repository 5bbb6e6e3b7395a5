package org.trefoil.api.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConditionTest {
  /** Condition, SQLSTATE, exit code, what happened, what to do. */
  private static final Pattern LINE =
      Pattern.compile(
          "\\| `TREFOIL_(\\w+)` \\| (\\w{5}) \\| (\\d+) \\| [^|]{10,} \\| [^|]{10,} \\|");

  @Test
  void everyConditionIsDocumentedAndNoOther() throws IOException {
    List<String> documented =
        Files.readAllLines(Path.of("../docs/errors.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .map(
                line -> {
                  var match = LINE.matcher(line);
                  assertThat(match.matches()).as(line).isTrue();
                  return match.group(1) + " " + match.group(2) + " " + match.group(3);
                })
            .toList();
    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Condition.values())
                .map(c -> c.name() + " " + c.sqlState() + " " + c.outcome().exitCode())
                .toList());
  }
}
