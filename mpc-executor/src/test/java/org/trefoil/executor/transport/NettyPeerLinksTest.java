package org.trefoil.executor.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;

@Timeout(60)
final class NettyPeerLinksTest {
  private static final DevelopmentAuthority AUTHORITY = DevelopmentAuthority.create();
  private static final LinkPatience PATIENCE =
      new LinkPatience(Duration.ofSeconds(10), Duration.ofSeconds(10));
  private static final LinkPatience SHORT =
      new LinkPatience(Duration.ofMillis(700), Duration.ofMillis(700));

  private static final PeerLinks.Listener IGNORE = (peer, error) -> {};

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private NettyPeerLinks[] links;

  @BeforeEach
  void listen() {
    links = ring(PATIENCE);
  }

  @AfterEach
  void close() throws InterruptedException {
    for (NettyPeerLinks one : links) {
      if (one != null) {
        one.close();
      }
    }
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }

  private static NettyPeerLinks[] ring(LinkPatience patience) {
    NettyPeerLinks[] made = new NettyPeerLinks[3];
    for (int i = 0; i < 3; i++) {
      made[i] = NettyPeerLinks.listen(i, AUTHORITY.issue(Role.party(i)), at(0), patience);
    }
    for (NettyPeerLinks one : made) {
      one.peers(addresses(made));
    }
    return made;
  }

  private static List<InetSocketAddress> addresses(NettyPeerLinks[] links) {
    return Stream.of(links).map(one -> at(one.port())).toList();
  }

  private static Identity issued(int party) {
    return AUTHORITY.issue(Role.party(party));
  }

  private interface Body {
    void run(Transport transport) throws Exception;
  }

  private void everywhere(QueryId query, Body body) throws Exception {
    List<Future<?>> runs = new ArrayList<>();
    for (NettyPeerLinks one : links) {
      Callable<Void> run =
          () -> {
            try (Transport transport = one.open(query.hex(), IGNORE)) {
              body.run(transport);
            }
            return null;
          };
      runs.add(threads.submit(run));
    }
    for (Future<?> run : runs) {
      run.get(30, TimeUnit.SECONDS);
    }
  }

