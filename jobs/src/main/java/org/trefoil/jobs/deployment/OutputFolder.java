package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.jobs.ResultFormat;

/**
 * {@code NAME.csv} and {@code NAME.parquet} of each result. Files of a former run are replaced,
 * each in one step, after all new ones are complete; a run that fails leaves them as they are.
 */
public record OutputFolder(Path folder) {
  /** Writes the results. */
  public void write(SparkSession spark, List<Result> results) {
    try {
      Files.createDirectories(folder);
      Path fresh = Files.createTempDirectory(folder, ".new-");
      try {
        Map<Path, Path> moves = new LinkedHashMap<>();
        for (Result result : results) {
          moves.put(csv(fresh, result), folder.resolve(result.name() + ".csv"));
          moves.put(parquet(spark, fresh, result), folder.resolve(result.name() + ".parquet"));
        }
        for (Map.Entry<Path, Path> move : moves.entrySet()) {
          Files.move(
              move.getKey(),
              move.getValue(),
              StandardCopyOption.REPLACE_EXISTING,
              StandardCopyOption.ATOMIC_MOVE);
        }
      } finally {
        FileUtils.deleteDirectory(fresh.toFile());
      }
    } catch (IOException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot write results to " + folder + ": " + e.getMessage() + ". Name another folder.",
          e);
    }
  }

  private static Path csv(Path fresh, Result result) throws IOException {
    Path file = fresh.resolve(result.name() + ".csv");
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      ResultFormat.csv.write(result.columns(), result.rows(), out);
      if (out.checkError()) {
        throw new IOException("not all of " + result.name() + " could be written");
      }
    }
    return file;
  }

  private static Path parquet(SparkSession spark, Path fresh, Result result) throws IOException {
    Path parts = fresh.resolve(result.name());
    spark
        .createDataFrame(result.rows(), result.schema())
        .coalesce(1)
        .write()
        .parquet(parts.toUri().toString());
    try (Stream<Path> files = Files.list(parts)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("part-"))
          .findFirst()
          .orElseThrow(() -> new IOException("Spark wrote no file of " + result.name()));
    }
  }
}
