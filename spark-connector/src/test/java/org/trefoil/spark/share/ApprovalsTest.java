package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
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
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Receipt;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.spark.TrefoilOptions;

/** An owner believes no executor: not one that lies, and not three. */
class ApprovalsTest {
  private static final TableDescriptor TABLE = table(3);
  private static final ExecutorConnection NOBODY =
      shows(new Evidence(new byte[0], List.of(), new byte[0]));

  @TempDir private Path folder;
  private final Map<String, SigningKey> keys = new HashMap<>();
  private final QueryId query = QueryId.random();
  private Approvals approvals;

  private static TableDescriptor table(int k) {
    return new TableDescriptor(
        "north",
        "orders",
        SchemaText.parse("amount DECIMAL(9,2)").fields(),
        List.of(),
        4,
        TablePolicy.builder(k).other(ColumnPolicy.of(Verb.values())).absencePublic(false).build());
  }

  private static byte[] plan() {
    Rel count =
        new Rel.Aggregate(
            new Rel.Scan("north", "orders", TABLE.fields()),
            List.of(),
            List.of(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("n"));
    return SubstraitPlans.encode(new Plan(count, true, "UTC"));
  }

  @BeforeEach
  void roster() throws IOException {
    List<Roster.Signer> signers = new ArrayList<>();
    for (String role : List.of("party-0", "party-1", "party-2", "owner:north", "analyst:hq")) {
      keys.put(role, SigningKey.random());
      signers.add(new Roster.Signer(role, "of " + role, keys.get(role).verificationKey()));
    }
    Path file = folder.resolve("roster.yaml");
    Files.writeString(file, new Roster("test", signers, Map.of(), Set.of()).yaml());
    approvals =
        Approvals.of(
                TrefoilOptions.ofCatalog(
                    "trefoil", Map.of("mode", "authorized", "roster", file.toString())))
            .orElseThrow();
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  private static Proposal proposal() {
    byte[] nonce = new byte[16];
    new SecureRandom().nextBytes(nonce);
    return new Proposal(
        "hq",
        List.of("hq"),
        List.of("north"),
        List.of("analyst:hq"),
        "a count",
        "SELECT count(*) FROM trefoil.north.orders",
        plan(),
        List.of(),
        now().minusSeconds(5),
        now().plus(Duration.ofDays(1)),
        1,
        Duration.ZERO,
        Optional.empty(),
        nonce);
  }

  private byte[] signed(Statement statement) {
    return SignedStatement.sign(keys.get(statement.signer()), statement).encode();
  }

  private byte[] approval(Proposal proposal) {
    return signed(
        new Approval(
            "north",
            proposal.id(),
            approvals.authorization(List.of(NOBODY)).binding(proposal, Catalog.of(List.of(TABLE))),
            now(),
            proposal.until()));
  }

  private byte[] request(Proposal proposal, QueryId of) {
    return signed(new RunRequest("hq", proposal.id(), new TreeMap<>(), of.hex(), "test", now()));
  }

  private Evidence evidence(Proposal proposal) {
    return new Evidence(proposal.encode(), List.of(approval(proposal)), request(proposal, query));
  }

  /** An executor that shows this, and does nothing else. */
  private static ExecutorConnection shows(Evidence evidence) {
    List<byte[]> all = new ArrayList<>(List.of(evidence.proposal(), evidence.run()));
    all.addAll(evidence.approvals());
    return (ExecutorConnection)
        Proxy.newProxyInstance(
            ApprovalsTest.class.getClassLoader(),
            new Class<?>[] {ExecutorConnection.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "govern" -> arguments[0].equals(Governance.KEY_CHANGES) ? List.of() : all;
                  case "health" -> Map.of("software", "1.0");
                  case "name" -> "executor (fake)";
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private void require(OwnerTask task, TableDescriptor table, Evidence... shown) {
    List<ExecutorConnection> executors = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      executors.add(shows(shown[Math.min(p, shown.length - 1)]));
    }
    approvals.require(executors, task, Catalog.of(List.of(table)));
  }

  private Condition refusal(OwnerTask task, TableDescriptor table, Evidence... shown) {
    Throwable error = catchThrowable(() -> require(task, table, shown));
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  @Test
  void whatIsApprovedIsSharedAndNothingElse() {
    Proposal proposal = proposal();
    Evidence good = evidence(proposal);
    OwnerTask task = new OwnerTask(query, plan(), "hq");
    require(task, TABLE, good);
    assertThat(refusal(task, TABLE, new Evidence(good.proposal(), List.of(), good.run())))
        .isEqualTo(Condition.NOT_APPROVED);
    assertThat(refusal(task, table(2), good)).isEqualTo(Condition.POLICY_CHANGED);
    assertThat(
            refusal(
                task,
                TABLE,
                new Evidence(
                    good.proposal(), good.approvals(), request(proposal, QueryId.random()))))
        .isEqualTo(Condition.RUN_REPLAYED);
    byte[] other = plan();
    other[other.length - 1] ^= 1;
    assertThat(refusal(new OwnerTask(query, other, "hq"), TABLE, good))
        .isEqualTo(Condition.PLAN_NOT_APPROVED);
    assertThat(refusal(new OwnerTask(query, plan(), "eve"), TABLE, good))
        .isEqualTo(Condition.RECIPIENT_NOT_APPROVED);
  }

  @Test
  void oneExecutorThatShowsSomethingElseStopsIt() {
    OwnerTask task = new OwnerTask(query, plan(), "hq");
    Evidence good = evidence(proposal());
    assertThat(refusal(task, TABLE, good, good, evidence(proposal())))
        .isEqualTo(Condition.EXECUTORS_DISAGREE);
    byte[] forged =
        SignedStatement.sign(
                SigningKey.random(),
                Approval.KIND,
                SignedStatement.parse(Approval.KIND, good.approvals().get(0)).payload())
            .encode();
    assertThat(
            refusal(
                task,
                TABLE,
                good,
                good,
                new Evidence(good.proposal(), List.of(forged), good.run())))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
  }

  @Test
  void anOwnerSignsWhatItHasSentAndNobodyElseDoes() throws IOException {
    SentShares sent = new SentShares();
    sent.add(
        "north.orders",
        List.of(new InputColumn(Form.ARITHMETIC, List.of(0), List.of(), 64)),
        List.of(
            new ChunkReceipt(0, UUID.randomUUID(), 2, 7, List.of(16L, 16L, 400L)),
            new ChunkReceipt(1, UUID.randomUUID(), 1, 8, List.of(16L, 16L, 100L))));
    List<byte[]> received = new ArrayList<>();
    List<ExecutorConnection> executors =
        List.of(takes(received, true), takes(received, false), takes(received, false));
    Map<String, SentShares> all = Map.of("north", sent);
    approvals.receipts(executors, query, all);
    with("analyst:hq").receipts(executors, query, all);
    assertThat(received).isEmpty();

    with("owner:north").receipts(executors, query, all);
    assertThat(received).hasSize(2);
    Receipt receipt = approvals.authorization(executors).receipt(received.get(1));
    assertThat(receipt.query()).isEqualTo(query.hex());
    assertThat(receipt.bytes()).containsExactly(32L, 32L, 500L);
    assertThat(receipt.tables()).isEqualTo(Map.of("north.orders", "ARITHMETIC:64"));
  }

  private Approvals with(String role) throws IOException {
    Path key = folder.resolve("sign.key");
    Files.deleteIfExists(key);
    keys.get(role).write(key);
    return Approvals.of(
            TrefoilOptions.ofCatalog(
                "trefoil",
                Map.of(
                    "mode", "authorized",
                    "roster", folder.resolve("roster.yaml").toString(),
                    "signing-key", key.toString())))
        .orElseThrow();
  }

  /** An executor that keeps receipts, or fails. */
  @SuppressWarnings("unchecked")
  private static ExecutorConnection takes(List<byte[]> receipts, boolean fails) {
    return (ExecutorConnection)
        Proxy.newProxyInstance(
            ApprovalsTest.class.getClassLoader(),
            new Class<?>[] {ExecutorConnection.class},
            (self, method, arguments) -> {
              if (method.getName().equals("health")) {
                return Map.of("software", "1.0");
              }
              if (arguments[0].equals(Governance.RECEIPT)) {
                if (fails) {
                  throw new TrefoilException(Condition.PEER_UNAVAILABLE, "Cannot reach it.");
                }
                receipts.addAll((List<byte[]>) arguments[1]);
              }
              return List.of();
            });
  }

  @Test
  void aModeWithoutRosterOrOfAnotherNameIsRefused() {
    assertThat(Approvals.of(TrefoilOptions.ofCatalog("trefoil", Map.of()))).isEmpty();
    assertThatThrownBy(
            () -> Approvals.of(TrefoilOptions.ofCatalog("trefoil", Map.of("mode", "authorized"))))
        .hasMessageContaining("roster");
    assertThatThrownBy(
            () -> Approvals.of(TrefoilOptions.ofCatalog("trefoil", Map.of("mode", "Authorized"))))
        .hasMessageContaining("design or authorized");
  }
}
