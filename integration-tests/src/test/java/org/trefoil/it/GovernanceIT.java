package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.error.Condition;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.Identity;

/** The quickstart in authorized mode, on processes: propose, approve, run, withdraw, audit. */
@Timeout(1200)
class GovernanceIT {
  private static final Duration END_LIMIT = Duration.ofSeconds(30);

  @TempDir private Path folder;

  private Path owners() throws IOException {
    Files.write(
        folder.resolve("customers.csv"),
        lines("id,segment", "1,retail", "2,retail", "3,retail", "4,public"));
    Files.write(
        folder.resolve("orders.csv"),
        lines("customer,amount", "1,10.00", "2,20.50", "3,1.00", "3,2.00", "4,99.00"));
    return Files.write(
        folder.resolve("owners.yaml"),
        lines(
            "owners:",
            "  bank:",
            "    tables:",
            "      customers:",
            "        source: {format: csv, path: customers.csv, options: {header: \"true\"}}",
            "        schema: \"id BIGINT NOT NULL, segment VARCHAR(20)\"",
            "        keys: [[id]]",
            "        policy:",
            "          approval: each",
            "          min-group-size: 3",
            "          recipients: [analyst, shop, none]",
            "          columns: {id: {use: [join]}, segment: {use: [group]}}",
            "  shop:",
            "    tables:",
            "      orders:",
            "        source: {format: csv, path: orders.csv, options: {header: \"true\"}}",
            "        schema: \"customer BIGINT, amount DECIMAL(12,2)\"",
            "        policy:",
            "          approval: each",
            "          min-group-size: 3",
            "          recipients: [analyst, none]",
            "          columns: {customer: {use: [join]}, amount: {use: [aggregate], range: [0,"
                + " 1000]}}"));
  }

  private static List<String> lines(String... lines) {
    return Arrays.asList(lines);
  }

  private static Command trefoil(Path properties, String... arguments)
      throws IOException, InterruptedException {
    return Command.run(
        Stream.concat(Stream.of(arguments), Stream.of("--properties", properties.toString()))
            .toArray(String[]::new));
  }

  @Test
  void nothingRunsWithoutEveryOwnersSignature() throws Exception {
    String sql =
        "SELECT c.segment, sum(o.amount) AS revenue, avg(o.amount) AS mean FROM trefoil.bank.customers"
            + " c JOIN trefoil.shop.orders o ON o.customer = c.id GROUP BY c.segment";
    try (KeptCluster cluster = KeptCluster.start(folder.resolve("cluster"), owners())) {
      Path analyst = cluster.properties();
      Path bank = cluster.home().resolve("owner-bank.properties");
      Path shop = cluster.home().resolve("owner-shop.properties");
      Command unproposed = trefoil(analyst, "sql", "-e", sql);
      assertThat(unproposed.exitCode()).as(unproposed.errors()).isEqualTo(3);
      assertThat(unproposed.output()).isEmpty();

      Command proposed =
          trefoil(
              analyst,
              "propose",
              "-e",
              sql,
              "--purpose",
              "a test",
              "--runs",
              "3",
              "--to",
              "analyst,shop");
      assertThat(proposed.exitCode()).as(proposed.errors()).isZero();
      String id = proposed.output().strip();
      assertThat(id).matches("[0-9a-f]{64}");
      assertThat(proposed.errors())
          .contains("shop.orders.amount: summed or counted (aggregate).")
          .contains("Computed from what is revealed", "trefoil_quotient(")
          .contains("The result goes to the analyst who runs the query, owner shop");

      Command approved = trefoil(bank, "approve", id, "--yes");
      assertThat(approved.exitCode()).as(approved.errors()).isZero();
      Command half = trefoil(analyst, "run", id);
      assertThat(half.exitCode()).as(half.errors()).isEqualTo(3);
      assertThat(half.errors()).contains("TREFOIL_NOT_APPROVED").contains("shop");

      assertThat(trefoil(shop, "approve", id, "--yes").exitCode()).isZero();
      Command run = trefoil(analyst, "run", id, "--format", "csv", "--retry", "october");
      assertThat(run.exitCode()).as(run.errors()).isZero();
      assertThat(run.output().lines())
          .containsExactly("segment,revenue,mean", "retail,33.50,8.375000");
      // Nothing runs: nothing waits for the shop, and no run is used up.
      Command again = trefoil(analyst, "run", id, "--format", "csv", "--retry", "october");
      assertThat(again.exitCode()).as(again.errors()).isZero();
      assertThat(again.output()).isEqualTo(run.output());

      Command waiting = trefoil(shop, "result", "--list");
      assertThat(waiting.exitCode()).as(waiting.errors()).isZero();
      assertThat(waiting.output().lines()).singleElement().asString().contains("run by analyst");
      String query = waiting.output().split(" ")[0];
      Command others = trefoil(bank, "result", query);
      assertThat(others.exitCode()).as(others.errors()).isEqualTo(1);
      assertThat(others.errors()).contains("TREFOIL_UNKNOWN_QUERY");
      Command fetched = trefoil(shop, "result", query, "--format", "csv");
      assertThat(fetched.exitCode()).as(fetched.errors()).isZero();
      assertThat(fetched.output().lines()).hasSize(2).anyMatch(l -> l.contains("retail,33.50,"));

      String kept = keepsAResult(analyst, bank, shop);
      frozenUntilTwoPeopleLiftIt(cluster, id);
      killedInARun(cluster, id);

      assertThat(trefoil(shop, "withdraw", id, "--reason", "enough").exitCode()).isZero();
      Command withdrawn = trefoil(analyst, "run", id);
      assertThat(withdrawn.exitCode()).as(withdrawn.errors()).isEqualTo(3);
      assertThat(withdrawn.errors()).contains("TREFOIL_WITHDRAWN");
      Command fromSpark =
          trefoil(
              bank,
              "sql",
              "-e",
              "CALL trefoil.system.withdraw('"
                  + kept
                  + "', 'enough'); SELECT DISTINCT concat('by ', analyst) AS who FROM"
                  + " trefoil.system.runs WHERE revealed",
              "--format",
              "csv");
      assertThat(fromSpark.exitCode()).as(fromSpark.errors()).isZero();
      assertThat(fromSpark.output().lines())
          .containsExactly("line", kept + " withdrawn for owner bank", "who", "by analyst");
      Command gone = trefoil(analyst, "propose", "-e", USING, "--purpose", "gone");
      assertThat(gone.exitCode()).as(gone.errors()).isEqualTo(1);
      assertThat(gone.errors()).contains("shared");

      Command records = trefoil(bank, "audit", "--export", "records");
      assertThat(records.exitCode()).as(records.errors()).isZero();
      assertThat(records.output())
          .contains("## Processing " + id, "shop.orders.amount: summed or counted (aggregate).")
          .contains("withdrawal, owner shop, reason enough")
          .doesNotContain("33.50");
      Command audit = trefoil(bank, "audit");
      assertThat(audit.exitCode()).as(audit.errors()).isZero();
      assertThat(audit.output().lines().filter(l -> l.contains(" reveal ")))
          .hasSizeGreaterThanOrEqualTo(3);
      assertThat(audit.output())
          .containsPattern("receipt .*bytes=\\[\\d+, \\d+, \\d+\\] .*owner=shop");
      assertThat(audit.output()).contains("withdrawal").doesNotContain("33.50");
    }
  }

