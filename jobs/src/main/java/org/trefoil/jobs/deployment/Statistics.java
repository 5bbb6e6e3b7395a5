package org.trefoil.jobs.deployment;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.spark.sql.Row;

/** Statistics of revealed sums and counts. */
final class Statistics {
  /** A test's outcome; NaN where the counts do not carry it. */
  record Test(double statistic, int degrees, double p) {
    static Test chiSquared(double statistic, int degrees) {
      return degrees < 1 || Double.isNaN(statistic)
          ? new Test(Double.NaN, Math.max(0, degrees), Double.NaN)
          : new Test(
              statistic,
              degrees,
              1 - new ChiSquaredDistribution(null, degrees).cumulativeProbability(statistic));
    }
  }

  private Statistics() {}

  static double mean(long n, long sum) {
    return BigDecimal.valueOf(sum)
        .divide(BigDecimal.valueOf(n), MathContext.DECIMAL128)
        .doubleValue();
  }

  /** Of a sample, from exact sums: nothing cancels before it is rounded. */
  static double variance(long n, long sum, long squares) {
    if (n < 2) {
      return Double.NaN;
    }
    BigInteger count = BigInteger.valueOf(n);
    BigInteger numerator =
        count.multiply(BigInteger.valueOf(squares)).subtract(BigInteger.valueOf(sum).pow(2));
    return new BigDecimal(numerator)
        .divide(
            new BigDecimal(count.multiply(count.subtract(BigInteger.ONE))), MathContext.DECIMAL128)
        .doubleValue();
  }

  /**
   * Coefficients of the last measure by a constant and the others.
   *
   * @param products of the constant and the measures with each other, upper triangle
   */
  static double[] leastSquares(double[][] products) {
    int terms = products.length - 1;
    double[][] normal = new double[terms][terms];
    double[] right = new double[terms];
    for (int i = 0; i < terms; i++) {
      for (int j = 0; j < terms; j++) {
        normal[i][j] = products[Math.min(i, j)][Math.max(i, j)];
      }
      right[i] = products[i][terms];
    }
    return new QRDecomposition(new Array2DRowRealMatrix(normal))
        .getSolver()
        .solve(new ArrayRealVector(right))
        .toArray();
  }

  /** Pearson's test on counts in rows of (row's name, column's name, count). */
  static Test independence(List<Row> cells) {
    TreeSet<String> names = new TreeSet<>();
    TreeSet<String> columns = new TreeSet<>();
    for (Row cell : cells) {
      names.add(cell.getString(0));
      columns.add(cell.getString(1));
    }
    double[][] counts = new double[names.size()][columns.size()];
    for (Row cell : cells) {
      counts[names.headSet(cell.getString(0)).size()][columns.headSet(cell.getString(1)).size()] =
          cell.getLong(2);
    }
    double total = 0;
    double[] inRow = new double[names.size()];
    double[] inColumn = new double[columns.size()];
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts[i].length; j++) {
        total += counts[i][j];
        inRow[i] += counts[i][j];
        inColumn[j] += counts[i][j];
      }
    }
    double statistic = 0;
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts[i].length; j++) {
        double expected = inRow[i] * inColumn[j] / total;
        statistic += Math.pow(counts[i][j] - expected, 2) / expected;
      }
    }
    return Test.chiSquared(statistic, (names.size() - 1) * (columns.size() - 1));
  }
}
