package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.OpeningKey;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.arrow.batch.AnswerBytes;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.SealedAnswer;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.recipient.Reconstruction;

/** A result is there again under its retry key: sealed to the analyst, without another run. */
@Timeout(300)
final class RetryTest {
  @TempDir private Path folder;
  private AuthorizedCluster cluster;

  @BeforeEach
  void start() {
    cluster = new AuthorizedCluster(folder, Interceptor.NONE);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Optional<SealedAnswer> stage(int party, RunRequest request) {
    return cluster.governance().get(party).stage(cluster.signed("analyst:hq", request));
  }

  /** The same signed bytes to all three: a second signature is another. */
  private List<Optional<SealedAnswer>> stage(RunRequest request) {
    byte[] signed = cluster.signed("analyst:hq", request);
    return cluster.governance().stream().map(g -> g.stage(signed)).toList();
  }

  /** Runs to its result, which nobody fetches: the analyst's Spark has died. */
  private QueryId ready(Proposal proposal, String least, String retry) {
    QueryId query = begun(proposal, least, retry);
    byte[] plan = proposal.plan(cluster.request(proposal, query, least, retry).parameters());
    cluster.share(query, plan).join();
    for (int p = 0; p < 3; p++) {
      QueryStatus status = cluster.end(p, query);
      assertThat(status.error()).isNull();
      assertThat(status.state()).isEqualTo(QueryState.READY);
    }
    return query;
  }

  private QueryId begun(Proposal proposal, String least, String retry) {
    QueryId query = QueryId.random();
    RunRequest request = cluster.request(proposal, query, least, retry);
    assertThat(stage(request)).allMatch(Optional::isEmpty);
    byte[] plan = proposal.plan(request.parameters());
    cluster.connections().forEach(c -> c.submit(query, plan));
    return query;
  }

  private List<SealedAnswer> again(Proposal proposal, String least, String retry) {
    RunRequest request = cluster.request(proposal, QueryId.random(), least, retry);
    return stage(request).stream().map(Optional::orElseThrow).toList();
  }

  private Condition refusal(int party, Proposal proposal, String least, String retry) {
    RunRequest request = cluster.request(proposal, QueryId.random(), least, retry);
    return catchThrowableOfType(TrefoilException.class, () -> stage(party, request)).condition();
  }

  private List<String> rows(Proposal proposal, List<SealedAnswer> answers, String retry) {
    OpeningKey key = cluster.keys.get("analyst:hq").openingKey();
    RunRequest request = cluster.request(proposal, QueryId.random(), "1", retry);
    List<AnswerShares> opened = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      byte[] context = Retry.context("test", p, answers.get(p).query().hex(), request);
      opened.add(AnswerBytes.decode(key.open(context, answers.get(p).sealed())));
    }
    Plan plan = SubstraitPlans.decode(proposal.plan(request.parameters()));
    Catalog catalog = cluster.catalog();
    InputLayout layout =
        InputLayout.of(Fragments.split(plan, catalog), catalog, opened.get(0).sizes());
    return new ResultDecoder(layout.result())
            .rows(Reconstruction.openAll(opened.stream().map(a -> a.shares().columns()).toList()))
            .stream()
            .map(Arrays::toString)
            .toList();
  }

  private List<String> events(int party) {
    return cluster.trail(party).records().stream().map(AuditRecord::event).toList();
  }

