package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Executors and agents started by {@code bin/trefoil local}, stopped on close. */
final class KeptCluster implements AutoCloseable {
  private final Path home;

  private KeptCluster(Path home) {
    this.home = home;
  }

  static KeptCluster start(Path home, Path owners) throws IOException, InterruptedException {
    Command started =
        Command.run("local", "start", "--home", home.toString(), "--owners", owners.toString());
    assertThat(started.exitCode()).as(started.errors()).isZero();
    return new KeptCluster(home);
  }

  Path properties() {
    return home.resolve("analyst.properties");
  }

  /** An analyst's Spark in this JVM. */
  SparkSession analyst() throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(properties())) {
      properties.load(in);
    }
    SparkConf conf =
        new SparkConf()
            .set("spark.master", "local[2]")
            .set("spark.app.name", "integration-tests")
            .set("spark.ui.enabled", "false")
            .set("spark.sql.shuffle.partitions", "2")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.host", "127.0.0.1");
    properties.stringPropertyNames().forEach(k -> conf.set(k, properties.getProperty(k)));
    return SparkSession.builder().config(conf).getOrCreate();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Command stopped = Command.run("local", "stop", "--home", home.toString());
    assertThat(stopped.exitCode()).as(stopped.errors()).isZero();
  }
}
