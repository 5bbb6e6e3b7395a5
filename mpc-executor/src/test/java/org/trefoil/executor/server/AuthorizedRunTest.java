package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.KeyChange;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.approval.Receipt;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.executor.transport.Interceptor;

/**
 * Nothing runs without the owner's signature, at three executors that each decide for themselves.
 */
@Timeout(300)
final class AuthorizedRunTest {
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

  private static Condition condition(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    assertThat(cause).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) cause).condition();
  }

  private Condition refusal(Proposal proposal) {
    return condition(catchThrowable(() -> cluster.submit(proposal)));
  }

  private Withdrawal withdrawal(Proposal proposal) {
    return new Withdrawal("north", proposal.id(), "no more", "test", AuthorizedCluster.now());
  }

  private List<String> events(int party) {
    return cluster.trail(party).records().stream().map(AuditRecord::event).toList();
  }

  @Test
  void anApprovedProposalRunsAndTheLogsSayWhatHappened() {
    Proposal proposal = cluster.approved(2);
    assertThat(cluster.run(proposal)).isEqualTo(1);
    List<AuditTrail> trails = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      assertThat(events(p))
          .containsExactly(
              "start", "proposal", "approval", "run", "admitted", "reveal", "delivered");
      trails.add(cluster.trail(p));
    }
    AuditTrail.compare(trails);
    assertThat(trails.get(0).records().toString()).doesNotContain("Oss").doesNotContain("SELECT");
    ProposalState state = cluster.governance().get(1).proposals().get(0);
    assertThat(state.runsLeft()).isEqualTo(1);
    assertThat(state.missing()).isEmpty();
    assertThat(state.ended()).isEmpty();
  }

  @Test
  void nothingRunsWithoutAProposalAnApprovalAndTheAnalystsSignature() {
    QueryId bare = QueryId.random();
    assertThat(
            condition(
                catchThrowable(
                    () ->
                        cluster.connections().get(0).submit(bare, AuthorizedCluster.planBytes()))))
        .isEqualTo(Condition.NOT_APPROVED);
    Proposal unknown = AuthorizedCluster.proposal(1, Duration.ZERO);
    assertThat(refusal(unknown)).isEqualTo(Condition.PROPOSAL_NOT_FOUND);
    cluster.governance().forEach(g -> g.propose(unknown.encode()));
    assertThat(refusal(unknown)).isEqualTo(Condition.NOT_APPROVED);
    assertThat(events(0)).contains("refusal").doesNotContain("run", "reveal");
  }

  @Test
  void theApprovedPlanAndNoOther() {
    Proposal proposal = cluster.approved(1);
    QueryId query = QueryId.random();
    byte[] request = cluster.request(proposal, query);
    byte[] other = AuthorizedCluster.planBytes().clone();
    other[other.length - 1] ^= 1;
    cluster.governance().forEach(g -> g.stage(request));
    assertThat(condition(catchThrowable(() -> cluster.connections().get(0).submit(query, other))))
        .isEqualTo(Condition.PLAN_NOT_APPROVED);
  }

  @Test
  void runsAreCountedOnceAndReplaysRefusedAlsoAfterARestart() {
    Proposal proposal = cluster.approved(2);
    QueryId query = cluster.submit(proposal);
    byte[] request = cluster.request(proposal, query);
    cluster.share(query).join();
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, query).state()).isEqualTo(QueryState.READY);
      cluster.connections().get(p).result(query);
    }
    cluster.connections().forEach(c -> c.acknowledge(query));
    cluster.restart();
    cluster.governance().forEach(g -> g.stage(request));
    assertThat(
            condition(
                catchThrowable(
                    () ->
                        cluster.connections().get(0).submit(query, AuthorizedCluster.planBytes()))))
        .isEqualTo(Condition.RUN_REPLAYED);
    cluster.run(proposal);
    assertThat(refusal(proposal)).isEqualTo(Condition.RUNS_EXHAUSTED);
    cluster.restart();
    assertThat(refusal(proposal)).isEqualTo(Condition.RUNS_EXHAUSTED);
  }

  @Test
  void aRunThatRevealedNothingDoesNotCountAndOneWithinTheIntervalWaits() {
    Proposal proposal = AuthorizedCluster.proposal(1, Duration.ofHours(1));
    cluster.governance().forEach(g -> g.propose(proposal.encode()));
    byte[] approval = cluster.approval(proposal);
    cluster.governance().forEach(g -> g.approve(approval));
    QueryId cancelled = cluster.submit(proposal);
    cluster.connections().get(1).cancel(cancelled);
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, cancelled).state()).isEqualTo(QueryState.CANCELLED);
    }
    assertThat(cluster.run(proposal)).isEqualTo(1);
    Proposal twice = AuthorizedCluster.proposal(2, Duration.ofHours(1));
    cluster.governance().forEach(g -> g.propose(twice.encode()));
    byte[] second = cluster.approval(twice);
    cluster.governance().forEach(g -> g.approve(second));
    cluster.run(twice);
    assertThat(refusal(twice)).isEqualTo(Condition.RUN_TOO_SOON);
  }

  @Test
  void singleRowsAreLookedUpAsOftenAndForAsManyKeysAsThePolicyAllows() {
    Proposal proposal = cluster.approved(AuthorizedCluster.lookup(5));
    QueryId first = cluster.submit(proposal);
    assertThat(refusal(proposal)).isEqualTo(Condition.RUN_TOO_SOON);
    for (ExecutorConnection executor : cluster.connections()) {
      TestCluster.await(executor, first, QueryState.ADMITTED);
      executor.announce(first, 0, 0, AuthorizedCluster.LOOKED_UP + 1);
    }
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, first).error().condition()).isEqualTo(Condition.POLICY_VIOLATION);
    }
    // It has revealed nothing and does not count.
    QueryId second = cluster.submit(proposal);
    cluster.connections().get(0).cancel(second);
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, second).state()).isEqualTo(QueryState.CANCELLED);
    }
  }

  @Test
  void ofFiftyAtOnceNoMoreBeginThanAreLeft() throws InterruptedException {
    Proposal proposal = cluster.approved(3);
    ExecutorConnection executor = cluster.connections().get(0);
    Governance governance = new Governance(executor);
    CountDownLatch go = new CountDownLatch(1);
    List<CompletableFuture<Condition>> tries = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      QueryId query = QueryId.random();
      governance.stage(cluster.request(proposal, query));
      tries.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  go.await();
                  executor.submit(query, AuthorizedCluster.planBytes());
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
    assertThat(ends.stream().filter(c -> c == null).count()).isEqualTo(3);
    assertThat(ends.stream().filter(c -> c != null))
        .allMatch(c -> c == Condition.RUNS_EXHAUSTED || c == Condition.TOO_MANY_QUERIES);
  }

  @Test
  void aWithdrawalStopsWhatRunsAndWhatComes() {
    Proposal proposal = cluster.approved(5);
    QueryId query = cluster.submit(proposal);
    byte[] withdrawal = cluster.signed("owner:north", withdrawal(proposal));
    // One executor that knows of it suffices.
    cluster.governance().get(2).withdraw(withdrawal);
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, query).error().condition()).isEqualTo(Condition.WITHDRAWN);
    }
    cluster.governance().forEach(g -> g.withdraw(withdrawal));
    assertThat(refusal(proposal)).isEqualTo(Condition.WITHDRAWN);
    byte[] again = cluster.approval(proposal);
    assertThat(condition(catchThrowable(() -> cluster.governance().get(0).approve(again))))
        .isEqualTo(Condition.WITHDRAWN);
    assertThat(events(2)).contains("withdrawal").doesNotContain("reveal");
  }

  @Test
  void aWithdrawalBeforeTheResultIsFetchedKeepsItBack() {
    Proposal proposal = cluster.approved(1);
    QueryId query = cluster.submit(proposal);
    cluster.share(query).join();
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, query).state()).isEqualTo(QueryState.READY);
    }
    byte[] withdrawal = cluster.signed("owner:north", withdrawal(proposal));
    cluster.governance().forEach(g -> g.withdraw(withdrawal));
    for (ExecutorConnection executor : cluster.connections()) {
      assertThat(condition(catchThrowable(() -> executor.result(query))))
          .isEqualTo(Condition.WITHDRAWN);
    }
  }

  @Test
  void aFreezeStopsUntilTwoPeopleLiftIt() {
    Proposal proposal = cluster.approved(5);
    QueryId query = cluster.submit(proposal);
    Freeze freeze = new Freeze("owner:north", "incident", "test", AuthorizedCluster.now());
    byte[] signed = cluster.signed("owner:north", freeze);
    cluster.governance().forEach(g -> g.freeze(signed));
    assertThat(cluster.end(0, query).error().condition()).isEqualTo(Condition.FROZEN);
    assertThat(refusal(proposal)).isEqualTo(Condition.FROZEN);
    byte[] one =
        cluster.signed(
            "owner:north",
            new Unfreeze("owner:north", freeze.id(), "over", "test", AuthorizedCluster.now()));
    cluster.governance().forEach(g -> g.unfreeze(one));
    cluster.governance().forEach(g -> g.unfreeze(one));
    assertThat(refusal(proposal)).isEqualTo(Condition.FROZEN);
    assertThat(cluster.governance().get(0).freezes()).containsExactly(freeze);
    Unfreeze two = new Unfreeze("party-1", freeze.id(), "over", "test", AuthorizedCluster.now());
    assertThat(
            condition(
                catchThrowable(
                    () -> cluster.governance().get(0).unfreeze(cluster.signed("party-1", two)))))
        .isEqualTo(Condition.PEER_REFUSED);
    // The operator's own connection.
    cluster.services.forEach(
        s ->
            s.govern(
                Principal.of(Role.party(1)),
                Governance.UNFREEZE,
                List.of(cluster.signed("party-1", two))));
    cluster.run(proposal);
  }

  @Test
  void anApprovalEndsForGoodWhenThePolicyChanges() {
    Proposal proposal = cluster.approved(5);
    cluster.run(proposal);
    cluster.currentK = 2;
    cluster.register(2);
    assertThat(refusal(proposal)).isEqualTo(Condition.NOT_APPROVED);
    cluster.currentK = 3;
    cluster.register(3);
    assertThat(refusal(proposal)).isEqualTo(Condition.NOT_APPROVED);
    byte[] again = cluster.approval(proposal);
    cluster.governance().forEach(g -> g.approve(again));
    cluster.run(proposal);
  }

  @Test
  void aRevokedKeyCountsNoLongerAtOnce() {
    Proposal proposal = cluster.approved(5);
    String owner = cluster.keys.get("owner:north").verificationKey().id();
    cluster.writeRoster(new Roster("test", cluster.roster.signers(), Map.of(), Set.of(owner)));
    assertThat(refusal(proposal)).isIn(Condition.SIGNER_REVOKED, Condition.SIGNER_UNKNOWN);
  }

  @Test
  void aKeyThatIsReplacedEndsWhatItApprovedAndTheNewOneApproves() {
    Proposal proposal = cluster.approved(5);
    SigningKey next = SigningKey.random();
    String old = cluster.keys.get("owner:north").verificationKey().id();
    KeyChange unproven =
        new KeyChange(
            "owner:north",
            Optional.of(next.verificationKey()),
            List.of(old),
            "yearly",
            "test",
            AuthorizedCluster.now());
    byte[] change = cluster.signed("owner:north", unproven.provenBy(next));
    byte[] bare = cluster.signed("owner:north", unproven);
    assertThat(condition(catchThrowable(() -> cluster.governance().get(0).changeKeys(bare))))
        .isEqualTo(Condition.SIGNATURE_MISSING);
    QueryId running = cluster.submit(proposal);
    byte[] late = cluster.approval(proposal);
    cluster.governance().forEach(g -> g.changeKeys(change));
    cluster.governance().forEach(g -> g.changeKeys(change));
    assertThat(cluster.end(0, running).error().condition())
        .isIn(Condition.SIGNER_REVOKED, Condition.OTHER_KEYS);
    assertThat(refusal(proposal)).isIn(Condition.SIGNER_REVOKED, Condition.OTHER_KEYS);
    assertThat(condition(catchThrowable(() -> cluster.governance().get(0).approve(late))))
        .isEqualTo(Condition.SIGNER_REVOKED);
    assertThat(cluster.governance().get(2).keyChanges()).hasSize(1);
    cluster.restart();
    assertThat(refusal(proposal)).isIn(Condition.SIGNER_REVOKED, Condition.OTHER_KEYS);
    // The new key, in a roster as whoever signs has it now.
    cluster.roster = cluster.roster.changed(change);
    cluster.keys.put("owner:north", next);
    byte[] again = cluster.approval(proposal);
    cluster.governance().forEach(g -> g.approve(again));
    assertThat(cluster.run(proposal)).isEqualTo(1);
    assertThat(events(1)).containsOnlyOnce("keys");
  }

  @Test
  void anOwnersReceiptOfItsOwnRunStandsInTheLogOnce() {
    Proposal proposal = cluster.approved(5);
    QueryId query = cluster.submit(proposal);
    Receipt good = receipt("north", query);
    byte[] signed = cluster.signed("owner:north", good);
    cluster.governance().forEach(g -> g.receipt(signed));
    cluster.governance().forEach(g -> g.receipt(signed));
    assertThat(cluster.trail(2).records())
        .filteredOn(r -> r.event().equals("receipt"))
        .singleElement()
        .satisfies(
            r ->
                assertThat(r.facts())
                    .containsEntry("query", query.hex())
                    .containsEntry("proposal", proposal.id())
                    .containsEntry("bytes", "[16, 16, 4096]"));
    Governance executor = cluster.governance().get(0);
    byte[] unknown = cluster.signed("owner:north", receipt("north", QueryId.random()));
    assertThat(condition(catchThrowable(() -> executor.receipt(unknown))))
        .isEqualTo(Condition.UNKNOWN_QUERY);
    byte[] forged = cluster.signed("analyst:hq", good);
    assertThat(condition(catchThrowable(() -> executor.receipt(forged))))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
    Receipt talks =
        new Receipt(
            "north",
            query.hex(),
            new TreeMap<>(Map.of("north.orders", "amount of Ann: 7")),
            good.bytes(),
            good.cluster(),
            good.signed());
    byte[] more = cluster.signed("owner:north", talks);
    assertThat(condition(catchThrowable(() -> executor.receipt(more))))
        .isEqualTo(Condition.MALFORMED_STATEMENT);
    assertThat(Receipt.decode(good.encode())).isEqualTo(good);
    cluster.connections().get(0).cancel(query);
  }

  private static Receipt receipt(String owner, QueryId query) {
    return new Receipt(
        owner,
        query.hex(),
        new TreeMap<>(Map.of("north.orders", "ARITHMETIC:64 VALID:1")),
        List.of(16L, 16L, 4096L),
        "test",
        AuthorizedCluster.now());
  }

  @Test
  void oneExecutorThatKnowsOfNoApprovalStopsAll() {
    Proposal proposal = AuthorizedCluster.proposal(1, Duration.ZERO);
    cluster.governance().forEach(g -> g.propose(proposal.encode()));
    byte[] approval = cluster.approval(proposal);
    cluster.governance().subList(0, 2).forEach(g -> g.approve(approval));
    QueryId query = QueryId.random();
    byte[] request = cluster.request(proposal, query);
    List<Governance> governance = cluster.governance();
    List<ExecutorConnection> executors = cluster.connections();
    for (int p = 0; p < 2; p++) {
      governance.get(p).stage(request);
      executors.get(p).submit(query, AuthorizedCluster.planBytes());
    }
    assertThatThrownBy(() -> governance.get(2).stage(request))
        .hasMessageContaining(Condition.NOT_APPROVED.label());
    assertThatThrownBy(() -> executors.get(2).submit(query, AuthorizedCluster.planBytes()))
        .hasMessageContaining(Condition.NOT_APPROVED.label());
    for (int p = 0; p < 2; p++) {
      assertThat(cluster.end(p, query).error().condition()).isEqualTo(Condition.NOT_APPROVED);
      assertThat(events(p)).doesNotContain("reveal");
    }
  }
}
