package org.trefoil.executor.transport;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * An executor's measurements of its links, kept from one query to the next. Thread-safe.
 *
 * <p>In every query the three tell each other what they know, in one round, and take the maxima, so
 * that what depends on it is the same at all three. They measure, together, as long as one of them
 * has few measurements or old ones: {@link #ROUNDS} rounds and one stream of {@link #STREAM} longs.
 * A measurement is never too good, so the best of several counts. What crosses is of public length
 * and says nothing of data.
 */
public final class LinkMeter {
  private static final int ENOUGH = 3;
  private static final Duration OLD = Duration.ofMinutes(10);
  private static final int ROUNDS = 9;
  private static final int STREAM = Transport.WINDOW / 4;
  private static final LinkSpeed FASTEST = new LinkSpeed(1e4, 0.1);
  private static final LinkSpeed SLOWEST = new LinkSpeed(1e10, 1e5);

  private LinkSpeed known;
  private LinkSpeed agreed;
  private int measurements;
  private long since = System.nanoTime();

  /** What the three last agreed on. */
  public synchronized Optional<LinkSpeed> latest() {
    return Optional.ofNullable(agreed);
  }

  /**
   * What the three agree on for a query; the same at all of them.
   *
   * @param threads that a query may have at the executor which allows fewest
   */
  public record Agreed(LinkSpeed speed, int threads) {}

  /**
   * Agrees with both peers.
   *
   * @param allowed threads that a query may have here
   */
  public Agreed agree(Transport transport, Step step, int allowed) {
    boolean needed = needsMeasurement();
    long threads = allowed;
    long[] mine = {needed ? 1 : 0, allowed};
    for (long[] theirs : exchange(transport, step.child("known"), mine)) {
      needed |= theirs[0] != 0;
      threads = Math.max(1, Math.min(threads, theirs[1]));
    }
    if (needed) {
      learn(measure(transport, step.child("measure")));
    }
    LinkSpeed all;
    synchronized (this) {
      all = known;
    }
    long[] said = {
      Double.doubleToLongBits(all.roundNanos()), Double.doubleToLongBits(all.byteNanos())
    };
    for (long[] theirs : exchange(transport, step.child("speed"), said)) {
      all =
          all.worse(
              new LinkSpeed(Double.longBitsToDouble(theirs[0]), Double.longBitsToDouble(theirs[1]))
                  .worse(FASTEST)
                  .better(SLOWEST));
    }
    synchronized (this) {
      agreed = all;
    }
    return new Agreed(all, (int) threads);
  }

  private synchronized boolean needsMeasurement() {
    if (System.nanoTime() - since > OLD.toNanos()) {
      measurements = 0;
    }
    return measurements < ENOUGH;
  }

  private synchronized void learn(LinkSpeed measured) {
    if (measurements == 0) {
      since = System.nanoTime();
      known = measured;
    } else {
      known = known.better(measured);
    }
    measurements++;
  }

  private static LinkSpeed measure(Transport transport, Step step) {
    int next = (transport.party() + 1) % 3;
    int previous = (transport.party() + 2) % 3;
    long[] word = new long[1];
    long[] nanos = new long[ROUNDS];
    for (int k = 0; k < ROUNDS; k++) {
      Step at = step.child("round" + k);
      long start = System.nanoTime();
      transport.send(previous, at, word, 0, 1);
      transport.flush();
      transport.receive(next, at, word, 0, 1);
      nanos[k] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    double round = nanos[ROUNDS / 2];
    long[] piece = new long[Transport.PIECE];
    Step stream = step.child("stream");
    long start = System.nanoTime();
    for (int at = 0; at < STREAM; at += piece.length) {
      transport.send(previous, stream, piece, 0, piece.length);
    }
    transport.flush();
    for (int at = 0; at < STREAM; at += piece.length) {
      transport.receive(next, stream, piece, 0, piece.length);
    }
    double bytes = 8.0 * STREAM;
    double streamed = Math.max(0, System.nanoTime() - start - round);
    return new LinkSpeed(round, streamed / bytes).worse(FASTEST).better(SLOWEST);
  }

  /** Both peers' words. */
  private static long[][] exchange(Transport transport, Step step, long[] words) {
    int next = (transport.party() + 1) % 3;
    int previous = (transport.party() + 2) % 3;
    transport.send(next, step, words, 0, words.length);
    transport.send(previous, step, words, 0, words.length);
    transport.flush();
    long[][] theirs = new long[2][words.length];
    transport.receive(next, step, theirs[0], 0, words.length);
    transport.receive(previous, step, theirs[1], 0, words.length);
    return theirs;
  }
}
