package org.trefoil.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;

/**
 * Three executors and one agent per owner as processes on this machine, each with an identity of
 * its own that was made for it: in authorized mode if a policy asks for approvals and the cluster
 * is kept, else in design mode.
 */
final class LocalCluster implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final Duration START_LIMIT_PER_OWNER = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Path home;
  private final OwnersFile owners;
  private final Path ownersPath;
  private final String analyst;
  private final boolean temporary;
  private final List<Integer> ports;
  private final List<ChildProcess> children = new ArrayList<>();
  private final Thread closeOnExit = new Thread(this::stop, "stop-local-cluster");
  private final IntUnaryOperator route;
  private final int threads;
  private final DevelopmentAuthority authority = DevelopmentAuthority.create();
  private boolean stopped;

  private LocalCluster(
      Path home,
      OwnersFile owners,
      Path ownersPath,
      String analyst,
      boolean temporary,
      IntUnaryOperator route,
      int threads) {
    this.threads = threads;
    this.home = home;
    this.owners = owners;
    this.ownersPath = ownersPath.toAbsolutePath();
    this.analyst = analyst;
    this.temporary = temporary;
    this.ports = freePorts(6);
    this.route = route;
  }

  /** A cluster in a folder of its own, which is removed when it is closed. */
  static LocalCluster temporary(Path ownersPath, String analyst) {
    return temporary(ownersPath, analyst, port -> port, 1);
  }

  /**
   * As {@link #temporary}, with something between the executors.
   *
   * @param route where an executor finds the peer that listens on a port
   * @param threads that each executor divides a query among
   */
  static LocalCluster temporary(
      Path ownersPath, String analyst, IntUnaryOperator route, int threads) {
    OwnersFile owners = OwnersFile.read(ownersPath);
    if (asksForApprovals(owners)) {
      throw new TrefoilException(
          Condition.NOT_APPROVED,
          "Cannot run SQL on "
              + ownersPath
              + " at once: policies in it ask for approvals. Start the cluster with bin/trefoil"
              + " local start, propose the query, and run it when it is approved.");
    }
    try {
      LocalCluster cluster =
          new LocalCluster(
              Files.createTempDirectory("trefoil-local-"),
              owners,
              ownersPath,
              analyst,
              true,
              route,
              threads);
      Runtime.getRuntime().addShutdownHook(cluster.closeOnExit);
      cluster.configure();
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A cluster that outlives this process. */
  static LocalCluster kept(Path home, Path ownersPath, String analyst) {
    LocalCluster cluster =
        new LocalCluster(
            home.toAbsolutePath(),
            OwnersFile.read(ownersPath),
            ownersPath,
            analyst,
            false,
            port -> port,
            1);
    cluster.configure();
    return cluster;
  }

  Path analystProperties() {
    return home.resolve("analyst.properties");
  }

  /** By owner; each with the owner's own identity. */
  Map<String, SparkProperties> ownerProperties() {
    Map<String, SparkProperties> all = new LinkedHashMap<>();
    for (String owner : owners.owners()) {
      all.put(owner, SparkProperties.read(home.resolve("owner-" + owner + ".properties")));
    }
    return all;
  }

  Path home() {
    return home;
  }

  /** The processes whose names begin so. */
  List<Long> pids(String prefix) {
    return children.stream()
        .filter(child -> child.name().startsWith(prefix))
        .map(ChildProcess::pid)
        .toList();
  }

  List<ChildProcess> children() {
    return List.copyOf(children);
  }

  /** What each executor has received of owners since it started, a line each. */
  List<String> received() {
    List<String> lines = new ArrayList<>();
    Identity identity = Identity.load(home.resolve("identities").resolve("analyst"));
    for (int party = 0; party < 3; party++) {
      try (ExecutorConnection executor =
          FlightConnection.open(party, "127.0.0.1", ports.get(party), identity)) {
        Map<String, String> health = executor.health();
        lines.add(
            "executor %d: %,d rows, %,d bytes"
                .formatted(
                    party,
                    Long.parseLong(health.get("rows-received")),
                    Long.parseLong(health.get("bytes-received"))));
      }
    }
    return lines;
  }

  /** Starts executors and agents side by side; returns when every table is registered. */
  void start() {
    owners.requireSources();
    launchExecutors();
    launchAgents();
    awaitTables();
  }

  private void launchExecutors() {
    Path launcher = executorLauncher();
    for (int party = 0; party < 3; party++) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  launcher.toString(),
                  "--config",
                  home.resolve("executor-" + party + ".yaml") + ""));
      launch("executor-" + party, command);
    }
  }

  private void launchAgents() {
    for (String owner : owners.owners()) {
      List<String> command = new ArrayList<>(JavaCommand.trefoil(agentOptions()));
      command.addAll(
          List.of("owner", "--config", home.resolve("owner-" + owner + ".properties") + ""));
      launch("owner-" + owner, command);
    }
  }

  /** Agents of one command end before the second compiler would pay; kept ones do not. */
  private List<String> agentOptions() {
    String given = System.getenv("TREFOIL_OWNER_JAVA_OPTS");
    if (given != null) {
      return List.of(given.trim().split("\\s+"));
    }
    return temporary
        ? List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        : List.of("-Xmx1g", "-XX:+UseSerialGC");
  }

  private void launch(String name, List<String> command) {
    Map<String, String> environment =
        temporary ? Map.of("TREFOIL_END_WITH_INPUT", "true") : Map.of();
    children.add(
        ChildProcess.start(
            name, command, environment, home.resolve("logs").resolve(name + ".log"), !temporary));
  }

  /** A contributor's identity, written to a folder. */
  void enrol(String contributor, Path folder) {
    authority.issue(Role.contributor(contributor)).write(folder);
  }

  /** Where the executors listen. */
  String executors() {
    return ports.subList(0, 3).stream().map(p -> "127.0.0.1:" + p).collect(Collectors.joining(","));
  }

  static Path executorLauncher() {
    return Path.of(System.getenv("TREFOIL_HOME"))
        .resolve("executor-dist/target")
        .resolve("trefoil-executor-" + System.getenv("TREFOIL_VERSION"))
        .resolve("trefoil-executor-" + System.getenv("TREFOIL_VERSION"))
        .resolve("bin/trefoil-executor");
  }

  /** Waits until all three executors list every owner's tables. */
  private void awaitTables() {
    Set<String> missing =
        owners.tables().stream()
            .map(OwnedTable::name)
            .collect(Collectors.toCollection(TreeSet::new));
    Identity identity = Identity.load(home.resolve("identities").resolve("analyst"));
    Instant limit = Instant.now().plus(startLimit());
    for (int party = 0; party < 3; party++) {
      try (ExecutorConnection executor =
          FlightConnection.open(party, "127.0.0.1", ports.get(party), identity)) {
        await(executor, new TreeSet<>(missing), limit);
      }
    }
  }

  private void await(ExecutorConnection executor, Set<String> missing, Instant limit) {
    while (true) {
      children.forEach(ChildProcess::check);
      String last;
      try {
        Set<String> present =
            executor.descriptors().stream().map(TableDescriptor::name).collect(Collectors.toSet());
        missing.removeAll(present);
        if (missing.isEmpty()) {
          return;
        }
        last = "tables " + missing + " are not registered";
      } catch (TrefoilException e) {
        if (e.condition() != Condition.PEER_UNAVAILABLE) {
          throw e;
        }
        last = e.reason();
      }
      if (Instant.now().isAfter(limit)) {
        throw new TrefoilException(
            Condition.TIMEOUT,
            "Cannot start the local cluster in "
                + startLimit().toSeconds()
                + " s: "
                + last
                + ". See the logs in "
                + home.resolve("logs"));
      }
      try {
        Thread.sleep(POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TrefoilException(
            Condition.QUERY_CANCELLED,
            "Cannot start the local cluster: interrupted. Start it again",
            e);
      }
    }
  }

  /** Every owner is a Spark of its own, and all start on the same cores. */
  private Duration startLimit() {
    return START_LIMIT.plus(START_LIMIT_PER_OWNER.multipliedBy(owners.owners().size()));
  }

  /** Writes identities and configuration of every process. */
  private void configure() {
    try {
      Files.createDirectories(home.resolve("logs"));
      Path identities = home.resolve("identities");
      Optional<LocalRoster> roster =
          asksForApprovals(owners)
              ? Optional.of(LocalRoster.in(home, owners.owners(), analyst))
              : Optional.empty();
      for (int party = 0; party < 3; party++) {
        int which = party;
        authority.issue(Role.party(party)).write(identities.resolve("executor-" + party));
        write(
            "executor-" + party + ".yaml",
            executorConfig(party)
                + roster.map(r -> r.executorConfig(which)).orElse("mode: design\n"));
        if (roster.isPresent()) {
          Map<String, String> operator = catalog(identities.resolve("executor-" + party));
          operator.putAll(roster.get().catalog("executor-" + party));
          writeProperties("operator-" + party + ".properties", operator);
        }
      }
      for (String owner : owners.owners()) {
        authority.issue(Role.owner(owner)).write(identities.resolve("owner-" + owner));
        Map<String, String> values = catalog(identities.resolve("owner-" + owner));
        values.put("spark.sql.catalog.trefoil.owners", ownersPath.toString());
        roster.ifPresent(r -> values.putAll(r.catalog("owner-" + owner)));
        writeProperties("owner-" + owner + ".properties", values);
      }
      authority.issue(Role.analyst(analyst)).write(identities.resolve("analyst"));
      Map<String, String> values = catalog(identities.resolve("analyst"));
      roster.ifPresent(r -> values.putAll(r.catalog("analyst")));
      writeProperties("analyst.properties", values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String executorConfig(int party) {
    List<String> peers = new ArrayList<>();
    for (int peer = 0; peer < 3; peer++) {
      int port = ports.get(3 + peer);
      peers.add("127.0.0.1:" + (peer == party ? port : route.applyAsInt(port)));
    }
    return String.join(
        "\n",
        "party: " + party,
        "listen: 127.0.0.1:" + ports.get(party),
        "peers: [" + String.join(", ", peers) + "]",
        "identity: identities/executor-" + party,
        "threads: " + threads,
        "");
  }

  private static boolean asksForApprovals(OwnersFile owners) {
    return owners.tables().stream().anyMatch(table -> table.policy().approvalNeeded());
  }

  private Map<String, String> catalog(Path identity) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog");
    values.put("spark.sql.catalog.trefoil.executors", executors());
    values.put("spark.sql.catalog.trefoil.identity", identity.toString());
    return values;
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(home.resolve(name), content);
  }

  private void writeProperties(String name, Map<String, String> values) throws IOException {
    Properties properties = new Properties();
    properties.putAll(values);
    try (Writer out = Files.newBufferedWriter(home.resolve(name), StandardCharsets.UTF_8)) {
      properties.store(out, null);
    }
  }

  /** Loopback ports that are free now. */
  static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      for (ServerSocket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private synchronized void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    children.forEach(ChildProcess::terminate);
    children.forEach(child -> child.await(Duration.ofSeconds(10)));
    if (temporary) {
      removeHome();
    }
  }

  private void removeHome() {
    try {
      FileUtils.deleteDirectory(home.toFile());
    } catch (IOException e) {
      System.err.println("trefoil: " + home + " is left behind: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    stop();
    Runtime.getRuntime().removeShutdownHook(closeOnExit);
  }
}
