package org.trefoil.executor.transport;

import java.time.Duration;

/**
 * How long an executor waits for its peers.
 *
 * @param connect for a peer to take part in a query: to accept a connection, or to make one
 * @param message for the next bytes from a connected peer, or for room in the queue towards it
 */
public record LinkPatience(Duration connect, Duration message) {
  public static final LinkPatience DEFAULT =
      new LinkPatience(Duration.ofSeconds(15), Duration.ofMinutes(2));
}
