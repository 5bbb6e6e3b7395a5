package org.trefoil.api.plan;

import java.util.Locale;

/**
 * The scalar functions of the profile, with Spark's semantics. {@code sql} is how the owner's Spark
 * is asked for it: {@code $1}, {@code $2} are arguments, {@code $*} all of them separated by
 * commas, {@code $T} the result type. The functions that are {@link #onShares()} also run on values
 * of several owners.
 */
public enum Function {
  AND("($1 AND $2)", true),
  OR("($1 OR $2)", true),
  NOT("(NOT $1)", true),
  EQUAL("($1 = $2)", true),
  NULL_SAFE_EQUAL("($1 <=> $2)", true),
  LESS("($1 < $2)", true),
  LESS_OR_EQUAL("($1 <= $2)", true),
  GREATER("($1 > $2)", true),
  GREATER_OR_EQUAL("($1 >= $2)", true),
  IS_NULL("($1 IS NULL)", true),
  IS_NOT_NULL("($1 IS NOT NULL)", true),
  /** Arguments: condition, value, condition, value, ..., else. */
  CASE(null, true),
  COALESCE("coalesce($*)", true),
  ADD("($1 + $2)", true),
  SUBTRACT("($1 - $2)", true),
  MULTIPLY("($1 * $2)", true),
  NEGATE("(- $1)", true),
  CAST("CAST($1 AS $T)", true),
  DIVIDE("($1 / $2)", true),
  INTEGRAL_DIVIDE("($1 div $2)", true),
  REMAINDER("($1 % $2)", true),
  ABS("abs($1)", true),
  ROUND("round($*)", true),
  FLOOR("floor($1)", true),
  CEIL("ceil($1)", true),
  LEAST("least($*)", true),
  GREATEST("greatest($*)", true),
  NULLIF("nullif($1, $2)", true),
  /** Arguments: value, then the candidates. */
  IN(null, true),
  /** The second argument is the pattern, with backslash as escape. */
  LIKE("($1 LIKE $2)", false),
  RLIKE("($1 RLIKE $2)", false),
  STARTS_WITH("startswith($1, $2)", false),
  ENDS_WITH("endswith($1, $2)", false),
  CONTAINS("contains($1, $2)", false),
  SUBSTRING("substring($*)", false),
  UPPER("upper($1)", false),
  LOWER("lower($1)", false),
  TRIM("trim($1)", false),
  /** The character of the third argument for each that the second has; none where it is shorter. */
  TRANSLATE("translate($*)", false),
  SOUNDEX("soundex($1)", false),
  LENGTH("length($1)", false),
  CONCAT("concat($*)", false),
  HEX("hex($1)", false),
  YEAR("year($1)", false),
  QUARTER("quarter($1)", false),
  MONTH("month($1)", false),
  DAY("day($1)", false),
  DAY_OF_WEEK("dayofweek($1)", false),
  HOUR("hour($1)", false),
  DATE_ADD("date_add($1, $2)", false),
  DATE_DIFF("datediff($1, $2)", false),
  ADD_MONTHS("add_months($1, $2)", false),
  /** A TIMESTAMP and an interval. */
  TIMESTAMP_ADD("($1 + $2)", false),
  TIMESTAMP_DIFF("($1 - $2)", false),
  DATE_TRUNC("date_trunc($1, $2)", false),
  TRUNC("trunc($1, $2)", false);

  private final String sql;
  private final boolean onShares;

  Function(String sql, boolean onShares) {
    this.sql = sql;
    this.onShares = onShares;
  }

  /** The SQL template; null for the forms that the writer spells out itself (CASE, IN). */
  public String sql() {
    return sql;
  }

  public boolean onShares() {
    return onShares;
  }

  /** The name in the Substrait extension. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
