package org.trefoil.api.plan;

/**
 * A query as it is signed, sent and interpreted: the relation whose rows are revealed, who gets
 * them, and what else changes an answer.
 *
 * @param ansi Spark's {@code spark.sql.ansi.enabled}
 * @param timeZone Spark's {@code spark.sql.session.timeZone}
 */
public record Plan(Rel root, boolean ansi, String timeZone, Release release) {
  /** A plan whose result goes to whoever runs it. */
  public Plan(Rel root, boolean ansi, String timeZone) {
    this(root, ansi, timeZone, Release.TO_ANALYST);
  }
}