  @Test
  void theSameResultComesBackWithoutAnotherRunUntilItIsForgotten() throws IOException {
    Proposal proposal = cluster.approved(AuthorizedCluster.havingAtLeast(2));
    QueryId query = ready(proposal, "1", "october");
    List<SealedAnswer> answers = again(proposal, "1", "october");
    assertThat(answers).allMatch(a -> a.query().equals(query));
    assertThat(rows(proposal, answers, "october")).containsExactly("[Oss, 7.00, 3]");
    for (int p = 0; p < 3; p++) {
      assertThat(refusal(p, proposal, "2", "october")).isEqualTo(Condition.RETRY_DIFFERS);
    }

    // After a restart, with nothing of the run left but this.
    cluster.restart();
    assertThat(again(proposal, "1", "october")).isEqualTo(answers);
    assertThat(cluster.governance().get(1).proposals().get(0).runsLeft()).isEqualTo(1);
    List<AuditTrail> trails = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      trails.add(cluster.trail(p));
      assertThat(events(p))
          .containsSubsequence("run", "reveal", "sealed", "retry", "start", "retry");
      assertThat(events(p).stream().filter("run"::equals)).hasSize(1);
      // Neither what the analyst calls it, nor the value.
      assertThat(trails.get(p).records().toString()).doesNotContain("october");
    }
    AuditTrail.compare(trails);

    // All three disks together do not hold it in the clear: not even the sum of two components.
    for (int p = 0; p < 3; p++) {
      byte[] shares =
          AnswerBytes.encode(
              AnswerBytes.decode(
                  cluster
                      .keys
                      .get("analyst:hq")
                      .openingKey()
                      .open(
                          Retry.context(
                              "test",
                              p,
                              query.hex(),
                              cluster.request(proposal, query, "1", "october")),
                          answers.get(p).sealed())));
      String disk =
          new String(Files.readAllBytes(cluster.file(p, "ledger.db")), StandardCharsets.ISO_8859_1);
      String log =
          new String(
              Files.readAllBytes(cluster.file(p, "ledger.db-wal")), StandardCharsets.ISO_8859_1);
      String tail = new String(shares, shares.length - 32, 32, StandardCharsets.ISO_8859_1);
      assertThat(disk + log).doesNotContain(tail);
    }

    // Another run has another key.
    ready(proposal, "2", "october-of-two");
    assertThat(cluster.governance().get(0).proposals().get(0).runsLeft()).isZero();
    byte[] forgets =
        cluster.signed("analyst:hq", cluster.request(proposal, QueryId.random(), "1", "october"));
    cluster.governance().forEach(g -> g.forget(forgets));
    assertThat(refusal(0, proposal, "1", "october")).isEqualTo(Condition.RESULT_GONE);
    assertThat(again(proposal, "2", "october-of-two")).hasSize(3);

