package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The constants that noise is drawn with, against its probabilities as they are written down. */
class NoiseTest {
  private static double chance(long of64) {
    return new BigDecimal(new BigInteger(Long.toUnsignedString(of64)))
        .divide(new BigDecimal(BigInteger.ONE.shiftLeft(64)))
        .doubleValue();
  }

  /** By value the probability of a variable whose bits have these chances. */
  private static double[] geometric(List<Long> chances) {
    double[] all = new double[1 << chances.size()];
    for (int x = 0; x < all.length; x++) {
      double p = 1;
      for (int b = 0; b < chances.size(); b++) {
        double one = chance(chances.get(b));
        p *= (x >> b & 1) == 1 ? one : 1 - one;
      }
      all[x] = p;
    }
    return all;
  }

  private static double[] difference(double[] x) {
    double[] all = new double[2 * x.length - 1];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        all[i - j + x.length - 1] += x[i] * x[j];
      }
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({"1,1000000,1", "1,500000,3", "7,2000000,2", "10,10000000,1", "3,10000000,1"})
  void oneEntityMoreChangesNoProbabilityByMoreThanItMay(
      int sensitivity, long millionths, int parts) {
    Noise noise = new Noise(BigInteger.valueOf(sensitivity), millionths, parts);
    double epsilon = millionths / 1e6 / parts;
    double a = Math.exp(-epsilon / sensitivity);
    double[] p = difference(geometric(noise.chances()));
    int zero = p.length / 2;
    assertThat(noise.most()).isEqualTo(BigInteger.valueOf(zero));
    double more = 0;
    for (int d = -zero; d <= zero; d++) {
      double exact = (1 - a) / (1 + a) * Math.pow(a, Math.abs(d));
      assertThat(p[zero + d]).isCloseTo(exact, Offset.offset(1e-15));
      int shifted = zero + d + sensitivity;
      double with = shifted < p.length ? p[shifted] : 0;
      // What of its probability is beyond exp(epsilon) times the other's, but for rounding here.
      more += Math.max(0, p[zero + d] - Math.exp(epsilon) * with * (1 + 1e-12));
    }
    double errors = (2 * noise.bits() + 2) * Math.pow(2, -64);
    assertThat(more).isLessThan((1 + Math.exp(epsilon)) * errors);
  }

  @Test
  void isTruncatedWhereNothingIsLeft() {
    Noise wide = new Noise(BigInteger.TEN.pow(12), 100_000, 4);
    assertThat(wide.bits()).isEqualTo(51);
    assertThat(wide.chances()).hasSize(51);
    assertThat(chance(wide.chances().get(0))).isCloseTo(0.5, Offset.offset(1e-12));
    assertThat(chance(wide.chances().get(50))).isLessThan(1e-9);
    assertThat(wide.exceededOnceIn(10).doubleValue())
        .isCloseTo(10 * Math.log(2) * 4e13, Offset.offset(1.0));
  }
}
