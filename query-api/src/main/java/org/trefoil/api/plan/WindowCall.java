package org.trefoil.api.plan;

import java.util.Optional;
import org.trefoil.api.type.DataType;

/**
 * One column of a {@link Rel.Window}.
 *
 * @param argument of SUM, LAG and COUNT; absent: COUNT(*)
 * @param type the result type, as Spark has it
 * @param offset of LAG: so many rows before; below zero: after, which is LEAD
 */
public record WindowCall(Kind kind, Optional<Expr> argument, DataType type, int offset) {
  /** The most rows between a row and the one that LAG takes. */
  public static final int MOST_OFFSET = 1000;

  /** What is computed in the order of a window. */
  public enum Kind {
    /** The row's number in its partition, from 1; rows with equal keys in any order. */
    ROW_NUMBER,
    /** One more than the rows before the first with equal keys. */
    RANK,
    /** As RANK, rows with equal keys counted once. */
    DENSE_RANK,
    /** Of the rows up to this one. */
    SUM,
    /** Of the rows up to this one. */
    COUNT,
    /** Of the rows up to the last with equal keys. */
    SUM_OF_PEERS,
    /** Of the rows up to the last with equal keys. */
    COUNT_OF_PEERS,
    /** The argument of another row of the partition; NULL if there is none. */
    LAG
  }

  /** The same call of another argument. */
  public WindowCall over(Optional<Expr> other) {
    return new WindowCall(kind, other, type, offset);
  }

  /** Of a sum: how many values it sums. It is NULL where there are none. */
  public WindowCall counting() {
    Kind count = kind == Kind.SUM_OF_PEERS ? Kind.COUNT_OF_PEERS : Kind.COUNT;
    return new WindowCall(count, argument, DataType.BIGINT, 0);
  }

  /** Whether equal keys have equal results. */
  public boolean ofPeers() {
    return kind == Kind.RANK
        || kind == Kind.DENSE_RANK
        || kind == Kind.SUM_OF_PEERS
        || kind == Kind.COUNT_OF_PEERS;
  }

  public boolean isSum() {
    return kind == Kind.SUM || kind == Kind.SUM_OF_PEERS;
  }

  public boolean isCount() {
    return kind == Kind.COUNT || kind == Kind.COUNT_OF_PEERS;
  }

  /** Whether the result is a place, and shows no value. */
  public boolean isPlace() {
    return !isSum() && kind != Kind.LAG;
  }

  public boolean nullable() {
    return kind == Kind.LAG || (isSum() && argument.orElseThrow().nullable());
  }

  /**
   * In SQL's words.
   *
   * @param argument its text
   * @param partitions their text, empty if there are none
   * @param order its text
   */
  public String sql(String argument, String partitions, String order) {
    String call =
        switch (kind) {
          case ROW_NUMBER, RANK, DENSE_RANK -> kind + "()";
          case SUM, SUM_OF_PEERS -> "SUM(" + argument + ")";
          case COUNT, COUNT_OF_PEERS -> "COUNT(" + argument + ")";
          case LAG ->
              (offset < 0 ? "LEAD" : "LAG") + "(" + argument + ", " + Math.abs(offset) + ")";
        };
    String frame =
        switch (kind) {
          case SUM, COUNT -> " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
          default -> "";
        };
    return call
        + " OVER ("
        + (partitions.isEmpty() ? "" : "PARTITION BY " + partitions + " ")
        + "ORDER BY "
        + order
        + frame
        + ")";
  }
}
