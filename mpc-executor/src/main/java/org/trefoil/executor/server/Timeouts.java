package org.trefoil.executor.server;

import java.time.Duration;

/**
 * How long an executor waits, and for whom.
 *
 * @param peer for a message of a peer
 * @param owner for a sign of life of an owner whose fragment is missing
 * @param inputs for all fragments of a query, however alive their owners are
 * @param result for the analyst to fetch and acknowledge a result
 * @param ticket how long an upload ticket is good
 */
public record Timeouts(
    Duration peer, Duration owner, Duration inputs, Duration result, Duration ticket) {
  /** An owner is given up before a peer that waits for the same owner would be. */
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(180),
          Duration.ofSeconds(60),
          Duration.ofMinutes(60),
          Duration.ofMinutes(10),
          Duration.ofMinutes(30));
}
