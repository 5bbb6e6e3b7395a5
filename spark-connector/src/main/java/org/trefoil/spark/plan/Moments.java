package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.math.MathContext;
import org.apache.spark.sql.types.Decimal;

/**
 * Means and central moments from exact sums. Nothing is lost before the one rounding to a DOUBLE,
 * so that a small variance of large values is right. Called by name from Spark's plans.
 */
public final class Moments {
  private static final MathContext DIGITS = new MathContext(40);

  /** The name of {@link #fraction}. */
  static final String FRACTION = "fraction";

  private Moments() {}

  /** One of {@code parts} equal parts of a number. */
  public static Double fraction(Decimal whole, long parts) {
    return quotient(whole.toJavaBigDecimal(), parts);
  }

  /** The mean of {@code n} values. */
  public static Double mean(Decimal sum, long n) {
    return n == 0 ? null : quotient(sum.toJavaBigDecimal(), n);
  }

  /** The sum of products of what {@code n} pairs of values differ from their means by. */
  public static Double deviations(Decimal products, Decimal first, Decimal second, long n) {
    if (n == 0) {
      return null;
    }
    BigDecimal all = products.toJavaBigDecimal().multiply(BigDecimal.valueOf(n));
    return quotient(all.subtract(first.toJavaBigDecimal().multiply(second.toJavaBigDecimal())), n);
  }

  /** The sum of third powers of what {@code n} values differ from their mean by. */
  public static Double thirds(Decimal cubes, Decimal squares, Decimal sum, long n) {
    if (n == 0) {
      return null;
    }
    BigDecimal of = BigDecimal.valueOf(n);
    BigDecimal first = sum.toJavaBigDecimal();
    BigDecimal all =
        cubes
            .toJavaBigDecimal()
            .multiply(of.pow(2))
            .subtract(product(3, of, first, squares.toJavaBigDecimal()))
            .add(product(2, first, first, first));
    return all.divide(of.pow(2), DIGITS).doubleValue();
  }

  /** The sum of fourth powers of what {@code n} values differ from their mean by. */
  public static Double fourths(
      Decimal fourths, Decimal cubes, Decimal squares, Decimal sum, long n) {
    if (n == 0) {
      return null;
    }
    BigDecimal of = BigDecimal.valueOf(n);
    BigDecimal first = sum.toJavaBigDecimal();
    BigDecimal all =
        fourths
            .toJavaBigDecimal()
            .multiply(of.pow(3))
            .subtract(product(4, of, of, first, cubes.toJavaBigDecimal()))
            .add(product(6, of, first, first, squares.toJavaBigDecimal()))
            .subtract(product(3, first, first, first, first));
    return all.divide(of.pow(3), DIGITS).doubleValue();
  }

  private static BigDecimal product(int times, BigDecimal... factors) {
    BigDecimal all = BigDecimal.valueOf(times);
    for (BigDecimal factor : factors) {
      all = all.multiply(factor);
    }
    return all;
  }

  private static Double quotient(BigDecimal dividend, long divisor) {
    return dividend.divide(BigDecimal.valueOf(divisor), DIGITS).doubleValue();
  }
}
