package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.LinkSpeed;

/**
 * What a round and a byte cost: the same at all parties, since parties that chose different
 * circuits could not talk. The executors agree on what they have measured ({@link
 * org.trefoil.executor.transport.LinkMeter}).
 */
public record Link(double roundNanos, double byteNanos) {
  /**
   * Parties in one building, or in one JVM: 0.1 ms per round, 1.2 ns per byte. So large comparisons
   * ripple, which sends half of what trees send, and a sort of a million rows has about 2,000
   * rounds.
   */
  public static final Link LAN = new Link(1e5, 1.2);

  /** Parties in different cities: 30 ms per round, 10 ns per byte. */
  public static final Link WAN = new Link(3e7, 10);

  /** What computing a byte takes on top of moving it. */
  private static final double COMPUTED_BYTE_NANOS = 1;

  public static Link of(LinkSpeed speed) {
    return new Link(speed.roundNanos(), speed.byteNanos() + COMPUTED_BYTE_NANOS);
  }

  /** Nanoseconds that {@code cost} takes. */
  public double nanos(Cost cost) {
    return cost.rounds() * roundNanos + cost.bytes() * byteNanos;
  }
}