  /** Somebody of the cluster, in this JVM: connected, and with the key to sign. */
  private record Person(List<ExecutorConnection> executors, SigningKey key, String cluster)
      implements AutoCloseable {
    static Person of(KeptCluster cluster, String name) throws IOException {
      Path identities = cluster.home().resolve("identities");
      List<ExecutorConnection> executors = new ArrayList<>();
      for (int party = 0; party < 3; party++) {
        executors.add(
            FlightConnection.open(
                party, "127.0.0.1", cluster.port(party), Identity.load(identities.resolve(name))));
      }
      return new Person(
          executors,
          SigningKey.read(identities.resolve(name + ".sign.key")),
          Roster.read(cluster.home().resolve("roster.yaml")).cluster());
    }

    byte[] signed(Statement statement) {
      return SignedStatement.sign(key, statement).encode();
    }

    /** Begins a run of a proposal; says which query it is. */
    QueryId begin(String id) {
      QueryId query = QueryId.random();
      byte[] plan = Proposal.decode(new Governance(executors.get(0)).proposal(id)).plan();
      byte[] request =
          signed(new RunRequest("analyst", id, new TreeMap<>(), query.hex(), cluster, now()));
      executors.forEach(e -> new Governance(e).stage(request));
      executors.forEach(e -> e.submit(query, plan));
      return query;
    }

    @Override
    public void close() {
      executors.forEach(ExecutorConnection::close);
    }
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  /** What runs stops, and what comes is refused, until two people lift it. */
  private static void frozenUntilTwoPeopleLiftIt(KeptCluster cluster, String id) throws Exception {
    try (Person analyst = Person.of(cluster, "analyst");
        Person bank = Person.of(cluster, "owner-bank");
        Person operator = Person.of(cluster, "executor-1")) {
      QueryId query = analyst.begin(id);
      Freeze freeze = new Freeze("owner:bank", "incident", bank.cluster(), now());
      byte[] signed = bank.signed(freeze);
      long began = System.nanoTime();
      bank.executors().forEach(e -> new Governance(e).freeze(signed));
      for (ExecutorConnection executor : analyst.executors()) {
        assertThat(end(executor, query).error().condition()).isEqualTo(Condition.FROZEN);
      }
      System.out.printf(
          "freeze: all three executors have stopped the run after %d ms%n",
          Duration.ofNanos(System.nanoTime() - began).toMillis());
      assertThatThrownBy(() -> analyst.begin(id)).hasMessageContaining("TREFOIL_FROZEN");
      byte[] one =
          bank.signed(new Unfreeze("owner:bank", freeze.id(), "over", bank.cluster(), now()));
      bank.executors().forEach(e -> new Governance(e).unfreeze(one));
      assertThatThrownBy(() -> analyst.begin(id)).hasMessageContaining("TREFOIL_FROZEN");
      byte[] two =
          operator.signed(new Unfreeze("party-1", freeze.id(), "over", bank.cluster(), now()));
      operator.executors().forEach(e -> new Governance(e).unfreeze(two));
      assertThat(new Governance(bank.executors().get(2)).freezes()).isEmpty();
    }
  }

  private static QueryStatus end(ExecutorConnection executor, QueryId query) {
    long deadline = System.nanoTime() + END_LIMIT.toNanos();
    QueryStatus status = executor.status(query, QueryState.RUNNING, Duration.ZERO);
    while (!status.state().isEnd()) {
      assertThat(System.nanoTime()).as("the end of %s", query).isLessThan(deadline);
      status = executor.status(query, status.state(), Duration.ofSeconds(1));
    }
    return status;
  }

  /** The others end a run whose executor is killed; it starts again with records that are whole. */
  private static void killedInARun(KeptCluster cluster, String id) throws Exception {
    QueryId query;
    try (Person analyst = Person.of(cluster, "analyst")) {
      query = analyst.begin(id);
      QueryState state = QueryState.SUBMITTED;
      while (state == QueryState.SUBMITTED) {
        state = analyst.executors().get(1).status(query, state, Duration.ofSeconds(1)).state();
      }
      cluster.kill("executor-1");
      cluster.start("executor-1");
      for (int party : new int[] {0, 2}) {
        assertThat(end(analyst.executors().get(party), query).error().condition())
            .isEqualTo(Condition.PEER_UNAVAILABLE);
      }
    }
    cluster.awaitTables(1, 2);
    try (Person operator = Person.of(cluster, "executor-1")) {
      Governance restarted = new Governance(operator.executors().get(1));
      Roster roster = Roster.read(cluster.home().resolve("roster.yaml"));
      assertThat(AuditTrail.read(1, restarted.audit(), roster).records())
          .filteredOn(r -> query.hex().equals(r.facts().get("query")))
          .extracting(AuditRecord::event)
          .contains("run")
          .doesNotContain("reveal")
          .containsOnlyOnce("settled");
    }
  }

  private static final String USING =
      "SELECT k.segment, sum(k.revenue + k.revenue) AS twice FROM trefoil.shared.segments k"
          + " GROUP BY k.segment";

  /** A result for nobody, used by a later approved query; returns the id of what made it. */
  private static String keepsAResult(Path analyst, Path bank, Path shop) throws Exception {
    Command making =
        trefoil(
            analyst,
            "propose",
            "-e",
            "SELECT c.segment, sum(o.amount) AS revenue FROM trefoil.bank.customers c JOIN"
                + " trefoil.shop.orders o ON o.customer = c.id GROUP BY c.segment",
            "--purpose",
            "to be used later",
            "--to",
            "none:segments");
    assertThat(making.exitCode()).as(making.errors()).isZero();
    assertThat(making.errors()).contains("nobody: it stays secret-shared");
    String kept = making.output().strip();
    assertThat(trefoil(bank, "approve", kept, "--yes").exitCode()).isZero();
    assertThat(trefoil(shop, "approve", kept, "--yes").exitCode()).isZero();
    Command made = trefoil(analyst, "run", kept, "--format", "csv");
    assertThat(made.exitCode()).as(made.errors()).isZero();
    assertThat(made.output().lines()).containsExactly("segment,revenue");

    String propose =
        "CALL trefoil.system.propose(query => '" + USING + "', purpose => 'uses it', runs => '2')";
    Command proposed = trefoil(analyst, "sql", "-e", propose, "--format", "csv");
    assertThat(proposed.exitCode()).as(proposed.errors()).isZero();
    assertThat(proposed.output())
        .contains("Needs the approval of owners bank, shop.", "shared.segments is a result");
    String id = proposed.output().lines().skip(1).findFirst().orElseThrow();
    assertThat(trefoil(bank, "approve", id, "--yes").exitCode()).isZero();
    Command half = trefoil(analyst, "run", id);
    assertThat(half.exitCode()).as(half.errors()).isEqualTo(3);
    assertThat(half.errors()).contains("TREFOIL_NOT_APPROVED").contains("shop");
    assertThat(trefoil(shop, "approve", id, "--yes").exitCode()).isZero();
    String run = "CALL trefoil.system.run('" + id + "')";
    Command used = trefoil(analyst, "sql", "-e", run, "--format", "csv");
    assertThat(used.exitCode()).as(used.errors()).isZero();
    assertThat(used.output().lines()).containsExactly("segment,twice", "retail,67.00");
    return kept;
  }
}
