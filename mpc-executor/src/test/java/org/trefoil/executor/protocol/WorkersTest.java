package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.InMemoryNetwork;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

@Timeout(60)
class WorkersTest {
  private static final int ROWS = 1000;

  /** What a protocol returns of two words, two sums of either ring, and bits. */
  private interface Protocol {
    SharedColumn run(Party party, Step step, In in);
  }

  private record In(Words x, Words y, Sums u, Sums v, Sums wide, Bits bit) {}

  /** Every protocol on rows that slices do not divide evenly. */
  private static final List<Protocol> PROTOCOLS =
      List.of(
          (p, s, in) -> And.words(p, s, in.x, in.y),
          (p, s, in) -> And.mask(p, s, in.bit, in.x),
          (p, s, in) -> And.select(p, s, in.bit, in.x, in.y),
          (p, s, in) -> And.choose(p, s, in.bit, in.x, Local.not(p, in.bit), in.y, in.y),
          (p, s, in) ->
              And.many(
                      p,
                      s,
                      Collections.nCopies(20, in.bit),
                      IntStream.range(0, 20).mapToObj(k -> Local.plane(in.x, k)).toList())
                  .get(19),
          (p, s, in) -> Equality.words(p, s, in.x, in.y),
          (p, s, in) -> LessThan.words(p, s, in.x, in.y, 70),
          (p, s, in) -> LessThan.words(p, s, in.x, in.y, 4),
          (p, s, in) -> Multiply.sums(p, s, in.u, in.v),
          (p, s, in) -> Multiply.sums(p, s, in.wide, in.wide),
          (p, s, in) -> Multiply.sumOfTwo(p, s, in.u, in.v, in.v, in.v),
          (p, s, in) -> Multiply.byBit(p, s, in.bit, in.wide),
          (p, s, in) -> BitToArithmetic.convert(p, s, in.bit, 64),
          (p, s, in) -> ArithmeticToBoolean.convert(p, s, in.u, 64, false),
          (p, s, in) -> ArithmeticToBoolean.convert(p, s, in.wide, 90, true),
          (p, s, in) -> Shuffle.columns(p, s, List.of(in.bit, in.x, in.wide)).get(1),
          (p, s, in) -> Shuffle.columns(p, s, List.of(in.bit, in.x, in.wide)).get(2));

  @Test
  void resultsBytesAndRoundsAreThoseOfOneThread() {
    for (Protocol protocol : PROTOCOLS) {
      TestWorld.Run<SharedColumn> one = run(1, protocol);
      for (int threads : new int[] {2, 4}) {
        TestWorld.Run<SharedColumn> several = run(threads, protocol);
        assertThat(open(several)).isEqualTo(open(one));
        assertThat(several.cost()).isEqualTo(one.cost());
        assertThat(several.transcript.stream().map(TestWorld.Sent::step))
            .anyMatch(step -> step.endsWith("/worker1"));
        assertThat(several.opened).isEqualTo(one.opened);
      }
    }
  }

  private static TestWorld.Run<SharedColumn> run(int threads, Protocol protocol) {
    TestWorld world = TestWorld.seeded(11).threads(threads);
    var data = world.data("input");
    List<Words> x = world.words(70, TestWorld.numbers(data, 70, ROWS));
    List<Words> y = world.words(70, TestWorld.numbers(data, 70, ROWS));
    List<Sums> u = world.sums(64, TestWorld.numbers(data, 64, ROWS));
    List<Sums> v = world.sums(64, TestWorld.numbers(data, 64, ROWS));
    List<Sums> wide = world.sums(128, TestWorld.numbers(data, 128, ROWS));
    List<Bits> bit = world.bits(TestWorld.flags(data, ROWS));
    BiFunction<Party, Step, SharedColumn> each =
        (party, step) -> {
          int p = party.id();
          return protocol.run(
              party, step, new In(x.get(p), y.get(p), u.get(p), v.get(p), wide.get(p), bit.get(p)));
        };
    return world.run(each);
  }

