package org.trefoil.executor.server;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.trefoil.arrow.cluster.QueryState;

/** What runs have come to, added up: how many ended how, and their counters. Only ever grows. */
final class Totals {
  private final Map<QueryState, Long> ended = new EnumMap<>(QueryState.class);
  private final Map<String, Long> counters = new TreeMap<>();

  void add(QueryState state, Map<String, Long> runCounters) {
    if (state.isEnd()) {
      ended.merge(state, 1L, Long::sum);
    }
    runCounters.forEach((name, value) -> counters.merge(name, value, Long::sum));
  }

  void add(Totals other) {
    other.ended.forEach((state, count) -> ended.merge(state, count, Long::sum));
    other.counters.forEach((name, value) -> counters.merge(name, value, Long::sum));
  }

  /** Queries that ended in {@code state}. */
  long ended(QueryState state) {
    return ended.getOrDefault(state, 0L);
  }

  /** A counter of {@link org.trefoil.arrow.cluster.QueryStatus}. */
  long counter(String name) {
    return counters.getOrDefault(name, 0L);
  }
}
