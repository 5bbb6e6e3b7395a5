package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.bench.Figures;

class PerformancePageTest {
  private static final Figures AND =
      new Figures("primitives", "and", 1L << 20, 64, 0.5, 0.05, 8.0, 1L, 500L, null, null, true);

  @Test
  void replacesTheSuitesPartOnly(@TempDir Path folder) throws IOException {
    Path page =
        Files.writeString(
            folder.resolve("page.md"),
            "# A\n<!-- begin primitives -->\nold\n<!-- end primitives -->\nrest\n");
    PerformancePage.update(page, "primitives", "bench primitives", List.of(AND));
    assertThat(Files.readString(page))
        .startsWith("# A\n<!-- begin primitives -->\n`bin/trefoil bench primitives` on ")
        .contains("| Work | Rows | Bits | Wall s | CPU s, three executors |")
        .contains("\n| and | 1,048,576 | 64 | 0.500 | 0.050 | 8.000 | 1 | 500 |\n")
        .doesNotContain("old", "Plain Spark")
        .endsWith("\n<!-- end primitives -->\nrest\n");
    assertThatThrownBy(() -> PerformancePage.update(page, "tpch", "bench tpch", List.of(AND)))
        .hasMessageContaining("<!-- begin tpch -->");
  }

  @Test
  void theDocumentHasAPartForEverySuite() throws IOException {
    String page = Files.readString(Path.of("../docs/performance.md"));
    for (BenchCommand.Suite suite : BenchCommand.Suite.values()) {
      assertThat(page).contains("<!-- begin " + suite + " -->\n", "<!-- end " + suite + " -->\n");
    }
  }
}