  private static List<BigInteger> open(TestWorld.Run<SharedColumn> run) {
    TestWorld.checkHolders(run.results);
    if (run.results.get(0) instanceof Bits) {
      boolean[] bits = TestWorld.openBits(run.results.stream().map(Bits.class::cast).toList());
      return IntStream.range(0, bits.length)
          .mapToObj(r -> bits[r] ? BigInteger.ONE : BigInteger.ZERO)
          .toList();
    }
    return Arrays.asList(
        run.results.get(0) instanceof Words
            ? TestWorld.openWords(run.results.stream().map(Words.class::cast).toList())
            : TestWorld.openSums(run.results.stream().map(Sums.class::cast).toList()));
  }

  /** Three threads of a party whose peers never say anything. */
  private static List<Transport> silent(InMemoryNetwork... networks) {
    return Stream.of(networks).map(network -> network.transport(0)).toList();
  }

  private static void receive(Transport from) {
    from.receive(1, Step.root("q"), new long[1], 0, 1);
  }

  @Test
  void aFailureOfOneEndsAll() {
    Set<Thread> used = ConcurrentHashMap.newKeySet();
    try (InMemoryNetwork one = new InMemoryNetwork();
        InMemoryNetwork two = new InMemoryNetwork();
        Workers workers = new Workers(silent(one, two), 1)) {
      assertThatThrownBy(
              () ->
                  workers.run(
                      3,
                      k -> {
                        used.add(Thread.currentThread());
                        if (k == 1) {
                          receive(workers.link(0)); // until it is interrupted
                        } else if (k == 2) {
                          throw new IllegalStateException("of its own");
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("of its own")
          .satisfies(
              e ->
                  assertThat(e.getSuppressed())
                      .singleElement()
                      .isInstanceOfSatisfying(
                          TrefoilException.class,
                          s -> assertThat(s.condition()).isEqualTo(Condition.QUERY_CANCELLED)));
    }
    used.remove(Thread.currentThread());
    assertThat(used).hasSize(2).noneMatch(Thread::isAlive);
  }

  @Test
  void whatFailedForItselfIsThrownThoughItFailedLater() {
    try (Workers workers = new Workers(silent(new InMemoryNetwork()), 1)) {
      CountDownLatch first = new CountDownLatch(1);
      TrefoilException consequence =
          new TrefoilException(Condition.PEER_UNAVAILABLE, "Cannot go on: closed.");
      assertThatThrownBy(
              () ->
                  workers.run(
                      2,
                      k -> {
                        if (k == 1) {
                          first.countDown();
                          throw consequence;
                        }
                        awaitUninterrupted(first);
                        throw new IllegalStateException("of its own");
                      }))
          .hasMessage("of its own");
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anInterruptOfTheRunEndsAll() {
    Set<Thread> used = ConcurrentHashMap.newKeySet();
    Thread run = Thread.currentThread();
    try (InMemoryNetwork one = new InMemoryNetwork();
        Workers workers = new Workers(silent(one), 1)) {
      assertThatThrownBy(
              () ->
                  workers.run(
                      2,
                      k -> {
                        if (k == 1) {
                          used.add(Thread.currentThread());
                          run.interrupt(); // as a cancelled query does
                          receive(workers.link(0));
                        }
                      }))
          .isInstanceOfSatisfying(
              TrefoilException.class,
              e -> assertThat(e.condition()).isEqualTo(Condition.QUERY_CANCELLED));
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(used).hasSize(1).noneMatch(Thread::isAlive);
  }

  @Test
  void aMessageThatNeverComesEndsTheRunEverywhere() {
    TestWorld world =
        TestWorld.seeded(3)
            .threads(3)
            .patience(Duration.ofMillis(300))
            .with(m -> m.from() == 1 && m.step().endsWith("/worker2") ? null : m.words());
    List<Words> x = world.words(64, new long[ROWS]);
    assertThatThrownBy(
            () ->
                world.run(
                    (party, step) ->
                        Equality.words(party, step, x.get(party.id()), x.get(party.id()))))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> {
              assertThat(e.condition()).isEqualTo(Condition.TIMEOUT);
              assertThat(e).hasMessageContaining("worker2");
            });
  }
}
