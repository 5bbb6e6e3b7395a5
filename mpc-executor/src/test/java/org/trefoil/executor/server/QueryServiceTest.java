package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.executor.transport.InMemoryPeerLinks;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.PeerLinks;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;

class QueryServiceTest {
  private static final int SHARED_ROWS = 100;

  private TestCluster cluster;
  private List<ExecutorConnection> hq;

  @BeforeEach
  void start() {
    start(Limits.DEFAULT, TestCluster.SHORT, "1");
  }

  private void start(Limits limits, Timeouts timeouts, String versionOfParty2) {
    cluster =
        new TestCluster(
            links(timeouts.peer()), limits, timeouts, List.of("1", "1", versionOfParty2));
    hq = cluster.connect("hq", "north", "south");
  }

  /** The links of the three executors. */
  List<PeerLinks> links(Duration patience) {
    return InMemoryPeerLinks.three(Interceptor.NONE, patience);
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private void restart(Limits limits, Timeouts timeouts) {
    cluster.close();
    start(limits, timeouts, "1");
  }

  private static Timeouts timeouts(Duration peer, Duration owner, Duration result) {
    return new Timeouts(peer, owner, Duration.ofSeconds(60), result, Duration.ofMinutes(5));
  }

  private void assertEnds(QueryId id, QueryState state, Condition condition, String... words) {
    for (ExecutorConnection executor : hq) {
      QueryStatus status = TestCluster.await(executor, id, state);
      assertThat(status.error()).isNotNull();
      assertThat(status.error().condition()).isEqualTo(condition);
      for (String word : words) {
        assertThat(status.error()).hasMessageContaining(word);
      }
      assertThat(status.state()).isEqualTo(state);
    }
    assertThat(cluster.active()).isZero();
  }

  private static void assertCondition(Condition condition, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TrefoilException.class, e -> assertThat(e.condition()).isEqualTo(condition));
  }

  @Test
  void runsAQueryFromSubmissionUntilNothingIsLeft() {
    QueryId id = cluster.submit(hq, "north.orders+south.orders|sum");
    assertThat(TestCluster.await(hq.get(0), id, QueryState.ADMITTED).rows())
        .isEqualTo(List.of(List.of(-1L, -1L)));
    hq.forEach(executor -> executor.announce(id, 0, 0, 3));
    hq.forEach(executor -> executor.announce(id, 0, 1, 1));
    cluster.share(hq, id, 0, 0, 1, 2, 3);
    List<byte[]> hashKeys = new ArrayList<>();
    for (ExecutorConnection executor : hq) {
      QueryStatus status = TestCluster.await(executor, id, QueryState.INPUTS);
      assertThat(status.rows()).isEqualTo(List.of(List.of(3L, 1L)));
      hashKeys.add(status.hashKey());
    }
    assertThat(hashKeys.get(0)).hasSize(32).isEqualTo(hashKeys.get(1)).isEqualTo(hashKeys.get(2));
    cluster.share(hq, id, 0, 1, 36);
    QueryStatus ready = TestCluster.await(hq.get(1), id, QueryState.READY);
    assertThat(ready.metrics())
        .containsEntry("rowsReceived", 4L)
        .containsEntry("revealedRows", 1L)
        .hasEntrySatisfying("rounds", rounds -> assertThat(rounds).isPositive())
        .hasEntrySatisfying("bytesSent", bytes -> assertThat(bytes).isPositive())
        .containsKeys("waitMillis", "computeMillis");
    assertThat(TestCluster.fetch(hq, id)).containsExactly(42L);
    for (ExecutorConnection executor : hq) {
      assertThat(executor.status(id, null, Duration.ZERO).state()).isEqualTo(QueryState.DELIVERED);
    }
    assertThat(cluster.active()).isZero();
    assertCondition(Condition.UNKNOWN_QUERY, () -> hq.get(0).result(id));
  }

