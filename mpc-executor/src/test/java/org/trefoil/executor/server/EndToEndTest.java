package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.executor.server.ExecutorConfig.HostPort;
import org.trefoil.executor.transport.LinkPatience;
import org.trefoil.executor.transport.NettyPeerLinks;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.recipient.Reconstruction;

/**
 * One whole query, from the plan's bytes to the rebuilt result, against the answer in the clear:
 * patients of a hospital, claims at an insurer, claimed amounts by city of adult patients.
 */
@Timeout(300)
final class EndToEndTest {
  private static final DataType MONEY = DataType.decimal(10, 2);
  private static final Field ID = new Field("id", DataType.BIGINT, false);
  private static final Field CITY = new Field("city", DataType.string(12), true);
  private static final Field AGE = new Field("age", DataType.INT, false);
  private static final Field PATIENT = new Field("patient", DataType.BIGINT, true);
  private static final Field AMOUNT = new Field("amount", MONEY, true);

  private static final TableDescriptor PATIENTS =
      new TableDescriptor(
          "hospital",
          "patients",
          List.of(ID, CITY, AGE),
          List.of(List.of("id")),
          40,
          policy(
              3,
              Map.of(
                  "id", ColumnPolicy.of(Verb.JOIN),
                  "city", ColumnPolicy.of(Verb.GROUP),
                  "age", ColumnPolicy.of(Verb.FILTER))));
  private static final TableDescriptor CLAIMS =
      new TableDescriptor(
          "insurer",
          "claims",
          List.of(PATIENT, AMOUNT),
          List.of(),
          100,
          policy(
              1,
              Map.of(
                  "patient", ColumnPolicy.of(Verb.JOIN),
                  "amount", ColumnPolicy.of(Verb.AGGREGATE))));

  @TempDir private Path folder;
  private final List<List<Object>> patients = new ArrayList<>();
  private final List<List<Object>> claims = new ArrayList<>();
  private final long seed =
      System.getProperty("trefoil.seed", "").isEmpty()
          ? System.nanoTime()
          : Long.parseLong(System.getProperty("trefoil.seed"));

  private static TablePolicy policy(int minGroupSize, Map<String, ColumnPolicy> columns) {
    return TablePolicy.builder(minGroupSize).columns(columns).absencePublic(false).build();
  }

