package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;

/**
 * What goes wrong in real processes ends in an error that names the thing, in bounded time, with
 * the exit code of the contract; afterwards the next query works.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultIT {
  private static final int ROWS = 60_000;
  private static final String OWNERS =
      """
      owners:
        north:
          tables:
            visits:
              source: {format: csv, path: visits.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, person INT NOT NULL, cost DECIMAL(10,2)"
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate]}}
            bad:
              source: {format: csv, path: bad.csv, options: {header: "true"}}
              schema: "twice INT NOT NULL, ranged INT, long VARCHAR(20), huge BIGINT, missing INT"
              keys: [[twice]]
              policy:
                min-group-size: 1
                columns:
                  ranged: {use: [aggregate], range: [0, 100]}
                default: {use: [join, filter, group, aggregate]}
            birds:
              source: {format: csv, path: birds.csv, options: {header: "true"}}
              schema: "ring BIGINT NOT NULL, name VARCHAR(40) NOT NULL, kind VARCHAR(40) NOT NULL, weight BIGINT NOT NULL, odd BIGINT"
              keys: [[ring]]
              policy:
                min-group-size: 3
                columns:
                  odd: {use: [aggregate], range: [0, 10]}
                default: {use: [join, filter, group, aggregate]}
        south:
          tables:
            sightings:
              source: {format: csv, path: sightings.csv, options: {header: "true"}}
              schema: "ring BIGINT NOT NULL, place VARCHAR(40) NOT NULL"
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate]}}
            people:
              source: {format: csv, path: people.csv, options: {header: "true"}}
              schema: "id INT NOT NULL, city VARCHAR(10)"
              keys: [[id]]
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate]}}
      """;
  private static final String SMALL = "SELECT count(*) AS n FROM trefoil.south.people";
  private static final String BOTH =
      "SELECT city, count(*) n, sum(cost) c FROM trefoil.north.visits v JOIN trefoil.south.people p"
          + " ON v.person = p.id GROUP BY city ORDER BY city";

  private static final long RING = 5838246190274615093L;
  private static final long WEIGHT = 871046325917341L;
  private static final long ODD = 6402917358846201753L;
  private static final String NAME = "Kanarie-Hansi-zwitschert-";
  private static final List<String> KINDS =
      List.of("Kanarie-Harzer-Roller", "Kanarie-Zeisig-Mischling");
  private static final String PLACE = "Kanarie-Garten-am-Wall";
  private static final Canaries CANARIES =
      Canaries.of(
          List.of(NAME, KINDS.get(0), KINDS.get(1), PLACE),
          List.of(
              RING, RING + 1, RING + 2, RING + 3, WEIGHT, WEIGHT + 1, WEIGHT + 4, WEIGHT + 9, ODD));

  private Path folder;
  private KeptCluster cluster;
  private SparkSession spark;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    Path owners = Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS);
    StringBuilder visits = new StringBuilder("id,person,cost\n");
    for (int i = 0; i < ROWS; i++) {
      visits.append(i).append(',').append(i % 1000).append(',').append(i % 50).append(".25\n");
    }
    Files.writeString(folder.resolve("visits.csv"), visits);
    StringBuilder people = new StringBuilder("id,city\n");
    for (int i = 0; i < 900; i++) {
      people.append(i).append(',').append(i % 3 == 0 ? "Århus" : "Bonn").append('\n');
    }
    Files.writeString(folder.resolve("people.csv"), people);
    Files.writeString(
        folder.resolve("bad.csv"),
        "twice,ranged,long,huge,missing\n"
            + "1,101,"
            + "ü".repeat(33)
            + ",9223372036854775807,\n1,5,short,9223372036854775807,\n");
    StringBuilder birds = new StringBuilder("ring,name,kind,weight,odd\n");
    StringBuilder sightings = new StringBuilder("ring,place\n");
    for (int i = 0; i < 4; i++) {
      birds.append(
          "%d,%s,%s,%d,%d%n".formatted(RING + i, NAME + i, KINDS.get(i / 3), WEIGHT + i * i, ODD));
      sightings.append("%d,%s%n".formatted(RING + i, PLACE));
    }
    Files.writeString(folder.resolve("birds.csv"), birds);
    Files.writeString(folder.resolve("sightings.csv"), sightings);
    cluster = KeptCluster.start(folder.resolve("cluster"), owners);
    Files.writeString(cluster.properties(), events("analyst"), StandardOpenOption.APPEND);
    spark = cluster.analyst();
  }

  @AfterAll
  void stop() throws IOException, InterruptedException {
    if (spark != null) {
      spark.stop();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SELECT count(*) FROM trefoil.south.people p JOIN trefoil.north.bad b ON p.id = b.twice | TREFOIL_KEY_NOT_UNIQUE | twice
          SELECT sum(ranged) FROM trefoil.north.bad                                               | TREFOIL_VALUE_OUT_OF_RANGE | ranged
          SELECT long, count(*) FROM trefoil.north.bad GROUP BY long                              | TREFOIL_VALUE_TOO_LONG | long
          SELECT sum(huge) FROM trefoil.north.bad                                                 | TREFOIL_ARITHMETIC_OVERFLOW | aggregate table north.bad
          """)
  void badDataFailTheQueryThatUsesThem(String sql, String condition, String named) {
    assertThatThrownBy(() -> spark.sql(sql).collectAsList())
        .hasStackTraceContaining(condition)
        .hasStackTraceContaining(named);
    works();
  }

  @Test
  void anExecutorThatIsDownIsNamed() throws Exception {
    cluster.kill("executor-1");
    Command query = sql(SMALL);
    assertThat(query.exitCode()).as(query.errors()).isEqualTo(4);
    assertThat(query.errors()).contains("TREFOIL_PEER_UNAVAILABLE").contains("executor 1");
    assertThat(query.output()).isEmpty();
    Command doctor = doctor();
    assertThat(doctor.exitCode()).as(doctor.output()).isEqualTo(4);
    assertThat(doctor.output()).contains("BAD  executor 1", "ok   executor 0", "ok   executor 2");
    cluster.start("executor-1");
    worksSoon();
    Command healthy = doctor();
    assertThat(healthy.exitCode()).as(healthy.output()).isZero();
    assertThat(healthy.output()).doesNotContain("BAD");
  }

  @Test
  void anExecutorThatDiesWhileAQueryRunsIsNamed() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart job) {
            if (job.properties()
                .getProperty("spark.job.description", "")
                .contains("executors run ")) {
              running.countDown();
            }
          }
        };
    spark.sparkContext().addSparkListener(listener);
    try {
      CompletableFuture<Void> query =
          CompletableFuture.runAsync(() -> spark.sql(BOTH).collectAsList());
      assertThat(running.await(2, TimeUnit.MINUTES)).isTrue();
      cluster.kill("executor-2");
      Throwable error = catchThrowable(() -> query.get(2, TimeUnit.MINUTES));
      assertThat(error)
          .hasStackTraceContaining("TREFOIL_PEER_UNAVAILABLE")
          .hasStackTraceContaining("executor 2");
    } finally {
      spark.sparkContext().removeSparkListener(listener);
    }
    cluster.start("executor-2");
    worksSoon();
  }

  @Test
  void anOwnerWhoseAgentIsDownIsNamed() throws Exception {
    // One executor that is less patient than the others is enough to end the query.
    cluster.kill("executor-0");
    Path config = cluster.home().resolve("executor-0.yaml");
    Files.writeString(config, Files.readString(config) + "owner-timeout: 15s\n");
    cluster.start("executor-0");
    worksSoon();
    cluster.kill("owner-south");
    Command query = sql(BOTH);
    assertThat(query.exitCode()).as(query.errors()).isEqualTo(4);
    assertThat(query.errors()).contains("TREFOIL_OWNER_UNAVAILABLE").contains("south");
    assertThat(query.output()).isEmpty();
    cluster.start("owner-south");
    worksSoon();
  }

  /** Spark's event log of somebody, as it is written. */
  private String events(String of) throws IOException {
    Path events = Files.createDirectories(folder.resolve("events-" + of));
    return "%nspark.eventLog.enabled=true%nspark.eventLog.compress=false%nspark.eventLog.dir=%s%n"
        .formatted(events.toUri());
  }

  /** A Spark that shows pages and metrics, and writes what it spills where it can be read. */
  private static String pages(int ui, Path local) {
    return String.join(
        System.lineSeparator(),
        "spark.ui.enabled=true",
        "spark.ui.port=" + ui,
        "spark.ui.prometheus.enabled=true",
        "spark.local.dir=" + local,
        "spark.shuffle.compress=false",
        "spark.shuffle.spill.compress=false",
        "");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Every page of an agent's Spark and what they link to, and its metrics. */
  private static String pages(int ui) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    String site = "http://127.0.0.1:" + ui;
    Deque<String> left =
        new ArrayDeque<>(
            List.of(
                "/jobs/",
                "/stages/",
                "/storage/",
                "/environment/",
                "/executors/",
                "/executors/threadDump/?executorId=driver",
                "/SQL/",
                "/metrics/json/",
                "/metrics/prometheus/",
                "/metrics/executors/prometheus/",
                "/api/v1/applications"));
    for (int id = 0; id < 25; id++) {
      left.add("/SQL/execution/?id=" + id);
      left.add("/stages/stage/?id=" + id + "&attempt=0");
    }
    Set<String> seen = new HashSet<>(left);
    StringBuilder all = new StringBuilder();
    Pattern link = Pattern.compile("(?:href=\"|" + site + ")(/(?:jobs|stages|SQL)/[^\"#]*)");
    while (!left.isEmpty() && seen.size() < 200) {
      String page =
          client
              .send(
                  HttpRequest.newBuilder(URI.create(site + left.remove())).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      all.append(page).append('\n');
      Matcher links = link.matcher(page);
      while (links.find()) {
        String next = links.group(1).replace("&amp;", "&");
        if (!next.contains("kill") && seen.add(next)) {
          left.add(next);
        }
      }
    }
    return all.toString();
  }

  /**
   * What is in owners' rows is nowhere else: not in what an owner sends, though a relay reads it
   * inside of TLS, nor in executors' heaps and files, logs, events, pages, metrics, what Spark
   * spills, and errors.
   */
  @Test
  void whatIsInOwnersRowsStaysThere() throws Exception {
    Path home = cluster.home();
    List<OpenRelay> relays = new ArrayList<>();
    Path config = home.resolve("owner-north.properties");
    String before = Files.readString(config);
    int ui = freePort();
    Path local = Files.createDirectories(folder.resolve("local-north"));
    String relayed = before + events("north") + pages(ui, local);
    Identity north = Identity.load(home.resolve("identities/owner-north"));
    for (int party = 0; party < 3; party++) {
      Identity executor = Identity.load(home.resolve("identities/executor-" + party));
      OpenRelay relay = OpenRelay.to(party, executor, north, port(party));
      relays.add(relay);
      relayed = relayed.replace(Integer.toString(port(party)), Integer.toString(relay.port()));
    }
    cluster.kill("owner-north");
    Files.writeString(config, relayed);
    cluster.start("owner-north");
    try {
      String joined =
          "SELECT b.kind, count(*) AS n, sum(b.weight) AS w FROM trefoil.north.birds b JOIN"
              + " trefoil.south.sightings s ON b.ring = s.ring WHERE length(b.name) > 3 AND s.place"
              + " <> 'nowhere' GROUP BY b.kind";
      List<Row> shown = spark.sql(joined).collectAsList();
      assertThat(shown).hasSize(1);
      assertThat(shown.get(0).getString(0)).isEqualTo(KINDS.get(0));
      assertThat(shown.get(0).getLong(2)).isEqualTo(3 * WEIGHT + 5);
      StringBuilder errors = new StringBuilder();
      for (String failing :
          List.of(
              "SELECT name FROM trefoil.north.birds",
              "SELECT sum(odd) FROM trefoil.north.birds",
              "SELECT sum(CAST(name AS INT)) FROM trefoil.north.birds",
              "SELECT sum(1 div (weight - weight)) FROM trefoil.north.birds")) {
        StringWriter text = new StringWriter();
        catchThrowable(() -> spark.sql(failing).collectAsList())
            .printStackTrace(new PrintWriter(text));
        errors.append(text).append('\n');
      }
      assertThat(errors)
          .contains(
              "TREFOIL_ROW_LEVEL_ACCESS", "TREFOIL_VALUE_OUT_OF_RANGE", "TREFOIL_POLICY_VIOLATION");
      assertThat(CANARIES.in(errors.toString())).isEmpty();

      for (OpenRelay relay : relays) {
        byte[] sent = relay.sent();
        assertThat(new String(sent, StandardCharsets.ISO_8859_1)).contains("birds", "weight");
        assertThat(CANARIES.in(sent)).isEmpty();
      }
      for (int party = 0; party < 3; party++) {
        Path dump = folder.resolve("executor-" + party + ".hprof");
        Process jcmd =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    Long.toString(cluster.pid("executor-" + party)),
                    "GC.heap_dump",
                    "-all",
                    dump.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jcmd.waitFor()).as(said).isZero();
        assertThat(Canaries.of(List.of("birds", "nowhere"), List.of()).in(dump)).isNotEmpty();
        assertThat(CANARIES.in(dump)).isEmpty();
        Files.delete(dump);
      }
      String pages = pages(ui);
      assertThat(pages).contains("birds", "metrics_executor", "Physical Plan");
      assertThat(CANARIES.in(pages)).isEmpty();
      // What the owner's Spark moved and spilled while it shared: there is some, and it is sealed.
      try (Stream<Path> files = Files.walk(local)) {
        assertThat(files).anyMatch(file -> file.toString().endsWith(".data"));
      }
      assertThat(CANARIES.in(local)).isEmpty();
      // A log keeps what its process has said of itself; Spark's tells of plans and literals.
      assertThat(Canaries.of(List.of("birds"), List.of()).in(folder.resolve("events-analyst")))
          .isNotEmpty();
      for (Path kept :
          List.of(home, folder.resolve("events-analyst"), folder.resolve("events-north"))) {
        assertThat(CANARIES.in(kept)).isEmpty();
      }
      assertThat(CANARIES.in(folder.resolve("birds.csv"))).hasSizeGreaterThanOrEqualTo(9);
    } finally {
      relays.forEach(OpenRelay::close);
      cluster.kill("owner-north");
      Files.writeString(config, before);
      cluster.start("owner-north");
    }
    worksSoon();
  }

  @Test
  void anIdentityOfAnotherAuthorityIsRefused() throws Exception {
    Path stranger = folder.resolve("stranger");
    DevelopmentAuthority.create().issue(Role.analyst("analyst")).write(stranger);
    String own = Files.readString(cluster.properties());
    Path properties =
        Files.writeString(
            folder.resolve("stranger.properties"),
            own.replaceAll("(?m)^(.*catalog.trefoil.identity=).*$", "$1" + stranger));
    Command query = Command.run("sql", "--properties", properties.toString(), "-e", SMALL);
    assertThat(query.exitCode()).as(query.errors()).isEqualTo(3);
    assertThat(query.errors()).contains("TREFOIL_PEER_REFUSED").contains("executor 0");
    assertThat(query.output()).isEmpty();
    works();
  }

  @Test
  void anExecutorOfAnotherAuthorityIsRefused() throws Exception {
    Path identity = cluster.home().resolve("identities/executor-1");
    Identity own = Identity.load(identity);
    cluster.kill("executor-1");
    DevelopmentAuthority.create().issue(Role.party(1)).write(identity);
    try {
      cluster.start("executor-1");
      Command query = sqlSoonNot(SMALL, "TREFOIL_PEER_UNAVAILABLE");
      assertThat(query.exitCode()).as(query.errors()).isEqualTo(3);
      assertThat(query.errors()).contains("TREFOIL_PEER_REFUSED").contains("executor 1");
      assertThat(query.output()).isEmpty();
      Command doctor = doctor();
      assertThat(doctor.exitCode()).as(doctor.output()).isEqualTo(3);
      assertThat(doctor.output()).contains("BAD  executor 1", "ok   executor 0", "ok   executor 2");
    } finally {
      cluster.kill("executor-1");
      own.write(identity);
      cluster.start("executor-1");
    }
    worksSoon();
  }

  @Test
  void interruptingAnAnalystLeavesNothingAtTheExecutors() throws Exception {
    Process process =
        Command.start("sql", "--properties", cluster.properties().toString(), "-e", BOTH);
    try (BufferedReader notes =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      String note = notes.readLine();
      while (note != null && !note.contains("executors ")) {
        note = notes.readLine();
      }
      assertThat(note).as("a note of progress").isNotNull();
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(130);
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    Identity analyst = Identity.load(cluster.home().resolve("identities/analyst"));
    for (int party = 0; party < 3; party++) {
      try (ExecutorConnection executor =
          FlightConnection.open(party, "127.0.0.1", port(party), analyst)) {
        assertThat(executor.health().get("queries")).as("executor %s", party).startsWith("0 of ");
      }
    }
    works();
  }

  @Test
  void executorsWithDifferentDescriptorsDisagree() throws IOException {
    Identity south = Identity.load(cluster.home().resolve("identities/owner-south"));
    try (ExecutorConnection executor = FlightConnection.open(2, "127.0.0.1", port(2), south)) {
      TableDescriptor people =
          executor.descriptors().stream()
              .filter(t -> t.name().equals("south.people"))
              .findFirst()
              .orElseThrow();
      executor.register(
          "south",
          List.of(
              new TableDescriptor(
                  "south", "people", people.fields(), List.of(), people.rows(), people.policy())));
      assertThatThrownBy(() -> spark.sql(SMALL).collectAsList())
          .hasStackTraceContaining("TREFOIL_EXECUTORS_DISAGREE");
      executor.register("south", List.of(people));
    }
    works();
  }

  @Test
  void interruptingEndsEveryProcess() throws Exception {
    Process process =
        Command.start("sql", "--local", folder.resolve("OWNERS.yaml").toString(), "-e", BOTH);
    List<ProcessHandle> started;
    try (BufferedReader notes =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      String note = notes.readLine();
      while (note != null && !note.contains("query ")) {
        note = notes.readLine();
      }
      assertThat(note).as("a note of progress").isNotNull();
      started = process.descendants().toList();
      assertThat(started).hasSizeGreaterThanOrEqualTo(5);
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(130);
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    for (ProcessHandle child : started) {
      child.onExit().get(20, TimeUnit.SECONDS);
    }
  }

  private Command sql(String text) throws IOException, InterruptedException {
    return Command.run("sql", "--properties", cluster.properties().toString(), "-e", text);
  }

  /**
   * Runs a statement again while its error is {@code passing}: a process takes a while to start.
   */
  private Command sqlSoonNot(String text, String passing) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    Command query = sql(text);
    while (query.errors().contains(passing) && System.nanoTime() < deadline) {
      query = sql(text);
    }
    return query;
  }

  private int port(int party) {
    String address = spark.conf().get("spark.sql.catalog.trefoil.executors").split(",")[party];
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private Command doctor() throws IOException, InterruptedException {
    return Command.run("doctor", "--properties", cluster.properties().toString());
  }

  private void works() {
    assertThat(spark.sql(SMALL).head().getLong(0)).isEqualTo(900);
  }

  /** Runs a query of both owners until what was started again has found its place. */
  private void worksSoon() {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (true) {
      try {
        assertThat(spark.sql(BOTH).collectAsList()).hasSize(2);
        return;
      } catch (Exception e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the cluster does not recover", e);
        }
      }
    }
  }
}