  @Test
  void takesTheSameSubmissionOnceAndAnotherUnderItsIdNever() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    hq.forEach(executor -> executor.submit(id, ToyComputation.plan("north.orders|sum")));
    assertThat(cluster.active()).isEqualTo(3);
    assertCondition(
        Condition.MALFORMED_PLAN,
        () -> hq.get(0).submit(id, ToyComputation.plan("south.orders|sum")));
    hq.get(0).cancel(id);
    assertEnds(id, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
    hq.get(0).submit(id, ToyComputation.plan("north.orders|sum"));
    assertThat(cluster.active()).isZero();
  }

  @Test
  void refusesWhatPolicyForbidsAtEveryExecutor() {
    assertEnds(
        cluster.submit(hq, "north.orders|refuse"),
        QueryState.REFUSED,
        Condition.POLICY_VIOLATION,
        "column amount");
  }

  @Test
  void refusesAPlanThatItCannotDecode() {
    assertEnds(cluster.submit(hq, "nonsense"), QueryState.FAILED, Condition.MALFORMED_PLAN);
  }

  @Test
  void namesTheOwnerAndTheTableThatAreMissing() {
    restart(
        Limits.DEFAULT,
        timeouts(Duration.ofSeconds(20), Duration.ofMillis(300), Duration.ofSeconds(60)));
    QueryId id = cluster.submit(hq, "north.orders,south.orders|sum");
    TestCluster.await(hq.get(0), id, QueryState.ADMITTED);
    hq.forEach(executor -> executor.announce(id, 0, 0, 1));
    assertEnds(
        id,
        QueryState.FAILED,
        Condition.OWNER_UNAVAILABLE,
        "owner south",
        "south.orders",
        "300 ms");
  }

  @Test
  void namesThePeerThatWasNeverAsked() {
    restart(
        Limits.DEFAULT,
        timeouts(Duration.ofMillis(400), Duration.ofSeconds(20), Duration.ofSeconds(60)));
    QueryId id = QueryId.random();
    byte[] plan = ToyComputation.plan("north.orders|sum");
    hq.get(0).submit(id, plan);
    hq.get(1).submit(id, plan);
    for (ExecutorConnection executor : hq.subList(0, 2)) {
      QueryStatus status = TestCluster.await(executor, id, QueryState.FAILED);
      assertThat(status.error().condition()).isIn(Condition.TIMEOUT, Condition.PEER_UNAVAILABLE);
      assertThat(status.error()).hasMessageMatching("(?s).*(party|executor) 2.*");
    }
    assertThat(cluster.active()).isZero();
  }

  @Test
  void stopsEverywhereWhenTheAnalystCancelsWhereverTheQueryStands() {
    QueryId waiting = cluster.submit(hq, "north.orders|sum");
    TestCluster.await(hq.get(2), waiting, QueryState.ADMITTED);
    hq.get(2).cancel(waiting);
    assertEnds(waiting, QueryState.CANCELLED, Condition.QUERY_CANCELLED, "analyst:hq");

    QueryId running = cluster.submit(hq, "north.orders|hang");
    cluster.share(hq, running, 0, 0, 1);
    TestCluster.await(hq.get(0), running, QueryState.RUNNING);
    hq.get(0).cancel(running);
    assertEnds(running, QueryState.CANCELLED, Condition.QUERY_CANCELLED);

    QueryId ready = cluster.submit(hq, "north.orders|sum");
    cluster.share(hq, ready, 0, 0, 1);
    hq.forEach(executor -> TestCluster.await(executor, ready, QueryState.READY));
    hq.get(1).cancel(ready);
    assertEnds(ready, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
  }

  @Test
  void runsSeveralQueriesAtATimeAndStopsOneOnly() {
    List<QueryId> hanging = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      QueryId id = cluster.submit(hq, "north.orders|hang");
      cluster.share(hq, id, 0, 0, 1);
      TestCluster.await(hq.get(i), id, QueryState.RUNNING);
      hanging.add(id);
    }
    QueryId id = cluster.submit(hq, "north.orders|sum");
    cluster.share(hq, id, 0, 0, 5, 6);
    hanging.forEach(
        other ->
            assertThat(TestCluster.await(hq.get(0), other, QueryState.RUNNING).state())
                .isEqualTo(QueryState.RUNNING));
    hq.get(0).cancel(hanging.get(1));
    hq.forEach(executor -> TestCluster.await(executor, hanging.get(1), QueryState.CANCELLED));
    hq.forEach(executor -> TestCluster.await(executor, id, QueryState.READY));
    assertThat(TestCluster.fetch(hq, id)).containsExactly(11L);
    assertThat(cluster.active()).isEqualTo(6);
    hq.get(1).cancel(hanging.get(0));
    hq.get(2).cancel(hanging.get(2));
    hanging.forEach(
        other -> hq.forEach(executor -> TestCluster.await(executor, other, QueryState.CANCELLED)));
    assertThat(cluster.active()).isZero();
  }