  /** SELECT city, sum(amount), count(*) FROM ... WHERE age >= 18 GROUP BY city. */
  private static Plan plan() {
    Rel adults =
        new Rel.Filter(
            new Rel.Scan("hospital", "patients", PATIENTS.fields()),
            new Expr.Call(
                Function.GREATER_OR_EQUAL,
                List.of(field(2, AGE), new Expr.Literal(DataType.INT, 18L)),
                DataType.BOOLEAN,
                false));
    Rel joined =
        new Rel.Join(
            Rel.Join.Kind.INNER,
            adults,
            new Rel.Scan("insurer", "claims", CLAIMS.fields()),
            new Expr.Call(
                Function.EQUAL, List.of(field(0, ID), field(3, PATIENT)), DataType.BOOLEAN, true));
    return new Plan(
        new Rel.Aggregate(
            joined,
            List.of(field(1, CITY)),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM, Optional.of(field(4, AMOUNT)), DataType.decimal(20, 2)),
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("city", "claimed", "claims")),
        true,
        "UTC");
  }

  private static Expr field(int index, Field field) {
    return new Expr.FieldRef(index, field.type(), field.nullable());
  }

  private void makeRows() {
    Random random = new Random(seed);
    List<String> cities = new ArrayList<>(List.of("Aarhus", "København", "Łódź", "Oss"));
    cities.add(null);
    for (int i = 0; i < 40; i++) {
      List<Object> row = new ArrayList<>();
      row.add(1000L - 7 * i);
      // A city of two patients is always held back; the others hardly ever.
      row.add(i < 2 ? "Rømø" : cities.get(random.nextInt(cities.size())));
      row.add((long) (10 + random.nextInt(40)));
      patients.add(row);
    }
    for (int i = 0; i < 100; i++) {
      List<Object> row = new ArrayList<>();
      row.add(random.nextInt(8) == 0 ? null : (Object) (1000L - 7 * random.nextInt(46)));
      row.add(
          random.nextInt(5) == 0
              ? null
              : BigDecimal.valueOf(random.nextLong(-9_999_999_999L, 9_999_999_999L), 2));
      claims.add(row);
    }
  }

  /** The answer in the clear, suppression included. */
  private Map<String, List<Object>> expected() {
    Map<String, List<Object>> groups = new TreeMap<>(Comparator.nullsFirst(String::compareTo));
    Map<String, Set<Object>> contributing = new HashMap<>();
    Map<String, Set<Object>> weighing = new HashMap<>();
    Map<String, Set<Object>> lacking = new HashMap<>();
    for (List<Object> claim : claims) {
      for (List<Object> patient : patients) {
        if (patient.get(0).equals(claim.get(0)) && (Long) patient.get(2) >= 18) {
          String city = (String) patient.get(1);
          List<Object> group = groups.computeIfAbsent(city, c -> nothing());
          BigDecimal amount = (BigDecimal) claim.get(1);
          (amount == null ? lacking : weighing)
              .computeIfAbsent(city, c -> new HashSet<>())
              .add(patient.get(0));
          if (amount != null) {
            BigDecimal sum = (BigDecimal) group.get(0);
            group.set(0, sum == null ? amount : sum.add(amount));
          }
          group.set(1, (Long) group.get(1) + 1);
          contributing.computeIfAbsent(city, c -> new HashSet<>()).add(patient.get(0));
        }
      }
    }
    groups.keySet().removeIf(city -> contributing.get(city).size() < 3);
    groups.forEach(
        (city, group) -> {
          int without = lacking.getOrDefault(city, Set.of()).size();
          // Of the sum and the count the insurer's amounts could make a difference of one patient.
          if (weighing.getOrDefault(city, Set.of()).size() < 3 || (without > 0 && without < 3)) {
            group.set(0, null);
          }
        });
    return groups;
  }

  private static List<Object> nothing() {
    List<Object> group = new ArrayList<>();
    group.add(null);
    group.add(0L);
    return group;
  }

  private record Actors(
      List<ExecutorConnection> analyst,
      List<ExecutorConnection> hospital,
      List<ExecutorConnection> insurer) {}

  @Test
  void equalsTheClearAnswerOnEmbeddedExecutors() throws Exception {
    List<ExecutorConnection> all = new EmbeddedExecutors().connect("hq");
    assertEqualsTheClearAnswer(new Actors(all, all, all));
  }

  @Test
  void equalsTheClearAnswerOverFlightNettyAndTlsAndAgainAfterARestart() throws Exception {
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    List<ExecutorServer> servers = new ArrayList<>();
    try {
      for (int p = 0; p < 3; p++) {
        servers.add(ExecutorServer.listen(config(authority, p, 0)));
      }
      meet(servers);
      try (Connected actors = new Connected(authority, servers)) {
        assertEqualsTheClearAnswer(actors.actors);
        assertThat(actors.actors.analyst().get(2).health()).containsEntry("party", "2");
        assertThat(
                MetricsEndpointTest.scrape(servers.get(2).metricsPort().orElseThrow(), "/metrics")
                    .body())
            .contains("trefoil_queries_ended_total{state=\"delivered\"} 1.0")
            .contains("trefoil_owners_registered 2.0")
            .containsPattern("trefoil_rows_received_total [1-9]")
            .containsPattern("trefoil_peers_rounds_total [1-9]")
            .doesNotContain("hospital", "insurer", "claims");
        QueryId orphan = submit(actors.actors);
        TestCluster.await(actors.actors.analyst().get(0), orphan, QueryState.ADMITTED);
        int peerPort = servers.get(1).peerPort();
        servers.get(1).close();
        for (int p : List.of(0, 2)) {
          QueryStatus status =
              TestCluster.await(actors.actors.analyst().get(p), orphan, QueryState.FAILED);
          assertThat(status.error().condition()).isEqualTo(Condition.PEER_UNAVAILABLE);
        }
        servers.set(1, ExecutorServer.listen(config(authority, 1, peerPort)));
        meet(servers);
      }
      try (Connected actors = new Connected(authority, servers)) {
        assertEqualsTheClearAnswer(actors.actors);
      }
    } finally {
      servers.forEach(ExecutorServer::close);
    }
  }

  @Test
  void equalsTheClearAnswerOnSeveralThreadsOverTls() throws Exception {
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    for (int threads : new int[] {2, 4}) {
      List<NettyPeerLinks> links = new ArrayList<>();
      List<QueryService> services = new ArrayList<>();
      try {
        for (int p = 0; p < 3; p++) {
          links.add(
              NettyPeerLinks.listen(
                  p,
                  authority.issue(Role.party(p)),
                  new InetSocketAddress("127.0.0.1", 0),
                  LinkPatience.DEFAULT,
                  threads));
          // The first party allows more than the others: the fewest count.
          Limits limits = new Limits(1, 1 << 20, 1 << 20, p == 0 ? threads + 1 : threads);
          services.add(
              new QueryService(
                  links.get(p), PlannedComputation.slicing(1), limits, TestCluster.SHORT, "1"));
        }
        links.forEach(
            one ->
                one.peers(
                    links.stream()
                        .map(l -> new InetSocketAddress("127.0.0.1", l.port()))
                        .toList()));
        List<ExecutorConnection> all =
            services.stream()
                .<ExecutorConnection>map(service -> new InProcessConnection(service, "hq"))
                .toList();
        assertEqualsTheClearAnswer(new Actors(all, all, all));
      } finally {
        services.forEach(QueryService::close);
        links.forEach(NettyPeerLinks::close);
      }
    }
  }

  private ExecutorConfig config(DevelopmentAuthority authority, int party, int peerPort)
      throws IOException {
    Path identity = folder.resolve("party-" + party);
    authority.issue(Role.party(party)).write(identity);
    HostPort any = new HostPort("127.0.0.1", 0);
    return new ExecutorConfig(
        party,
        any,
        new HostPort("127.0.0.1", peerPort),
        Optional.of(any),
        List.of(any, any, any),
        identity,
        Limits.DEFAULT,
        TestCluster.SHORT,
        Optional.empty());
  }

  private static void meet(List<ExecutorServer> servers) {
    List<HostPort> addresses =
        servers.stream().map(s -> new HostPort("127.0.0.1", s.peerPort())).toList();
    servers.forEach(server -> server.peers(addresses));
  }

  /** Everybody's connections to three servers, each under its own identity. */
  private static final class Connected implements AutoCloseable {
    private final Actors actors;

    Connected(DevelopmentAuthority authority, List<ExecutorServer> servers) {
      actors =
          new Actors(
              connect(authority, servers, Role.analyst("hq")),
              connect(authority, servers, Role.owner("hospital")),
              connect(authority, servers, Role.owner("insurer")));
    }

    private static List<ExecutorConnection> connect(
        DevelopmentAuthority authority, List<ExecutorServer> servers, Role role) {
      List<ExecutorConnection> connections = new ArrayList<>();
      for (int p = 0; p < 3; p++) {
        connections.add(
            FlightConnection.open(p, "127.0.0.1", servers.get(p).port(), authority.issue(role)));
      }
      return connections;
    }

    @Override
    public void close() {
      actors.analyst().forEach(ExecutorConnection::close);
      actors.hospital().forEach(ExecutorConnection::close);
      actors.insurer().forEach(ExecutorConnection::close);
    }
  }

  private static QueryId submit(Actors actors) {
    actors.hospital().forEach(e -> e.register("hospital", List.of(PATIENTS)));
    actors.insurer().forEach(e -> e.register("insurer", List.of(CLAIMS)));
    QueryId id = QueryId.random();
    actors.analyst().forEach(e -> e.submit(id, SubstraitPlans.encode(plan())));
    return id;
  }

  private void assertEqualsTheClearAnswer(Actors actors) throws Exception {
    patients.clear();
    claims.clear();
    makeRows();
    QueryId id = submit(actors);
    ExecutorService owners = Executors.newFixedThreadPool(2);
    try {
      Future<?> hospital =
          owners.submit(
              () -> work(actors.hospital(), new HandMadeOwner("hospital", "patients", patients)));
      Future<?> insurer =
          owners.submit(
              () -> work(actors.insurer(), new HandMadeOwner("insurer", "claims", claims)));
      hospital.get();
      insurer.get();
    } finally {
      owners.shutdownNow();
    }
    List<ResultShares> shares = new ArrayList<>();
    for (ExecutorConnection executor : actors.analyst()) {
      QueryStatus status = TestCluster.await(executor, id, QueryState.READY);
      assertThat(status.error()).isNull();
      assertThat(status.state()).isEqualTo(QueryState.READY);
      shares.add(executor.result(id));
    }
    QueryStatus status = actors.analyst().get(0).status(id, null, Duration.ZERO);
    Catalog catalog = Catalog.of(actors.analyst().get(0).descriptors());
    InputLayout layout = InputLayout.of(Fragments.split(plan(), catalog), catalog, status.rows());
    List<Object[]> rows =
        new ResultDecoder(layout.result())
            .rows(Reconstruction.openAll(shares.stream().map(ResultShares::columns).toList()));
    Map<String, List<Object>> found = new TreeMap<>(Comparator.nullsFirst(String::compareTo));
    for (Object[] row : rows) {
      List<Object> values = new ArrayList<>();
      values.add(row[1]);
      values.add(row[2]);
      assertThat(found.put(row[0] == null ? null : row[0].toString(), values)).isNull();
    }
    assertThat(found).as("seed %d", seed).isEqualTo(expected()).isNotEmpty();
    assertThat(found).doesNotContainKey("Rømø");
    assertThat(shares).allMatch(ResultShares::suppressionMayApply);
    assertThat(shares.get(0).metrics())
        .containsEntry("rowsReceived", 140L)
        .containsEntry("revealedRows", (long) found.size());
    CostEstimate estimate = actors.analyst().get(1).estimate(SubstraitPlans.encode(plan()));
    assertThat(estimate.measured()).isTrue();
    assertThat(estimate.shuffledSorts()).isTrue();
    assertThat(estimate.seconds()).isPositive();
    double rounds = shares.get(0).metrics().get("rounds");
    assertThat((double) estimate.rounds()).isBetween(rounds / 3, rounds * 3);
    actors.analyst().forEach(e -> e.acknowledge(id));
  }

  @Test
  void doesNotEstimateWhatAPolicyForbids() {
    List<ExecutorConnection> all = new EmbeddedExecutors().connect("hq");
    all.forEach(e -> e.register("hospital", List.of(PATIENTS)));
    Rel scan = new Rel.Scan("hospital", "patients", PATIENTS.fields());
    Rel byAge =
        new Rel.Aggregate(
            scan,
            List.of(field(2, AGE)),
            List.of(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("age", "count"));
    byte[] plan = SubstraitPlans.encode(new Plan(byAge, true, "UTC"));
    assertThatThrownBy(() -> all.get(0).estimate(plan))
        .hasMessageContaining("Cannot use column age");
  }

  private static void work(List<ExecutorConnection> executors, HandMadeOwner owner) {
    List<OwnerTask> tasks = executors.get(0).work(owner.name(), TestCluster.LONG);
    assertThat(tasks).isNotEmpty();
    owner.share(executors, tasks.get(tasks.size() - 1));
  }
}