  private static long[] words(int party, int count) {
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = (party + 1) * 0x9e3779b97f4a7c15L * (i + 1);
    }
    return words;
  }

  private static void ringRound(Transport transport, Step step, int count) {
    int next = (transport.party() + 1) % 3;
    int previous = (transport.party() + 2) % 3;
    long[] got = new long[count + 3];
    transport.send(next, step, words(transport.party(), count), 0, count);
    transport.flush();
    transport.receive(previous, step, got, 2, count);
    long[] expected = new long[count + 3];
    System.arraycopy(words(previous, count), 0, expected, 2, count);
    assertThat(got).isEqualTo(expected);
  }

  @Test
  void carriesMessagesOfAllSizesBothWays() throws Exception {
    everywhere(
        QueryId.random(),
        transport -> {
          Step root = Step.root("q");
          int[] sizes = {0, 1, 2, 7, 8191, Transport.PIECE, Transport.PIECE + 1, 3 * 8192 + 5};
          long bytes = 0;
          for (int size : sizes) {
            ringRound(transport, root.child("ring" + size), size);
            bytes += 8L * size;
          }
          Step back = root.child("back");
          int previous = (transport.party() + 2) % 3;
          int next = (transport.party() + 1) % 3;
          transport.send(previous, back, words(transport.party(), 100), 10, 90);
          long[] got = new long[90];
          transport.receive(next, back, got, 0, 90);
          assertThat(got[0]).isEqualTo(words(next, 100)[10]);
          assertThat(transport.bytesSent()).isEqualTo(bytes + 8 * 90);
          assertThat(transport.rounds()).isEqualTo(sizes.length);
        });
  }

  @Test
  void aWindowTowardsBothPeersNeverBlocks() throws Exception {
    everywhere(
        QueryId.random(),
        transport -> {
          Step step = Step.root("q").child("window");
          long[] sent = words(transport.party(), Transport.WINDOW);
          for (int peer = 0; peer < 3; peer++) {
            for (int at = 0; peer != transport.party() && at < sent.length; at += 8192) {
              transport.send(peer, step, sent, at, 8192);
            }
          }
          transport.flush();
          for (int peer = 0; peer < 3; peer++) {
            if (peer != transport.party()) {
              long[] got = new long[Transport.WINDOW];
              for (int at = 0; at < got.length; at += 8192) {
                transport.receive(peer, step, got, at, 8192);
              }
              assertThat(got).isEqualTo(words(peer, Transport.WINDOW));
            }
          }
        });
  }

  @Test
  void aStreamFarLargerThanTheQueuesPassesASlowReader() throws Exception {
    int messages = 600;
    everywhere(
        QueryId.random(),
        transport -> {
          Step step = Step.root("q").child("long");
          long[] words = new long[8192];
          if (transport.party() == 0) {
            for (int i = 0; i < messages; i++) {
              words[17] = i;
              transport.send(1, step, words, 0, 8192);
            }
            transport.flush();
          } else if (transport.party() == 1) {
            for (int i = 0; i < messages; i++) {
              transport.receive(0, step, words, 0, 8192);
              assertThat(words[17]).isEqualTo(i);
            }
          }
        });
  }

  @Test
  void queriesDoNotMeet() throws Exception {
    List<Future<?>> runs = new ArrayList<>();
    for (int q = 0; q < 4; q++) {
      QueryId query = QueryId.random();
      Callable<Void> run =
          () -> {
            everywhere(
                query,
                transport -> {
                  Step root = Step.root("q");
                  for (int i = 0; i < 50; i++) {
                    ringRound(transport, root.child("r" + i), 100 + i);
                  }
                });
            return null;
          };
      runs.add(threads.submit(run));
    }
    for (Future<?> run : runs) {
      run.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void anotherStepOrLengthIsAMismatch() throws Exception {
    QueryId query = QueryId.random();
    assertThatThrownBy(
            () ->
                everywhere(
                    query,
                    transport -> {
                      Step root = Step.root("q");
                      long[] words = new long[4];
                      if (transport.party() == 0) {
                        transport.send(1, root.child("lt"), words, 0, 4);
                        transport.flush();
                        transport.receive(1, root.child("end"), words, 0, 1);
                      } else if (transport.party() == 1) {
                        transport.receive(0, root.child("eq"), words, 0, 4);
                      }
                    }))
        .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "q/end", "executor 1"));
    TrefoilException mismatch =
        failure(
            () ->
                everywhere(
                    QueryId.random(),
                    transport -> {
                      Step step = Step.root("q").child("lt");
                      long[] words = new long[4];
                      if (transport.party() == 0) {
                        transport.send(1, step, words, 0, 3);
                      } else if (transport.party() == 1) {
                        transport.receive(0, step, words, 0, 4);
                      }
                      transport.flush();
                    }));
    assertThat(mismatch.condition()).isEqualTo(Condition.STEP_MISMATCH);
    assertThat(mismatch).hasMessageContaining("q/lt").hasMessageContaining("executor 0");
  }

  @Test
  void silenceTimesOutNamingPeerAndStep() {
    close(links);
    links = ring(SHORT);
    QueryId query = QueryId.random();
    try (Transport waiting = links[0].open(query.hex(), IGNORE);
        Transport silent = links[2].open(query.hex(), IGNORE);
        Transport other = links[1].open(query.hex(), IGNORE)) {
      assertThat(silent.party() + other.party()).isEqualTo(3);
      assertThatThrownBy(() -> waiting.receive(2, Step.root("q").child("join"), new long[1], 0, 1))
          .satisfies(e -> assertCondition(e, Condition.TIMEOUT, "q/join", "executor 2"));
      assertThat(waiting.waitNanos()).isGreaterThan(SHORT.message().toNanos() / 2);
    }
  }

  @Test
  void aPeerThatNeverComesIsUnavailable() {
    close(links);
    links = ring(SHORT);
    try (Transport alone = links[0].open(QueryId.random().hex(), IGNORE)) {
      assertThatThrownBy(() -> alone.receive(2, Step.root("q"), new long[1], 0, 1))
          .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "executor 2"));
    }
  }

  @Test
  void aPeerThatIsDownIsUnavailable() {
    close(links);
    links = ring(SHORT);
    links[1].close();
    try (Transport transport = links[0].open(QueryId.random().hex(), IGNORE)) {
      assertThatThrownBy(() -> transport.receive(1, Step.root("q"), new long[1], 0, 1))
          .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "executor 1"));
    }
  }

  @Test
  void afterARestartTheRunningQueryFailsAndTheNextOneWorks() throws Exception {
    QueryId first = QueryId.random();
    Transport zero = links[0].open(first.hex(), IGNORE);
    Transport one = links[1].open(first.hex(), IGNORE);
    Transport two = links[2].open(first.hex(), IGNORE);
    Step step = Step.root("q");
    zero.send(1, step, new long[1], 0, 1);
    zero.flush();
    one.receive(0, step, new long[1], 0, 1);
    one.send(2, step, new long[1], 0, 1);
    one.flush();
    two.receive(1, step, new long[1], 0, 1);
    int port = links[1].port();
    links[1].close();
    assertThatThrownBy(() -> zero.receive(1, step, new long[1], 0, 1))
        .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "executor 1"));
    assertThatThrownBy(() -> two.receive(1, step, new long[1], 0, 1))
        .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "executor 1"));
    zero.close();
    one.close();
    two.close();
    links[1] = NettyPeerLinks.listen(1, issued(1), at(port), PATIENCE);
    links[1].peers(addresses(links));
    everywhere(QueryId.random(), transport -> ringRound(transport, Step.root("q"), 1000));
  }

  @Test
  void anAbortReachesPeersThatDoNotWait() throws Exception {
    QueryId query = QueryId.random();
    List<CompletableFuture<TrefoilException>> told = new ArrayList<>();
    List<Transport> transports = new ArrayList<>();
    for (NettyPeerLinks one : links) {
      CompletableFuture<TrefoilException> future = new CompletableFuture<>();
      told.add(future);
      transports.add(one.open(query.hex(), (peer, error) -> future.complete(error)));
    }
    Step step = Step.root("q");
    transports.get(1).send(0, step, new long[5], 0, 5);
    transports.get(1).flush();
    TrefoilException reason =
        new TrefoilException(Condition.KEY_NOT_UNIQUE, "Cannot use table a.b: Schlüssel doppelt.");
    links[1].abort(query.hex(), reason);
    transports.get(1).close();
    for (int peer : new int[] {0, 2}) {
      TrefoilException heard = told.get(peer).get(10, TimeUnit.SECONDS);
      assertThat(heard.condition()).isEqualTo(Condition.KEY_NOT_UNIQUE);
      assertThat(heard.reason()).isEqualTo(reason.reason());
    }
    assertThat(told.get(1)).isNotDone();
    transports.get(0).receive(1, step, new long[5], 0, 5);
    assertThatThrownBy(() -> transports.get(0).receive(1, step, new long[5], 0, 5))
        .satisfies(e -> assertCondition(e, Condition.KEY_NOT_UNIQUE, "Schlüssel"));
    transports.get(0).close();
    transports.get(2).close();
  }

  @Test
  void anAbortReachesPeersThatOpenLater() throws Exception {
    QueryId query = QueryId.random();
    links[0].abort(query.hex(), new TrefoilException(Condition.TABLE_NOT_FOUND, "Cannot find x."));
    assertThatThrownBy(() -> links[0].open(query.hex(), IGNORE))
        .satisfies(e -> assertCondition(e, Condition.TABLE_NOT_FOUND, "Cannot find x."));
    for (int peer : new int[] {1, 2}) {
      CompletableFuture<TrefoilException> told = new CompletableFuture<>();
      try (Transport transport =
          links[peer].open(query.hex(), (from, error) -> told.complete(error))) {
        assertThat(told.get(10, TimeUnit.SECONDS).condition()).isEqualTo(Condition.TABLE_NOT_FOUND);
        assertThatThrownBy(() -> transport.receive(0, Step.root("q"), new long[1], 0, 1))
            .satisfies(e -> assertCondition(e, Condition.TABLE_NOT_FOUND, "Cannot find x."));
      }
    }
  }

  @Test
  void onlyABreakIsToldToTheListenerNotAnEnd() throws Exception {
    QueryId ended = QueryId.random();
    QueryId broken = QueryId.random();
    CompletableFuture<TrefoilException> toldOfEnd = new CompletableFuture<>();
    CompletableFuture<TrefoilException> toldOfBreak = new CompletableFuture<>();
    Transport zero = links[0].open(ended.hex(), (peer, error) -> toldOfEnd.complete(error));
    Transport one = links[1].open(ended.hex(), IGNORE);
    one.close();
    assertThatThrownBy(() -> zero.receive(1, Step.root("q"), new long[1], 0, 1))
        .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "executor 1"));
    assertThat(toldOfEnd).isNotDone();
    zero.close();
    links[0].close();
    links[0] = NettyPeerLinks.listen(0, issued(0), at(0), PATIENCE);
    links[0].peers(addresses(links));
    try (Transport waits = links[1].open(broken.hex(), (p, error) -> toldOfBreak.complete(error));
        RawCaller caller =
            RawCaller.connect(context(issued(0), "X25519MLKEM768"), links[1].port())) {
      assertThat(waits.party()).isEqualTo(1);
      caller.send(RawCaller.hello(0, 1, broken));
      caller.close();
      assertCondition(
          toldOfBreak.get(10, TimeUnit.SECONDS), Condition.PEER_UNAVAILABLE, "executor 0");
    }
  }

  @Test
  void threadsOfAQueryHaveLinksOfTheirOwn() throws Exception {
    QueryId query = QueryId.random();
    for (int thread = 0; thread < 3; thread++) {
      try (Transport one = links[1].open(query.hex(), thread, IGNORE);
          Transport zero = links[0].open(query.hex(), thread, IGNORE);
          Transport two = links[2].open(query.hex(), thread, IGNORE)) {
        assertThat(two.party()).isEqualTo(2);
        long[] word = {thread};
        zero.send(1, Step.root("q"), word, 0, 1);
        zero.push();
        assertThat(zero.rounds()).isZero();
        long[] got = new long[1];
        one.receive(0, Step.root("q"), got, 0, 1);
        assertThat(got).isEqualTo(word);
      }
    }
  }

  @Test
  void closingFromAnotherThreadWakesAWaitingWorker() throws Exception {
    QueryId query = QueryId.random();
    try (Transport one = links[1].open(query.hex(), IGNORE);
        Transport two = links[2].open(query.hex(), IGNORE)) {
      assertThat(one.party() + two.party()).isEqualTo(3);
      Transport zero = links[0].open(query.hex(), IGNORE);
      Future<?> waiting = threads.submit(() -> zero.receive(1, Step.root("q"), new long[1], 0, 1));
      zero.close();
      assertThatThrownBy(() -> waiting.get(5, TimeUnit.SECONDS))
          .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "closed"));
    }
  }

  @Test
  void aCallerWithAnotherRoleIsRefused() {
    close(links);
    links = ring(SHORT);
    // Party 2 connects to party 1, which lets in party 0 only.
    links[2].peers(List.of(at(links[1].port()), at(links[1].port()), at(links[2].port())));
    try (Transport transport = links[2].open(QueryId.random().hex(), IGNORE)) {
      assertThatThrownBy(() -> transport.receive(0, Step.root("q"), new long[1], 0, 1))
          .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "step q", "executor 0"));
    }
  }

  @Test
  void anotherAuthorityIsRefused() {
    NettyPeerLinks stranger =
        NettyPeerLinks.listen(0, DevelopmentAuthority.create().issue(Role.party(0)), at(0), SHORT);
    try {
      stranger.peers(addresses(links));
      try (Transport transport = stranger.open(QueryId.random().hex(), IGNORE)) {
        assertThatThrownBy(() -> transport.receive(1, Step.root("q"), new long[1], 0, 1))
            .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "step q", "executor 1"));
      }
    } finally {
      stranger.close();
    }
  }

  @Test
  void anotherPartysIdentityIsRefusedAtStart() {
    assertThatThrownBy(() -> NettyPeerLinks.listen(0, issued(1), at(0), PATIENCE))
        .satisfies(e -> assertCondition(e, Condition.INVALID_CONFIGURATION, "party-1", "party 0"));
  }

  @Test
  void aClassicalClientIsRefused() throws Exception {
    assertThat(RawCaller.connects(context(issued(0), "X25519"), links[1].port())).isFalse();
    assertThat(RawCaller.connects(context(issued(0), "X25519MLKEM768"), links[1].port())).isTrue();
  }

  @Test
  void aHostileHelloEndsTheConnection() throws Exception {
    SslContext context = context(issued(0), "X25519MLKEM768");
    byte[] garbage = new byte[100_000];
    for (int i = 0; i < garbage.length; i++) {
      garbage[i] = (byte) (31 * i + 7);
    }
    assertThat(RawCaller.isHungUp(context, links[1].port(), garbage)).isTrue();
    byte[] tooMany = RawCaller.hello(0, 1, QueryId.random(), PeerLinks.MOST_THREADS);
    assertThat(RawCaller.isHungUp(context, links[1].port(), tooMany)).isTrue();
    everywhere(QueryId.random(), transport -> ringRound(transport, Step.root("q"), 10));
  }

  @Test
  void oversizedAndTruncatedFramesAreRefused() throws Exception {
    SslContext context = context(issued(0), "X25519MLKEM768");
    QueryId query = QueryId.random();
    try (Transport one = links[1].open(query.hex(), IGNORE)) {
      try (RawCaller caller = RawCaller.connect(context, links[1].port())) {
        caller.send(RawCaller.hello(0, 1, query));
        caller.send(RawCaller.header(Integer.MAX_VALUE, 0, "q"));
        assertThatThrownBy(() -> one.receive(0, Step.root("q"), new long[1], 0, 1))
            .satisfies(e -> assertCondition(e, Condition.STEP_MISMATCH, "step q", "executor 0"));
        assertThat(caller.hungUp()).isTrue();
      }
    }
    QueryId other = QueryId.random();
    try (Transport one = links[1].open(other.hex(), IGNORE)) {
      RawCaller caller = RawCaller.connect(context, links[1].port());
      caller.send(RawCaller.hello(0, 1, other));
      caller.send(RawCaller.header(2, 0, "q"));
      caller.send(new byte[9]);
      caller.close();
      assertThatThrownBy(() -> one.receive(0, Step.root("q"), new long[2], 0, 2))
          .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "step q", "executor 0"));
    }
  }

  private static SslContext context(Identity identity, String group) throws Exception {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.OPENSSL)
        .protocols("TLSv1.3")
        .keyManager(identity.key(), identity.certificate())
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .endpointIdentificationAlgorithm(null)
        .option(OpenSslContextOption.GROUPS, new String[] {group})
        .build();
  }

  private static void close(NettyPeerLinks[] links) {
    for (NettyPeerLinks one : links) {
      one.close();
    }
  }

  private interface Failing {
    void run() throws Exception;
  }

  private static TrefoilException failure(Failing body) {
    try {
      body.run();
    } catch (Exception e) {
      return TrefoilException.in(e).orElseThrow(() -> new AssertionError(e));
    }
    throw new AssertionError("nothing failed");
  }

  private static void assertCondition(Throwable error, Condition condition, String... words) {
    TrefoilException found =
        TrefoilException.in(error instanceof ExecutionException ? error.getCause() : error)
            .orElseThrow(() -> new AssertionError(error));
    assertThat(found.condition()).as(found.getMessage()).isEqualTo(condition);
    assertThat(found.reason()).contains(words);
  }
}