  @Test
  void failsEverywhereForTheReasonOfTheOneThatFailed() {
    for (int party = 0; party < 3; party++) {
      QueryId id = cluster.submit(hq, "north.orders|fail@" + party);
      cluster.share(hq, id, 0, 0, 1);
      assertEnds(id, QueryState.FAILED, Condition.ARITHMETIC_OVERFLOW, "overflow at " + party);
    }
    QueryId crash = cluster.submit(hq, "north.orders|crash@1");
    cluster.share(hq, crash, 0, 0, 1);
    assertEnds(crash, QueryState.FAILED, Condition.INTERNAL, "executor 1", "IllegalStateException");
  }

  @Test
  void endsOnEveryThreadForTheReasonOfTheOneThatFailed() {
    restart(new Limits(4, 1 << 20, 1 << 20, 3), TestCluster.SHORT);
    QueryId sums = cluster.submit(hq, "north.orders|worker-sums");
    cluster.share(hq, sums, 0, 0, 5, 6);
    hq.forEach(executor -> TestCluster.await(executor, sums, QueryState.READY));
    assertThat(TestCluster.fetch(hq, sums)).containsExactly(11L);
    for (int party = 0; party < 3; party++) {
      QueryId id = cluster.submit(hq, "north.orders|worker-fails@" + party);
      cluster.share(hq, id, 0, 0, 1);
      assertEnds(id, QueryState.FAILED, Condition.ARITHMETIC_OVERFLOW, "overflow at " + party);
    }
    QueryId hanging = cluster.submit(hq, "north.orders|worker-hangs");
    cluster.share(hq, hanging, 0, 0, 1);
    TestCluster.await(hq.get(0), hanging, QueryState.RUNNING);
    hq.get(1).cancel(hanging);
    assertEnds(hanging, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
    assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
        .noneMatch(name -> name.startsWith("query-") && name.contains("-worker-"));
  }

  @Test
  void failsEverywhereForTheReasonThatAnOwnerGives() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    TestCluster.await(hq.get(0), id, QueryState.ADMITTED);
    hq.get(1).fail(id, "TREFOIL_KEY_NOT_UNIQUE", "Cannot share north.orders: id occurs twice.");
    assertEnds(id, QueryState.FAILED, Condition.KEY_NOT_UNIQUE, "id occurs twice");
  }

  @Test
  void comparesDescriptorsSoftwareAndLayoutBeforeTheFirstShareIsUsed() {
    hq.get(1).register("south", List.of(TestCluster.table("south", "orders", 5)));
    assertEnds(
        cluster.submit(hq, "north.orders,south.orders|sum"),
        QueryState.FAILED,
        Condition.EXECUTORS_DISAGREE,
        "table south.orders");

    QueryId id = cluster.submit(hq, "north.orders|layout@2");
    cluster.share(hq, id, 0, 0, 1);
    assertEnds(id, QueryState.FAILED, Condition.EXECUTORS_DISAGREE, "laid it out");

    cluster.close();
    start(Limits.DEFAULT, TestCluster.SHORT, "2");
    assertEnds(
        cluster.submit(hq, "north.orders|sum"),
        QueryState.FAILED,
        Condition.EXECUTORS_DISAGREE,
        "same version");
  }

