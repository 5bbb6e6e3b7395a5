package org.trefoil.jobs;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.spark.TrefoilOptions;

/** A file of Spark properties that configures the catalog {@code trefoil}. */
record SparkProperties(Map<String, String> values) {
  static final String CATALOG = "spark.sql.catalog.trefoil.";
  private static final Set<String> PATHS = Set.of("identity", "owners", "roster", "signing-key");

  SparkProperties {
    values = Map.copyOf(values);
  }

  /** Reads {@code file}; the catalog's paths in it are relative to the file. */
  static SparkProperties read(Path file) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot read "
              + file
              + ": "
              + (e instanceof NoSuchFileException ? "there is no such file" : e.getMessage())
              + ". Name a file of Spark properties.",
          e);
    }
    Map<String, String> values = new HashMap<>();
    Path folder = file.toAbsolutePath().getParent();
    for (String key : properties.stringPropertyNames()) {
      String value = properties.getProperty(key).strip();
      boolean path = key.startsWith(CATALOG) && PATHS.contains(key.substring(CATALOG.length()));
      values.put(key, path ? folder.resolve(value).normalize().toString() : value);
    }
    return new SparkProperties(values);
  }

  TrefoilOptions catalog() {
    Map<String, String> catalog = new HashMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(CATALOG)) {
            catalog.put(key.substring(CATALOG.length()), value);
          }
        });
    return TrefoilOptions.ofCatalog("trefoil", catalog);
  }

  Identity identity() {
    return Identity.load(
        catalog()
            .identity()
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.INVALID_CONFIGURATION,
                        "Cannot connect without an identity: set " + CATALOG + "identity")));
  }
}
