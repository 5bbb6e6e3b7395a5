package org.trefoil.jobs;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that runs another {@code bin/trefoil} command in a JVM like this one. */
final class JavaCommand {
  private JavaCommand() {}

  /** A JVM with this one's class path and module options, and its own {@code tuning}. */
  static List<String> trefoil(List<String> tuning) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      boolean own =
          option.startsWith("-Xmx")
              || option.startsWith("-agentlib")
              || option.startsWith("-XX:+Use")
              || option.startsWith("-XX:Tiered");
      if (!own) {
        command.add(option);
      }
    }
    command.addAll(tuning);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    return command;
  }
}