  @Test
  void comparesAnnouncedSizes() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    hq.get(0).announce(id, 0, 0, 7);
    hq.get(1).announce(id, 0, 0, 8);
    hq.get(2).announce(id, 0, 0, 7);
    assertEnds(id, QueryState.FAILED, Condition.EXECUTORS_DISAGREE, "north.orders", "rows");
  }

  @Test
  void noticesAnOwnerThatSendsTheTwoHoldersDifferentShares() {
    for (int liar = 0; liar < 3; liar++) {
      QueryId id = cluster.submit(hq, "north.orders|sum");
      hq.forEach(executor -> executor.announce(id, 0, 0, 2));
      ShareBatch[] batches = cluster.batches(new long[] {1, 2}, 0);
      batches[liar] = cluster.batches(new long[] {1, 2}, 0)[liar];
      UUID attempt = cluster.upload(hq, id, 0, 0, 0, batches);
      hq.forEach(executor -> executor.commit(id, 0, 0, List.of(attempt)));
      assertEnds(id, QueryState.FAILED, Condition.SHARES_DIFFER, "north.orders");
    }
  }

  @Test
  void noticesAnOwnerThatCommitsDifferentAttempts() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    hq.forEach(executor -> executor.announce(id, 0, 0, 2));
    UUID one = cluster.upload(hq, id, 0, 0, 0, cluster.batches(new long[] {1, 2}, 0));
    UUID two = cluster.upload(hq, id, 0, 0, 0, cluster.batches(new long[] {1, 2}, 0));
    hq.get(0).commit(id, 0, 0, List.of(one));
    hq.get(1).commit(id, 0, 0, List.of(one));
    hq.get(2).commit(id, 0, 0, List.of(two));
    assertEnds(id, QueryState.FAILED, Condition.SHARES_DIFFER, "north.orders", "attempts");
  }

  @Test
  void countsExactlyTheCommittedAttempts() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    long[] amounts = LongStream.range(0, 2 * Chunks.CHUNK_ROWS + 77).toArray();
    hq.forEach(executor -> executor.announce(id, 0, 0, amounts.length));
    List<UUID> chosen = new ArrayList<>();
    for (int chunk = 0; chunk < 3; chunk++) {
      cluster.upload(hq, id, 0, 0, chunk, cluster.batches(new long[amounts.length], chunk));
      chosen.add(cluster.upload(hq, id, 0, 0, chunk, cluster.batches(amounts, chunk)));
      cluster.upload(hq, id, 0, 0, chunk, cluster.batches(new long[amounts.length], chunk));
    }
    hq.get(0).commit(id, 0, 0, chosen);
    hq.get(0).commit(id, 0, 0, chosen);
    List<UUID> other = new ArrayList<>(chosen);
    other.set(1, UUID.randomUUID());
    assertCondition(Condition.LATE_ATTEMPT, () -> hq.get(0).commit(id, 0, 0, other));
    assertCondition(Condition.LATE_ATTEMPT, () -> hq.get(1).commit(id, 0, 0, other));
    assertCondition(
        Condition.LATE_ATTEMPT,
        () -> hq.get(0).upload(hq.get(0).ticket(id, 0, 0), 0, UUID.randomUUID()));
    hq.subList(1, 3).forEach(executor -> executor.commit(id, 0, 0, chosen));
    hq.forEach(executor -> TestCluster.await(executor, id, QueryState.READY));
    assertThat(TestCluster.fetch(hq, id)).containsExactly(LongStream.of(amounts).sum());
  }

  @Test
  void refusesHostileUploadsByBatchAndColumn() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    hq.forEach(executor -> executor.announce(id, 0, 0, 3));
    ExecutorConnection one = hq.get(1);
    UploadTicket ticket = one.ticket(id, 0, 0);
    assertThatThrownBy(() -> one.upload(ticket, 1, UUID.randomUUID()))
        .hasMessageContaining("MALFORMED_BATCH")
        .hasMessageContaining("batch 1 of north.orders");
    ShareBatch good = cluster.batches(new long[] {1, 2, 3}, 0)[1];
    ShareBatch short2 = cluster.batches(new long[] {1, 2}, 0)[1];
    ShareBatch misplaced = cluster.batches(new long[] {1, 2, 3}, 0)[2];
    ShareBatch swapped =
        new ShareBatch(
            1,
            3,
            List.of(good.shapes().get(1), good.shapes().get(0)),
            null,
            good.seed1(),
            List.of(good.third().get(1), good.third().get(0)));
    ShareBatch narrow =
        new ShareBatch(
            1, 3, good.shapes().subList(0, 1), null, good.seed1(), good.third().subList(0, 1));
    for (ShareBatch bad : List.of(short2, misplaced, swapped, narrow)) {
      try (ShareUpload upload = one.upload(ticket, 0, UUID.randomUUID())) {
        assertThatThrownBy(() -> upload.send(bad))
            .hasMessageContaining("MALFORMED_BATCH")
            .hasMessageContaining("batch 0 of north.orders");
        assertCondition(Condition.MALFORMED_BATCH, upload::complete);
      }
    }
    try (ShareUpload upload = one.upload(ticket, 0, UUID.randomUUID())) {
      assertThatThrownBy(() -> upload.send(swapped)).hasMessageContaining("column valid");
      upload.send(good);
      assertCondition(Condition.MALFORMED_BATCH, () -> upload.send(good));
    }
    cluster.share(hq, id, 0, 0, 4, 5, 6);
    hq.forEach(executor -> TestCluster.await(executor, id, QueryState.READY));
    assertThat(TestCluster.fetch(hq, id)).containsExactly(15L);
  }

  @Test
  void honoursTicketsForTheirFragmentOnlyAndOnlyWhileTheQueryLives() {
    QueryId id = cluster.submit(hq, "north.orders,south.orders|sum");
    hq.forEach(executor -> executor.announce(id, 0, 0, 1));
    hq.forEach(executor -> executor.announce(id, 1, 0, 1));
    ExecutorConnection zero = hq.get(0);
    UploadTicket ticket = zero.ticket(id, 0, 0);
    assertThat(ticket.toString()).doesNotContain(ticket.token());
    UploadTicket other = new UploadTicket(id, 1, 0, ticket.token());
    assertCondition(Condition.TICKET_REFUSED, () -> zero.upload(other, 0, UUID.randomUUID()));
    UploadTicket elsewhere = hq.get(1).ticket(id, 0, 0);
    assertCondition(Condition.TICKET_REFUSED, () -> zero.upload(elsewhere, 0, UUID.randomUUID()));
    UploadTicket forged = new UploadTicket(id, 0, 0, "AAAA");
    assertCondition(Condition.TICKET_REFUSED, () -> zero.upload(forged, 0, UUID.randomUUID()));
    zero.upload(ticket, 0, UUID.randomUUID()).close();
    ShareUpload open = zero.upload(ticket, 0, UUID.randomUUID());
    zero.cancel(id);
    assertEnds(id, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
    assertCondition(Condition.TICKET_REFUSED, () -> zero.upload(ticket, 0, UUID.randomUUID()));
    assertCondition(
        Condition.TICKET_REFUSED, () -> open.send(cluster.batches(new long[] {1}, 0)[0]));
  }

  @Test
  void tellsNobodyElseOfAQuery() {
    List<ExecutorConnection> rival = cluster.connect("rival", "east");
    QueryId id = cluster.submit(hq, "north.orders|sum");
    TestCluster.await(hq.get(0), id, QueryState.ADMITTED);
    for (ExecutorConnection executor : rival) {
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.status(id, null, Duration.ZERO));
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.cancel(id));
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.result(id));
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.acknowledge(id));
      assertThat(executor.held()).isEmpty();
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.announce(id, 0, 0, 1));
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.ticket(id, 0, 0));
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.fail(id, "INTERNAL", "no"));
      assertCondition(Condition.PEER_REFUSED, () -> executor.work("north", Duration.ZERO));
    }
    hq.get(0).cancel(id);
    assertEnds(id, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
  }

  @Test
  void handsTheResultToTheNamedRecipientsOnlyAndKeepsItUntilAllHaveIt() {
    List<ExecutorConnection> east = cluster.connect("nobody", "east");
    List<ExecutorConnection> police = cluster.connect("police");
    List<ExecutorConnection> rival = cluster.connect("rival", "west");
    String plan = "north.orders|to=analyst:police+owner:east";
    QueryId id = cluster.submit(hq, plan);
    cluster.share(hq, id, 0, 0, 40, 2);
    for (List<ExecutorConnection> other : List.of(hq, rival)) {
      for (ExecutorConnection executor : other) {
        TestCluster.await(hq.get(executor.party()), id, QueryState.READY);
        assertThat(executor.held()).isEmpty();
        assertCondition(Condition.UNKNOWN_QUERY, () -> executor.result(id));
        assertCondition(Condition.UNKNOWN_QUERY, () -> executor.acknowledge(id));
      }
    }
    for (ExecutorConnection executor : east) {
      assertThat(executor.held())
          .singleElement()
          .satisfies(
              held -> {
                assertThat(held.query()).isEqualTo(id);
                assertThat(held.plan()).isEqualTo(ToyComputation.plan(plan));
                assertThat(held.analyst()).isEqualTo("hq");
              });
      assertCondition(Condition.UNKNOWN_QUERY, () -> executor.cancel(id));
    }
    assertThat(TestCluster.fetch(east, id)).containsExactly(42L);
    assertThat(east.get(0).held()).isEmpty();
    assertThat(police.get(0).held()).hasSize(1);
    assertThat(hq.get(0).status(id, null, Duration.ZERO).state()).isEqualTo(QueryState.READY);
    assertThat(TestCluster.fetch(police, id)).containsExactly(42L);
    hq.forEach(executor -> TestCluster.await(executor, id, QueryState.DELIVERED));
    assertThat(cluster.active()).isZero();
  }

  @Test
  void givesWorkToTheOwnersThatMustShareAndOnlyOnceAtATime() {
    assertThat(hq.get(0).work("north", Duration.ZERO)).isEmpty();
    QueryId id = cluster.submit(hq, "north.orders|sum");
    List<OwnerTask> tasks = hq.get(0).work("north", TestCluster.LONG);
    assertThat(tasks).hasSize(1);
    assertThat(tasks.get(0).query()).isEqualTo(id);
    assertThat(tasks.get(0).analyst()).isEqualTo("hq");
    assertThat(tasks.get(0).plan()).isEqualTo(ToyComputation.plan("north.orders|sum"));
    assertThat(hq.get(0).work("south", Duration.ZERO)).isEmpty();
    assertThat(hq.get(0).work("north", Duration.ofMillis(20))).hasSize(1);
    cluster.share(hq, id, 0, 0, 1);
    hq.forEach(executor -> TestCluster.await(executor, id, QueryState.READY));
    assertThat(hq.get(0).work("north", Duration.ZERO)).isEmpty();
    assertThat(TestCluster.fetch(hq, id)).containsExactly(1L);
  }

  @Test
  void takesNoMoreQueriesThanItsLimitAndTellsItsPeersSo() {
    restart(new Limits(1, 1 << 20, 1 << 20), TestCluster.SHORT);
    QueryId first = cluster.submit(hq, "north.orders|sum");
    TestCluster.await(hq.get(0), first, QueryState.ADMITTED);
    assertCondition(Condition.TOO_MANY_QUERIES, () -> cluster.submit(hq, "north.orders|sum"));
    cluster.share(hq, first, 0, 0, 1);
    hq.forEach(executor -> TestCluster.await(executor, first, QueryState.READY));
    assertThat(TestCluster.fetch(hq, first)).containsExactly(1L);
    QueryId next = cluster.submit(hq, "north.orders|sum");
    cluster.share(hq, next, 0, 0, 2);
    hq.forEach(executor -> TestCluster.await(executor, next, QueryState.READY));
    assertThat(TestCluster.fetch(hq, next)).containsExactly(2L);
  }

  @Test
  void takesNoMoreRowsOrBytesThanItsLimits() {
    restart(new Limits(4, 1000, 1 << 20), TestCluster.SHORT);
    QueryId id = cluster.submit(hq, "north.orders,south.orders|sum");
    hq.forEach(executor -> executor.announce(id, 0, 0, 600));
    assertCondition(Condition.TOO_MANY_ROWS, () -> hq.get(0).announce(id, 1, 0, 600));
    assertEnds(id, QueryState.FAILED, Condition.TOO_MANY_ROWS, "south.orders", "1000");

    restart(new Limits(4, 1 << 20, 4096), TestCluster.SHORT);
    QueryId big = cluster.submit(hq, "north.orders|sum");
    assertCondition(Condition.TOO_MANY_ROWS, () -> cluster.share(hq, big, 0, 0, new long[1000]));
    hq.get(0).cancel(big);
    assertEnds(big, QueryState.CANCELLED, Condition.QUERY_CANCELLED);
  }

  @Test
  void erasesAResultThatNobodyFetches() {
    restart(
        Limits.DEFAULT,
        timeouts(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMillis(200)));
    QueryId id = cluster.submit(hq, "north.orders|sum");
    cluster.share(hq, id, 0, 0, 1);
    assertEnds(id, QueryState.FAILED, Condition.TIMEOUT, "has not fetched");
  }

  @Test
  void failsRunningQueriesWhenAnExecutorStops() {
    QueryId id = cluster.submit(hq, "north.orders|sum");
    TestCluster.await(hq.get(0), id, QueryState.ADMITTED);
    cluster.services.get(2).close();
    assertEnds(id, QueryState.FAILED, Condition.PEER_UNAVAILABLE, "executor 2");
    assertCondition(Condition.PEER_UNAVAILABLE, () -> cluster.submit(hq, "north.orders|sum"));
  }

  @Test
  void refusesUnsoundDescriptors() {
    ExecutorConnection zero = hq.get(0);
    assertCondition(
        Condition.INVALID_OWNERS_FILE,
        () -> zero.register("north", List.of(TestCluster.table("north", "orders", 0))));
    assertCondition(
        Condition.INVALID_OWNERS_FILE,
        () -> zero.register("north", List.of(TestCluster.table("south", "orders", 1))));
    assertThat(zero.descriptors()).hasSize(2);
    assertThat(zero.health()).containsEntry("party", "0").containsEntry("owners", "north, south");
  }

  @Test
  void leavesNothingBehindAfterManyQueriesThatEndInManyWays() throws Exception {
    long seed = Long.parseLong(seedProperty());
    Random choices = new Random(seed);
    int threadsBefore = Thread.activeCount();
    boolean held = false;
    for (int run = 0; run < 200; run++) {
      int i = run;
      int kind = choices.nextInt(6);
      int party = choices.nextInt(3);
      String behaviour = List.of("sum", "fail@" + party, "hang", "refuse", "sum", "sum").get(kind);
      QueryId id = cluster.submit(hq, "north.orders+south.orders|" + behaviour);
      if (kind == 4) {
        hq.get(party).cancel(id);
      } else if (kind == 5) {
        TestCluster.await(hq.get(party), id, QueryState.ADMITTED);
        hq.get(party).fail(id, "SOURCE_FAILED", "no source");
      } else if (kind != 3) {
        long[] amounts = new long[SHARED_ROWS];
        amounts[0] = i;
        hq.forEach(executor -> executor.announce(id, 0, 1, 1));
        cluster.share(hq, id, 0, 0, amounts);
        if (i == 0 || !held) {
          held = Reachable.longs(cluster.services, SHARED_ROWS) > 0;
        }
        cluster.share(hq, id, 0, 1, 1);
        if (kind == 2) {
          TestCluster.await(hq.get(party), id, QueryState.RUNNING);
          hq.get(party).cancel(id);
        }
      }
      if (kind == 0) {
        hq.forEach(executor -> TestCluster.await(executor, id, QueryState.READY));
        assertThat(TestCluster.fetch(hq, id)).as("seed %d", seed).containsExactly(i + 1L);
      }
      QueryState end = kind == 0 ? QueryState.DELIVERED : QueryState.FAILED;
      hq.forEach(
          executor ->
              assertThat(TestCluster.await(executor, id, end).state().isEnd())
                  .as("query %d, seed %d", i, seed)
                  .isTrue());
    }
    assertThat(held).as("the walk finds shares while a query holds them").isTrue();
    assertThat(cluster.active()).isZero();
    assertThat(Reachable.longs(List.of(cluster.services, cluster.links), SHARED_ROWS)).isZero();
    assertThat(Thread.activeCount()).isLessThanOrEqualTo(threadsBefore + 3);
  }

  private static String seedProperty() {
    String given = System.getProperty("trefoil.seed", "");
    return given.isEmpty() ? Long.toString(System.nanoTime()) : given;
  }
}
