package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.executor.transport.Interceptor;

/** Executor 1, or the owner's agent, does as it likes: the two others reveal nothing for it. */
@Timeout(120)
final class LyingExecutorTest {
  private static final int LIAR = 1;

  @TempDir private Path folder;
  private AuthorizedCluster cluster;

  /** What executor 1 sends instead. */
  private volatile UnaryOperator<Interceptor.Message> lie = message -> message;

  /** Words of executor 1 for its peers, by step. */
  private final Map<String, long[]> heard = new TreeMap<>();

  @BeforeEach
  void start() {
    cluster =
        new AuthorizedCluster(
            folder,
            message -> {
              if (message.from() != LIAR) {
                return message.words();
              }
              synchronized (heard) {
                heard.put(message.to() + " " + message.step(), message.words().clone());
              }
              return lie.apply(message).words();
            });
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static Condition condition(Throwable error) {
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  private List<String> events(int party) {
    return cluster.trail(party).records().stream().map(AuditRecord::event).toList();
  }

  private static Interceptor.Message with(Interceptor.Message message, long[] words) {
    return new Interceptor.Message(message.from(), message.to(), message.step(), words);
  }

  /** Submits where it is taken; returns how it ends at the two honest executors. */
  private List<Condition> ends(Proposal proposal, byte[] request, QueryId query) {
    List<Condition> ends = new ArrayList<>();
    List<ExecutorConnection> executors = cluster.connections();
    List<Throwable> errors = new ArrayList<>();
    for (ExecutorConnection executor : executors) {
      errors.add(
          catchThrowable(
              () -> {
                if (cluster.services.get(executor.party()).mode().equals("authorized")) {
                  new Governance(executor).stage(request);
                }
                executor.submit(query, proposal.plan());
              }));
    }
    CompletableFuture<Void> sharing = cluster.share(query);
    for (int p : new int[] {0, 2}) {
      if (errors.get(p) != null) {
        ends.add(condition(errors.get(p)));
      } else {
        QueryStatus status = cluster.end(p, query);
        assertThat(status.state()).isNotEqualTo(QueryState.READY);
        ends.add(status.error().condition());
      }
      assertThat(events(p)).as("executor " + p).doesNotContain("reveal");
    }
    assertThat(catchThrowable(sharing::join)).isNotNull();
    return ends;
  }

  @Test
  void anExecutorThatAsksForNoApprovalsRunsNothing() {
    Proposal proposal = cluster.approved(2);
    cluster.restartWithNegligent(LIAR);
    QueryId query = QueryId.random();
    assertThat(ends(proposal, cluster.request(proposal, query), query))
        .containsOnly(Condition.EXECUTORS_DISAGREE);
  }

  @Test
  void aForgedApprovalThatOneExecutorBelievesIsNone() {
    SigningKey forger = SigningKey.random();
    List<Roster.Signer> signers = new ArrayList<>();
    for (Roster.Signer signer : cluster.roster.signers()) {
      signers.add(
          signer.role().equals("owner:north")
              ? new Roster.Signer("owner:north", "mallory", forger.verificationKey())
              : signer);
    }
    Roster forgers = new Roster("test", signers, Map.of(), Set.of());
    cluster.writeRoster(LIAR, forgers);
    Proposal proposal = AuthorizedCluster.proposal(1, Duration.ZERO);
    cluster.governance().forEach(g -> g.propose(proposal.encode()));
    byte[] forged =
        SignedStatement.sign(
                forger,
                new Approval(
                    "north",
                    proposal.id(),
                    new Authorization(forgers, Installed.SOFTWARE, Clock.systemUTC())
                        .binding(proposal, Catalog.of(List.of(AuthorizedCluster.table(3)))),
                    AuthorizedCluster.now(),
                    proposal.until()))
            .encode();
    cluster.governance().get(LIAR).approve(forged);
    for (int p : new int[] {0, 2}) {
      assertThat(condition(catchThrowable(() -> cluster.governance().get(p).approve(forged))))
          .isEqualTo(Condition.SIGNER_UNKNOWN);
    }
    QueryId query = QueryId.random();
    assertThat(ends(proposal, cluster.request(proposal, query), query))
        .containsOnly(Condition.NOT_APPROVED);
  }

  @Test
  void anExecutorThatForgetsRunsCanNotHaveThemAgain() throws IOException {
    Proposal proposal = cluster.approved(2);
    QueryId query = cluster.submit(proposal);
    byte[] request = cluster.request(proposal, query);
    cluster.share(query).join();
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, query).state()).isEqualTo(QueryState.READY);
    }
    cluster.connections().forEach(c -> c.acknowledge(query));
    List<AuditTrail> honest = List.of(cluster.trail(0), cluster.trail(2));
    cluster.close();
    for (String name : List.of("ledger.db", "ledger.db-wal", "audit.log")) {
      Files.deleteIfExists(cluster.file(LIAR, name));
    }
    cluster.restart();
    Governance liar = cluster.governance().get(LIAR);
    liar.propose(proposal.encode());
    liar.approve(cluster.approval(proposal));
    liar.stage(request);
    for (int p : new int[] {0, 2}) {
      ExecutorConnection executor = cluster.connections().get(p);
      new Governance(executor).stage(request);
      assertThat(condition(catchThrowable(() -> executor.submit(query, proposal.plan()))))
          .isEqualTo(Condition.RUN_REPLAYED);
    }
    AuditTrail forgotten = cluster.trail(LIAR);
    for (AuditTrail trail : honest) {
      assertThatThrownBy(() -> AuditTrail.compare(List.of(trail, forgotten)))
          .hasMessageContaining(Condition.AUDIT_BROKEN.label());
    }
  }

  @Test
  void theWordOfAnExecutorIsForThisRunThisMomentAndByItsKey() {
    Proposal proposal = cluster.approved(9);
    assertThat(cluster.run(proposal)).isEqualTo(1);
    Map<String, long[]> earlier = new TreeMap<>(heard);
    assertThat(earlier.keySet()).anyMatch(step -> step.contains("consent-reveal"));
    Map<String, UnaryOperator<Interceptor.Message>> lies = new TreeMap<>();
    lies.put("the word of another run", m -> with(m, earlier.get(m.to() + " " + m.step())));
    lies.put(
        "a word altered in one bit",
        m -> {
          long[] words = m.words().clone();
          words[words.length / 2] ^= 1L << 17;
          return with(m, words);
        });
    lies.put("no word at all", m -> with(m, new long[m.words().length]));
    AtomicReference<String> moment = new AtomicReference<>("");
    for (String when : List.of("consent-admit", "consent-reveal")) {
      moment.set(when);
      lies.forEach(
          (name, how) -> {
            lie = m -> m.step().contains(moment.get()) ? how.apply(m) : m;
            long revealed = events(0).stream().filter("reveal"::equals).count();
            QueryId query = cluster.submit(proposal);
            CompletableFuture<Void> sharing = cluster.share(query);
            for (int p : new int[] {0, 2}) {
              QueryStatus end = cluster.end(p, query);
              assertThat(end.state()).as(when + ", " + name).isNotEqualTo(QueryState.READY);
              assertThat(end.error().condition())
                  .as(when + ", " + name)
                  .isIn(
                      Condition.EXECUTORS_DISAGREE,
                      Condition.SIGNATURE_INVALID,
                      Condition.MALFORMED_STATEMENT);
            }
            assertThat(events(0).stream().filter("reveal"::equals)).hasSize((int) revealed);
            sharing.handle((done, error) -> error).join();
          });
    }
    lie = m -> m;
    assertThat(cluster.run(proposal)).isEqualTo(1);
  }

  @Test
  void anAgentSpeaksForItsOwnOwnerAndTellsAllThreeTheSame() {
    Proposal proposal = cluster.approved(5);
    byte[] approval = cluster.approval(proposal);
    Principal south = Principal.of(Role.owner("south"));
    for (QueryService service : cluster.services) {
      assertThat(
              condition(
                  catchThrowable(
                      () -> service.govern(south, Governance.APPROVE, List.of(approval)))))
          .isEqualTo(Condition.PEER_REFUSED);
    }
    QueryId query = cluster.submit(proposal);
    cluster.connections().forEach(c -> TestCluster.await(c, query, QueryState.ADMITTED));
    assertThat(
            condition(
                catchThrowable(() -> cluster.services.get(0).announce(south, query, 0, 0, 4))))
        .isEqualTo(Condition.UNKNOWN_QUERY);
    for (ExecutorConnection executor : cluster.connections()) {
      executor.announce(query, 0, 0, 4 + executor.party() / 2);
    }
    assertThat(cluster.end(0, query).error().condition()).isEqualTo(Condition.EXECUTORS_DISAGREE);
    // Another policy at one executor only: what was approved ends there, and so everywhere.
    cluster
        .services
        .get(2)
        .register(Principal.of(Role.owner("north")), "north", List.of(AuthorizedCluster.table(1)));
    QueryId other = QueryId.random();
    byte[] request = cluster.request(proposal, other);
    assertThat(
            condition(
                catchThrowable(
                    () ->
                        cluster
                            .services
                            .get(2)
                            .govern(
                                Principal.of(Role.analyst("hq")),
                                Governance.STAGE,
                                List.of(request)))))
        .isIn(Condition.NOT_APPROVED, Condition.POLICY_CHANGED);
  }

  /** One request, submitted by fifty at the same time, is one run. */
  @Test
  void aRequestStartsOneRunHoweverOftenItComes() {
    Proposal proposal = cluster.approved(50);
    QueryId query = QueryId.random();
    byte[] request =
        cluster.signed(
            "analyst:hq",
            new RunRequest(
                "hq",
                proposal.id(),
                new TreeMap<>(),
                query.hex(),
                "test",
                AuthorizedCluster.now()));
    Principal analyst = Principal.of(Role.analyst("hq"));
    QueryService service = cluster.services.get(0);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(
          CompletableFuture.runAsync(
              () -> {
                service.govern(analyst, Governance.STAGE, List.of(request));
                service.submit(analyst, query, proposal.plan());
              }));
    }
    all.forEach(CompletableFuture::join);
    assertThat(events(0).stream().filter("run"::equals)).hasSize(1);
    assertThat(cluster.governance().get(0).proposals().get(0).runsLeft()).isEqualTo(49);
    cluster.connections().get(0).cancel(query);
  }
}