    // What an owner withdraws is gone at once, and refused by whoever knows of it.
    byte[] withdrawal =
        cluster.signed(
            "owner:north",
            new Withdrawal("north", proposal.id(), "no more", "test", AuthorizedCluster.now()));
    cluster.governance().get(2).withdraw(withdrawal);
    assertThat(refusal(2, proposal, "2", "october-of-two")).isEqualTo(Condition.WITHDRAWN);
    assertThat(again2(proposal)).isPresent();
    cluster.restart();
    assertThat(refusal(2, proposal, "2", "october-of-two")).isEqualTo(Condition.WITHDRAWN);
  }

  private Optional<SealedAnswer> again2(Proposal proposal) {
    return stage(0, cluster.request(proposal, QueryId.random(), "2", "october-of-two"));
  }

  @Test
  void aRunThatRevealedNothingLeavesItsKeyFreeAndOneUnderWayHoldsIt() {
    Proposal proposal = cluster.approved(AuthorizedCluster.havingAtLeast(5));
    QueryId running = begun(proposal, "1", "k");
    assertThat(refusal(0, proposal, "1", "k")).isEqualTo(Condition.RUN_UNDER_WAY);
    assertThat(refusal(0, proposal, "2", "k")).isEqualTo(Condition.RETRY_DIFFERS);
    cluster.connections().get(1).cancel(running);
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, running).state()).isEqualTo(QueryState.CANCELLED);
    }
    ready(proposal, "2", "k");
    assertThat(cluster.governance().get(0).proposals().get(0).runsLeft()).isEqualTo(4);
  }

  @Test
  void ofManyUnderOneKeyAtOnceOneBegins() throws InterruptedException {
    Proposal proposal = cluster.approved(AuthorizedCluster.havingAtLeast(50));
    ExecutorConnection executor = cluster.connections().get(0);
    byte[] plan = proposal.plan(cluster.request(proposal, QueryId.random(), "1", "k").parameters());
    CountDownLatch go = new CountDownLatch(1);
    List<CompletableFuture<Condition>> tries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      QueryId query = QueryId.random();
      // All are staged before any is submitted.
      assertThat(stage(0, cluster.request(proposal, query, "1", "k"))).isEmpty();
      tries.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  go.await();
                  executor.submit(query, plan);
                  return null;
                } catch (TrefoilException e) {
                  return e.condition();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    go.countDown();
    List<Condition> ends = tries.stream().map(CompletableFuture::join).toList();
    assertThat(ends.stream().filter(c -> c == null)).hasSize(1);
    assertThat(ends.stream().filter(c -> c != null)).containsOnly(Condition.RUN_UNDER_WAY);
  }

  /** Who is not the analyst, or no longer, gets nothing; nor under a policy that has changed. */
  @Test
  void onlyTheAnalystWhoSignsIsAnsweredAndOnlyAsLongAsItIsApproved() {
    Proposal proposal = cluster.approved(AuthorizedCluster.havingAtLeast(5));
    QueryId query = ready(proposal, "1", "k");
    RunRequest request = cluster.request(proposal, QueryId.random(), "1", "k");
    byte[] forged = cluster.signed("owner:north", request);
    assertThatThrownBy(() -> cluster.governance().get(0).stage(forged))
        .hasMessageContaining("TREFOIL_SIGNER_UNKNOWN");
    byte[] good = cluster.signed("analyst:hq", request);
    Governance stranger =
        new Governance(new InProcessConnection(cluster.services.get(0), "someone"));
    assertThatThrownBy(() -> stranger.stage(good)).hasMessageContaining("TREFOIL_PEER_REFUSED");
    // Under another policy, and when that has been approved too: it is not the same result.
    cluster.currentK = 2;
    cluster.register(2);
    assertThat(refusal(0, proposal, "1", "k")).isEqualTo(Condition.NOT_APPROVED);
    byte[] approval = cluster.approval(proposal);
    cluster.governance().forEach(g -> g.approve(approval));
    assertThat(refusal(0, proposal, "1", "k")).isEqualTo(Condition.RESULT_GONE);
    assertThat(query).isNotNull();
  }

  @Test
  void aResultForOthersIsNotSealedToTheAnalyst() {
    Proposal making =
        AuthorizedCluster.proposal(
            1,
            Duration.ZERO,
            List.of(),
            SubstraitPlans.encode(
                new Plan(
                    AuthorizedCluster.plan().root(),
                    true,
                    "UTC",
                    Release.parse("none:cities", List.of("north")))));
    cluster.approved(making);
    QueryId query = QueryId.random();
    RunRequest request = cluster.request(making, query, Map.of(), "k");
    assertThat(stage(request)).allMatch(Optional::isEmpty);
    cluster.connections().forEach(c -> c.submit(query, making.plan()));
    cluster.share(query, making.plan()).join();
    for (ExecutorConnection c : cluster.connections()) {
      assertThat(TestCluster.await(c, query, QueryState.DELIVERED).error()).isNull();
    }
    for (int p = 0; p < 3; p++) {
      SealedAnswer answer = stage(p, request).orElseThrow();
      AnswerShares opened =
          AnswerBytes.decode(
              cluster
                  .keys
                  .get("analyst:hq")
                  .openingKey()
                  .open(Retry.context("test", p, query.hex(), request), answer.sealed()));
      assertThat(opened.shares().columns()).isEmpty();
      assertThat(opened.shares().rows()).isZero();
    }
  }
}
