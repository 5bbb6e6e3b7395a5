package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.Identity;

/** Executors and agents started by {@code bin/trefoil local}, stopped on close. */
final class KeptCluster implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path home;
  private final Map<String, ProcessHandle> processes = new HashMap<>();

  private KeptCluster(Path home) {
    this.home = home;
  }

  static KeptCluster start(Path home, Path owners) throws IOException, InterruptedException {
    Command started =
        Command.run("local", "start", "--home", home.toString(), "--owners", owners.toString());
    assertThat(started.exitCode()).as(started.errors()).isZero();
    KeptCluster cluster = new KeptCluster(home);
    for (String line : Files.readAllLines(home.resolve("processes"))) {
      String[] parts = line.split(" ");
      ProcessHandle.of(Long.parseLong(parts[1])).ifPresent(p -> cluster.processes.put(parts[0], p));
    }
    return cluster;
  }

  Path home() {
    return home;
  }

  /** Kills {@code executor-N} or {@code owner-NAME}, with no chance to say goodbye. */
  void kill(String name) throws Exception {
    ProcessHandle process = processes.get(name);
    assertThat(process.destroyForcibly()).isTrue();
    process.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  long pid(String name) {
    return processes.get(name).pid();
  }

  /** Starts a killed process again. */
  void start(String name) throws IOException {
    boolean executor = name.startsWith("executor-");
    Process process =
        new ProcessBuilder(
                Command.home().resolve("bin/trefoil").toString(),
                executor ? "executor" : "owner",
                "--config",
                home.resolve(name + (executor ? ".yaml" : ".properties")).toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    home.resolve("logs").resolve(name + ".log").toFile()))
            .start();
    processes.put(name, process.toHandle());
  }

  /** Waits until an executor that was started again has been told of so many tables. */
  void awaitTables(int party, int tables) throws Exception {
    ProcessHandle process = processes.get("executor-" + party);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (tables(party) < tables) {
      assertThat(System.nanoTime()).as("executor %s is back", party).isLessThan(deadline);
      try {
        process.onExit().get(200, TimeUnit.MILLISECONDS);
        fail("executor %s ended: see its log", party);
      } catch (TimeoutException e) {
        // It lives.
      }
    }
  }

  private int tables(int party) throws IOException {
    try (ExecutorConnection executor =
        FlightConnection.open(
            party, "127.0.0.1", port(party), Identity.load(home.resolve("identities/analyst")))) {
      return executor.descriptors().size();
    } catch (TrefoilException e) {
      assertThat(e.condition()).isEqualTo(Condition.PEER_UNAVAILABLE);
      return 0;
    }
  }

  Path properties() {
    return home.resolve("analyst.properties");
  }

  /** Where an executor listens. */
  int port(int party) throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(properties())) {
      properties.load(in);
    }
    String address =
        properties.getProperty("spark.sql.catalog.trefoil.executors").split(",")[party];
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
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
    processes.values().forEach(ProcessHandle::destroy);
    Command stopped = Command.run("local", "stop", "--home", home.toString());
    assertThat(stopped.exitCode()).as(stopped.errors()).isZero();
  }
}
