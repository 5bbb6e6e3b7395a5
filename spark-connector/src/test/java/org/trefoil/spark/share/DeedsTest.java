package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.spark.TrefoilCatalog;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.result.QueryExecution;

/** An owner governs from SQL: tables of the executors' logs, and deeds that it signs. */
class DeedsTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final TableDescriptor TABLE =
      new TableDescriptor(
          "north",
          "orders",
          SchemaText.parse("amount DECIMAL(9,2)").fields(),
          List.of(),
          4,
          TablePolicy.builder(3)
              .other(ColumnPolicy.of(Verb.values()))
              .absencePublic(false)
              .build());

  /** What stands behind the catalog {@code governed}. */
  private static Deeds deeds;

  @TempDir private Path folder;
  private final Map<String, SigningKey> keys = new HashMap<>();
  private final Map<String, List<byte[]>> brought = new TreeMap<>();
  private final List<List<byte[]>> logs =
      List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  private int down = -1;

  /** A catalog that governs and has one table. */
  public static final class Governed extends TrefoilCatalog {
    @Override
    protected QueryExecution connect(TrefoilOptions options) {
      return (QueryExecution)
          Proxy.newProxyInstance(
              DeedsTest.class.getClassLoader(),
              new Class<?>[] {QueryExecution.class},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "mode" -> "authorized";
                    case "descriptors" -> List.of(TABLE);
                    case "system" -> deeds.rows((String) arguments[0]);
                    case "call" -> call(arguments);
                    default -> throw new UnsupportedOperationException(method.getName());
                  });
    }

    @SuppressWarnings("unchecked")
    private static List<String> call(Object[] arguments) {
      return deeds.call((String) arguments[0], (List<String>) arguments[1]);
    }
  }

  private static Proposal proposal() {
    Rel count =
        new Rel.Aggregate(
            new Rel.Scan("north", "orders", TABLE.fields()),
            List.of(),
            List.of(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("n"));
    return new Proposal(
        "hq",
        List.of("hq"),
        List.of("north"),
        List.of("analyst:hq"),
        "a count",
        "SELECT count(*) AS n FROM trefoil.north.orders",
        SubstraitPlans.encode(new Plan(count, true, "UTC")),
        List.of(),
        NOW,
        NOW.plus(Duration.ofDays(1)),
        3,
        Duration.ZERO,
        Optional.empty(),
        new byte[16]);
  }

  private void log(String event, Map<String, String> facts) {
    for (int party = 0; party < 3; party++) {
      List<byte[]> log = logs.get(party);
      String previous =
          log.isEmpty() ? AuditTrail.Head.NONE.digest() : Digest.hex(log.get(log.size() - 1));
      AuditRecord record =
          new AuditRecord(
              party, log.size() + 1L, previous, event, new TreeMap<>(facts), "test", NOW);
      log.add(SignedStatement.sign(keys.get("party-" + party), record).encode());
    }
  }

  private ExecutorConnection executor(int party, Proposal proposal) {
    return (ExecutorConnection)
        Proxy.newProxyInstance(
            DeedsTest.class.getClassLoader(),
            new Class<?>[] {ExecutorConnection.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "party" -> party;
                  case "name" -> "executor " + party;
                  case "health" -> Map.of("software", "1.0");
                  case "descriptors" -> List.of(TABLE);
                  case "govern" -> govern(party, proposal, arguments);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @SuppressWarnings("unchecked")
  private List<byte[]> govern(int party, Proposal proposal, Object[] call) {
    List<byte[]> arguments = (List<byte[]>) call[1];
    if (party == down) {
      throw new TrefoilException(Condition.PEER_UNAVAILABLE, "Cannot reach executor " + party);
    }
    switch ((String) call[0]) {
      case Governance.KEY_CHANGES -> {
        return List.of();
      }
      case Governance.PROPOSAL -> {
        return List.of(proposal.encode());
      }
      case Governance.PROPOSALS -> {
        return List.of(
            new ProposalState(
                    proposal.id(), "hq", List.of("north"), List.of(), 2, proposal.until(), "")
                .encode());
      }
      case Governance.AUDIT -> {
        int from = Integer.parseInt(new String(arguments.get(0), StandardCharsets.UTF_8));
        return logs.get(party).subList(from - 1, logs.get(party).size());
      }
      default -> {
        brought.computeIfAbsent((String) call[0], deed -> new ArrayList<>()).add(arguments.get(0));
        return List.of();
      }
    }
  }

  @Test
  void tablesAndProceduresOfTheNamespaceSystem() throws Exception {
    List<Roster.Signer> signers = new ArrayList<>();
    for (String role : List.of("party-0", "party-1", "party-2", "owner:north", "analyst:hq")) {
      keys.put(role, SigningKey.random());
      signers.add(new Roster.Signer(role, "of " + role, keys.get(role).verificationKey()));
    }
    Roster roster = new Roster("test", signers, Map.of(), Set.of());
    Path file = Files.writeString(folder.resolve("roster.yaml"), roster.yaml());
    Path key = folder.resolve("sign.key");
    keys.get("owner:north").write(key);
    Approvals approvals =
        Approvals.of(
                TrefoilOptions.ofCatalog(
                    "governed",
                    Map.of(
                        "mode", "authorized",
                        "roster", file.toString(),
                        "signing-key", key.toString())))
            .orElseThrow();
    Proposal proposal = proposal();
    String id = proposal.id();
    log("approval", Map.of("proposal", id, "owner", "north", "person", "alice", "until", "soon"));
    log("run", Map.of("proposal", id, "query", "q1", "analyst", "hq"));
    log("reveal", Map.of("proposal", id, "query", "q1"));
    log("delivered", Map.of("proposal", id, "query", "q1"));
    log("run", Map.of("proposal", id, "query", "q2", "analyst", "hq"));
    List<ExecutorConnection> executors = new ArrayList<>();
    for (int party = 0; party < 3; party++) {
      executors.add(executor(party, proposal));
    }
    deeds = new Deeds(executors, approvals);

    SparkSession spark = LocalSpark.session();
    spark.conf().set("spark.sql.catalog.governed", Governed.class.getName());
    assertThat(
            spark
                .sql("SELECT id, runs_left FROM governed.system.proposals WHERE executor = 1")
                .collectAsList())
        .singleElement()
        .satisfies(row -> assertThat(row.mkString(",")).isEqualTo(id + ",2"));
    assertThat(spark.sql("SELECT * FROM governed.system.runs").collectAsList())
        .filteredOn(row -> row.getInt(0) == 2)
        .extracting(row -> row.mkString(",").replace(NOW.toString(), "-"))
        .allMatch(row -> row.contains("," + id + ",hq,"))
        .satisfiesExactly(
            row -> assertThat(row).startsWith("2,q1,").endsWith(",true,delivered"),
            row -> assertThat(row).startsWith("2,q2,").endsWith(",false,null"));
    assertThat(spark.sql("SELECT * FROM governed.system.approvals").collectAsList())
        .hasSize(3)
        .allMatch(row -> row.getString(2).equals("north") && row.getString(3).equals("alice"));
    assertThat(spark.sql("SELECT * FROM governed.system.audit").collectAsList())
        .filteredOn(row -> row.getString(3).equals("reveal"))
        .hasSize(3)
        .allMatch(row -> row.getJavaMap(4).get("query").equals("q1"));
    assertThat(spark.sql("SHOW NAMESPACES IN governed").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("north", "system");
    assertThat(spark.sql("SHOW TABLES IN governed.system").collectAsList()).hasSize(4);

    assertThat(spark.sql("CALL governed.system.inspect('" + id + "')").collectAsList())
        .anyMatch(
            row -> row.getString(0).contains("north.orders: no column; its rows are counted"));
    List<Row> shown = spark.sql("CALL governed.system.approve('" + id + "')").collectAsList();
    String card = shown.get(shown.size() - 2).getString(0);
    assertThat(card).matches("card: [0-9a-f]{64}");
    assertThat(shown.get(shown.size() - 1).getString(0)).startsWith("Nothing is signed yet.");
    assertThatThrownBy(
            () ->
                spark
                    .sql("CALL governed.system.approve('" + id + "', '" + "0".repeat(64) + "')")
                    .collectAsList())
        .hasMessageContaining("TREFOIL_OTHER_STATEMENT");
    assertThat(brought).doesNotContainKey(Governance.APPROVE);
    spark
        .sql("CALL governed.system.approve('" + id + "', '" + card.substring(6) + "')")
        .collectAsList();
    assertThat(brought.get(Governance.APPROVE)).hasSize(3);
    Catalog catalog = Catalog.of(List.of(TABLE));
    assertThat(
            approvals
                .authorization(executors)
                .approval(brought.get(Governance.APPROVE).get(0), proposal, catalog)
                .approval()
                .owner())
        .isEqualTo("north");
    spark
        .sql("CALL governed.system.withdraw(id => '" + id + "', reason => 'enough')")
        .collectAsList();
    assertThat(
            approvals
                .authorization(executors)
                .withdrawal(brought.get(Governance.WITHDRAW).get(2), proposal)
                .reason())
        .isEqualTo("enough");
    String freeze =
        spark.sql("CALL governed.system.freeze('incident')").collectAsList().get(0).getString(0);
    byte[] signed = brought.get(Governance.FREEZE).get(1);
    assertThat(approvals.authorization(executors).freeze(signed))
        .isEqualTo(Freeze.decode(SignedStatement.parse(Freeze.KIND, signed).payload()))
        .satisfies(f -> assertThat(f.id()).isEqualTo(freeze));
    // Two of three are told although one does not answer, and the caller knows.
    down = 1;
    assertThatThrownBy(() -> spark.sql("CALL governed.system.freeze('again')").collectAsList())
        .hasMessageContaining("TREFOIL_PEER_UNAVAILABLE");
    down = -1;
    assertThat(brought.get(Governance.FREEZE)).hasSize(5);
    assertThatThrownBy(
            () ->
                spark
                    .sql(
                        "CALL governed.system.propose(query => 'x', purpose => 'y', runs => 'two')")
                    .collectAsList())
        .hasMessageContaining("Cannot propose: runs takes a whole number, not \"two\"");
    assertThatThrownBy(() -> spark.sql("CALL governed.system.reveal('x')").collectAsList())
        .hasMessageContaining("no such procedure");

    // One executor's log was edited: not a row of it is shown.
    logs.get(1).remove(2);
    assertThatThrownBy(() -> spark.sql("SELECT * FROM governed.system.audit").collectAsList())
        .hasMessageContaining("TREFOIL_AUDIT_BROKEN");
  }
}
