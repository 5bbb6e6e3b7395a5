package org.trefoil.executor.protocol;

/**
 * What a round and a byte cost, from the plan's link class, never from measurements: parties that
 * chose different circuits could not talk.
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

  /** Nanoseconds that {@code cost} takes. */
  public double nanos(Cost cost) {
    return cost.rounds() * roundNanos + cost.bytes() * byteNanos;
  }
}
