package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.descriptor.PrivacyRule;

/**
 * The noise of one count or sum: the difference of two geometric variables, of which each has x
 * with a probability proportional to a^x, where a = exp(-epsilon / sensitivity) (Ghosh,
 * Roughgarden, Sundararajan 2009). If what one entity adds to the exact number is at most the
 * sensitivity, no result is more than exp(epsilon) times as probable with it as without it.
 *
 * <p>The bits of a geometric variable are independent: bit j is 1 with probability a^(2^j) / (1 +
 * a^(2^j)). So each is drawn by comparing {@link #PRECISION} random bits with a constant, which is
 * off by 2^-64 at most; bits are left out where a^(2^j - sensitivity) is below 2^-64, so that what
 * an entity moves to where the noise does not reach is no more.
 *
 * @param sensitivity what an entity adds or takes away at most; above 0
 * @param millionths epsilon of a run
 * @param parts among how many numbers that is divided
 */
public record Noise(BigInteger sensitivity, long millionths, int parts) {
  /** Random bits to a bit. */
  public static final int PRECISION = 64;

  /** The greatest number of bits for which there is room. */
  static final int MOST_BITS = 60;

  private static final MathContext DIGITS = new MathContext(60);
  private static final BigDecimal LN_2 =
      new BigDecimal("0.693147180559945309417232121458176568075500134360255254120680");

  public Noise {
    if (sensitivity.signum() <= 0 || millionths < 1 || parts < 1) {
      throw new IllegalArgumentException("noise needs a sensitivity and an epsilon");
    }
  }

  /** The rate at which probabilities fall: epsilon / sensitivity. */
  private BigDecimal rate() {
    return BigDecimal.valueOf(millionths)
        .divide(
            new BigDecimal(sensitivity)
                .multiply(BigDecimal.valueOf(PrivacyRule.UNIT))
                .multiply(BigDecimal.valueOf(parts)),
            DIGITS);
  }

  /** Bits of each of the two geometric variables. */
  public int bits() {
    // Also less the sensitivity: what one entity moves out of the range of values is as rare.
    BigDecimal enough =
        LN_2.multiply(BigDecimal.valueOf(PRECISION))
            .divide(rate(), DIGITS)
            .add(new BigDecimal(sensitivity));
    BigInteger least = enough.setScale(0, RoundingMode.CEILING).toBigInteger();
    return Math.max(1, least.subtract(BigInteger.ONE).bitLength());
  }

  /** By bit: of 2^64 as many as make it 1, unsigned. */
  public List<Long> chances() {
    BigDecimal rate = rate();
    BigDecimal scale = new BigDecimal(BigInteger.ONE.shiftLeft(PRECISION));
    List<Long> chances = new ArrayList<>();
    for (int bit = 0; bit < bits(); bit++) {
      BigDecimal power =
          exp(rate.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(bit)), DIGITS).negate());
      chances.add(
          power
              .divide(BigDecimal.ONE.add(power), DIGITS)
              .multiply(scale, DIGITS)
              .toBigInteger()
              .longValue());
    }
    return chances;
  }

  /** The greatest magnitude of the noise. */
  public BigInteger most() {
    return BigInteger.ONE.shiftLeft(bits()).subtract(BigInteger.ONE);
  }

  Bounds bounds() {
    return Bounds.symmetric(most());
  }

  /** Noise of so much or more comes once in 2^{@code bits} times at most. */
  public BigInteger exceededOnceIn(int bits) {
    return LN_2.multiply(BigDecimal.valueOf(bits))
        .divide(rate(), DIGITS)
        .setScale(0, RoundingMode.CEILING)
        .toBigInteger();
  }

  /** The magnitude that noise has typically: its standard deviation, roughly. */
  public BigDecimal deviation() {
    return BigDecimal.valueOf(Math.sqrt(2))
        .divide(rate(), MathContext.DECIMAL32)
        .round(new MathContext(2));
  }

  /** e^x for an x that is not positive, to 50 digits and more. */
  private static BigDecimal exp(BigDecimal x) {
    int halvings = 0;
    BigDecimal small = x;
    while (small.abs().compareTo(new BigDecimal("0.5")) > 0) {
      small = small.divide(BigDecimal.valueOf(2), DIGITS);
      halvings++;
    }
    BigDecimal sum = BigDecimal.ONE;
    BigDecimal term = BigDecimal.ONE;
    for (int n = 1; n <= 45; n++) {
      term = term.multiply(small, DIGITS).divide(BigDecimal.valueOf(n), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, DIGITS);
    }
    return sum;
  }
}
