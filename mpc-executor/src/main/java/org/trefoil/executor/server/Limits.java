package org.trefoil.executor.server;

/**
 * How much one executor takes on; what goes beyond is refused with TOO_MANY_QUERIES or
 * TOO_MANY_ROWS.
 *
 * @param queries that may be under way at the same time
 * @param rows padded rows of all fragments of one query together
 * @param uploadBytes shares of one query that are held before they are committed, attempts that
 *     lose included
 * @param threads that one query is divided among, if both peers allow as many
 */
public record Limits(int queries, long rows, long uploadBytes, int threads) {
  public static final Limits DEFAULT =
      new Limits(4, 1L << 24, Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));

  /** With one thread per query. */
  public Limits(int queries, long rows, long uploadBytes) {
    this(queries, rows, uploadBytes, 1);
  }
}
