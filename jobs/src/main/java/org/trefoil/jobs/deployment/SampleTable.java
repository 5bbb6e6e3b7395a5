package org.trefoil.jobs.deployment;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A CSV file with a header, for generated data without quotes or commas in it. */
public final class SampleTable implements AutoCloseable {
  private final BufferedWriter out;

  private SampleTable(BufferedWriter out) {
    this.out = out;
  }

  /** Opens the file; its first line is {@code columns}. */
  public static SampleTable create(Path file, String... columns) throws IOException {
    SampleTable table = new SampleTable(Files.newBufferedWriter(file));
    table.row((Object[]) columns);
    return table;
  }

  /** One row; a {@code null} is NULL. */
  public void row(Object... values) throws IOException {
    out.write(
        Arrays.stream(values)
            .map(v -> v == null ? "" : v.toString())
            .collect(Collectors.joining(",")));
    out.write('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
