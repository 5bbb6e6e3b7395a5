package org.trefoil.executor.transport;

/**
 * How fast the slowest link among the executors is.
 *
 * @param roundNanos from the flush of a small message to the arrival of a peer's
 * @param byteNanos by byte of a stream that every party sends and receives at the same time
 */
public record LinkSpeed(double roundNanos, double byteNanos) {
  LinkSpeed worse(LinkSpeed other) {
    return new LinkSpeed(
        Math.max(roundNanos, other.roundNanos), Math.max(byteNanos, other.byteNanos));
  }

  LinkSpeed better(LinkSpeed other) {
    return new LinkSpeed(
        Math.min(roundNanos, other.roundNanos), Math.min(byteNanos, other.byteNanos));
  }
}
