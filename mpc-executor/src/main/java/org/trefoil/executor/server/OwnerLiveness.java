package org.trefoil.executor.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** When each owner last gave a sign of life, by any call or upload. */
final class OwnerLiveness {
  private final Map<String, Long> lastNanos = new ConcurrentHashMap<>();

  void seen(String owner) {
    lastNanos.put(owner, System.nanoTime());
  }

  /** Nanoseconds since the owner's last sign of life, at most {@code sinceNanos}. */
  long silentNanos(String owner, long sinceNanos) {
    Long last = lastNanos.get(owner);
    return last == null ? sinceNanos : Math.min(sinceNanos, System.nanoTime() - last);
  }
}
