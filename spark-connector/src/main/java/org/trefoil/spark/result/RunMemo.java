package org.trefoil.spark.result;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Lets a query that contains the same plan twice run it once: Spark does not reuse a leaf. Holds
 * the results of the last few runs only.
 */
final class RunMemo {
  private static final int KEPT = 16;

  /** A plan within one action of the user. */
  record Key(String rootExecution, String planDigest, QueryExecution execution) {}

  private final Map<Key, CompletableFuture<RevealedRows>> runs =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Key, CompletableFuture<RevealedRows>> eldest) {
          return size() > KEPT;
        }
      };

  /** The result under {@code key}: of {@code run} by the first caller, for whom others wait. */
  RevealedRows get(Key key, Supplier<RevealedRows> run) {
    CompletableFuture<RevealedRows> mine = new CompletableFuture<>();
    CompletableFuture<RevealedRows> first;
    synchronized (runs) {
      first = runs.putIfAbsent(key, mine);
    }
    if (first != null) {
      try {
        return first.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }
    try {
      RevealedRows rows = run.get();
      mine.complete(rows);
      return rows;
    } catch (RuntimeException | Error e) {
      synchronized (runs) {
        runs.remove(key);
      }
      mine.completeExceptionally(e);
      throw e;
    }
  }
}
