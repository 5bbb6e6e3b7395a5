package org.trefoil.executor.protocol;

/**
 * What a protocol sends: bytes by each party, and rounds. Frames and transport security come on
 * top. Protocols whose roles rotate give the cost of the unrotated roles.
 */
public record Cost(long bytes0, long bytes1, long bytes2, long rounds) {
  public static final Cost NONE = new Cost(0, 0, 0, 0);

  /** Every party sends so many longs. */
  static Cost longs(long each, long rounds) {
    return new Cost(8 * each, 8 * each, 8 * each, rounds);
  }

  /** Bytes that the busiest party sends. */
  public long bytes() {
    return Math.max(bytes0, Math.max(bytes1, bytes2));
  }

  /** One after the other. */
  public Cost then(Cost next) {
    return new Cost(
        bytes0 + next.bytes0, bytes1 + next.bytes1, bytes2 + next.bytes2, rounds + next.rounds);
  }

  /** At the same time: rounds are shared. */
  public Cost beside(Cost other) {
    return new Cost(
        bytes0 + other.bytes0,
        bytes1 + other.bytes1,
        bytes2 + other.bytes2,
        Math.max(rounds, other.rounds));
  }

  /** {@code count} times, one after the other. */
  public Cost times(long count) {
    return new Cost(bytes0 * count, bytes1 * count, bytes2 * count, rounds * count);
  }

  /** With roles handed on by {@code places}: party p does what party p + places would do. */
  public Cost rotated(int places) {
    long[] bytes = {bytes0, bytes1, bytes2};
    int k = Math.floorMod(places, 3);
    return new Cost(bytes[k], bytes[(k + 1) % 3], bytes[(k + 2) % 3], rounds);
  }
}
