package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** SQL on the command line or in a file. */
final class QueryText {
  @Option(names = "-e", paramLabel = "SQL")
  private String sql;

  @Option(names = "-f", paramLabel = "FILE")
  private Path file;

  String read(CommandSpec spec) throws IOException {
    if (sql != null) {
      return sql;
    }
    if (!Files.isReadable(file)) {
      throw new ParameterException(
          spec.commandLine(), "Cannot read " + file + ": no such file, or not readable");
    }
    return Files.readString(file);
  }
}
