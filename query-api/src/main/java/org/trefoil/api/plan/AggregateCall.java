package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.type.DataType;

/**
 * One aggregate of an {@link Rel.Aggregate}. AVG does not occur: the planner writes it as SUM and
 * COUNT, whose values are then revealed, and the quotient is made in the clear above the leaf.
 *
 * @param argument absent for COUNT(*) only
 * @param type the result type, as Spark has it
 * @param weighing in a remainder over tables with k above 1: for each part of the argument a
 *     condition, never NULL, that is true on the rows that weigh in it. The value stands only where
 *     each table contributes k distinct rows (entities) to each of them. Empty where the rows of
 *     the group are those, and in plans
 * @param apart in such a remainder: conditions, never NULL, that tell which rows this value and
 *     others of the group do not share. It stands only where each of them holds for no row or for k
 *     distinct ones (entities) of each table
 * @param magnitudes of a SUM in such a remainder whose policies ask for dominance: what of a row,
 *     never negative and never NULL, weighs in each term of it ({@link Magnitudes}). The value
 *     stands only where no entity weighs too much in any of them
 * @param rounding of a SUM or COUNT in such a remainder: the result is the nearest multiple; 1 for
 *     an exact one
 * @param position of a QUANTILE only
 */
public record AggregateCall(
    Kind kind,
    Optional<Expr> argument,
    DataType type,
    List<Expr> weighing,
    List<Expr> apart,
    List<Expr> magnitudes,
    int rounding,
    Optional<Position> position) {
  public AggregateCall {
    weighing = List.copyOf(weighing);
    apart = List.copyOf(apart);
    magnitudes = List.copyOf(magnitudes);
    if (position.isPresent() != (kind == Kind.QUANTILE)) {
      throw new IllegalArgumentException("a QUANTILE, and no other aggregate, has a position");
    }
  }

  public AggregateCall(Kind kind, Optional<Expr> argument, DataType type) {
    this(kind, argument, type, List.of(), List.of(), List.of(), 1, Optional.empty());
  }

  /** The value of {@code argument} at {@code position}. */
  public static AggregateCall quantile(Expr argument, Position position) {
    return new AggregateCall(
        Kind.QUANTILE,
        Optional.of(argument),
        argument.type(),
        List.of(),
        List.of(),
        List.of(),
        1,
        Optional.of(position));
  }

  /** The same aggregate of another argument. */
  public AggregateCall over(Optional<Expr> other) {
    return new AggregateCall(kind, other, type, weighing, apart, magnitudes, rounding, position);
  }

  /** The same aggregate, where {@code conditions} say which rows weigh in it. */
  public AggregateCall weighedBy(List<Expr> conditions) {
    return new AggregateCall(
        kind, argument, type, conditions, apart, magnitudes, rounding, position);
  }

  /** The same aggregate, where {@code conditions} tell which rows others of its group lack. */
  public AggregateCall apartBy(List<Expr> conditions) {
    return new AggregateCall(
        kind, argument, type, weighing, conditions, magnitudes, rounding, position);
  }

  /** The same SUM, where {@code terms} say how much of a row weighs in it. */
  public AggregateCall measuredBy(List<Expr> terms) {
    return new AggregateCall(kind, argument, type, weighing, apart, terms, rounding, position);
  }

  /** The same aggregate, as the nearest multiple of {@code multiple}. */
  public AggregateCall roundedTo(int multiple) {
    return new AggregateCall(kind, argument, type, weighing, apart, magnitudes, multiple, position);
  }

  /** What the unscaled result is a multiple of. */
  public BigInteger unit() {
    int scale = kind == Kind.SUM ? argument.orElseThrow().type().scale() : 0;
    return BigInteger.TEN.pow(scale).multiply(BigInteger.valueOf(rounding));
  }

  /** All conditions that have to hold for enough rows. */
  public List<Expr> conditions() {
    List<Expr> all = new ArrayList<>(weighing);
    all.addAll(apart);
    return all;
  }

  /**
   * Of n values that are not NULL, in ascending order and numbered from 0, the one with the number
   * {@code floor((times n + plus) / by)}.
   *
   * @param times from 0 to {@code by}
   * @param plus from {@code -by} to {@code by}
   * @param by from 1 to {@link #MOST}
   */
  public record Position(long times, long plus, long by) {
    public static final long MOST = 1_000_000;

    public Position {
      if (by < 1 || by > MOST || times < 0 || times > by || plus < -by || plus > by) {
        throw new IllegalArgumentException("no value has such a number");
      }
    }

    /** The number among {@code n} values. */
    public long of(long n) {
      return Math.floorDiv(times * n + plus, by);
    }
  }

  /** The call in SQL's words; of a percentile between two values each of them is one call. */
  public String sql(String argument) {
    if (position.isEmpty()) {
      return kind + "(" + argument + ")";
    }
    Position at = position.get();
    String part =
        new BigDecimal(at.times)
            .divide(new BigDecimal(at.by), MathContext.DECIMAL64)
            .stripTrailingZeros()
            .toPlainString();
    String of = "(" + argument + ", " + part + ")";
    return at.plus == -at.times
        ? "lower PERCENTILE" + of
        : at.plus == at.by - 1 - at.times ? "upper PERCENTILE" + of : "PERCENTILE_DISC" + of;
  }

  /** The aggregates of the profile. COUNT counts rows (no argument) or non-NULL arguments. */
  public enum Kind {
    SUM,
    COUNT,
    MIN,
    MAX,
    /** One of the values, by its place in their order. */
    QUANTILE
  }

  public boolean nullable() {
    return kind != Kind.COUNT;
  }
}
