package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DemoIT {
  @Test
  void showsTheMainJobAndLeavesNoProcess() throws Exception {
    Command demo = Command.run("demo");
    assertThat(demo.exitCode()).as(demo.output() + demo.errors()).isZero();
    assertThat(demo.output())
        .contains("The two are equal.", "TREFOIL_ROW_LEVEL_ACCESS", "Reveals", "Leaks");
    List<String> left =
        ProcessHandle.allProcesses()
            .filter(
                p -> p.info().commandLine().filter(c -> c.contains("trefoil-demo-")).isPresent())
            .map(p -> p.pid() + " " + p.info().commandLine().orElse(""))
            .toList();
    assertThat(left).isEmpty();
  }
}
