package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Exact quotients of secret integers, rounded half up: to the nearest, and away from zero where two
 * are equally near.
 *
 * <p><b>Computes</b> a / b for every row, of any signs, as an integer; where b is zero the result
 * means nothing. The magnitude is floor((2 |a| + |b|) / (2 |b|)): schoolbook division, which brings
 * down one bit of the dividend at a time and takes the divisor away where it fits. The borrows of
 * that subtraction tell both whether it fits and what is left.
 *
 * <p><b>Reveals</b> nothing. Public: rows and bounds of both numbers.
 *
 * <p><b>Costs</b> one conversion to bits of each number, for each bit of the quotient two ANDs per
 * bit of the divisor in as many rounds, one bit to arithmetic per bit of the quotient and two or
 * three products for the signs; exactly {@link #cost}. Meant for groups, of which there are few.
 *
 * <p><b>Secure</b> as its parts: a circuit of fixed shape.
 */
public final class Divide {
  private Divide() {}

  /**
   * The rounded quotients in the ring of {@code a}.
   *
   * @param a dividend
   * @param b divisor in the same ring
   * @param ofA bounds of the dividend; 2 |a| + |b| fits the ring
   * @param ofB bounds of the divisor
   */
  public static Sums rounded(Party party, Step step, Sums a, Sums b, Interval ofA, Interval ofB) {
    Bits negative = null;
    Sums dividend = a;
    if (signed(ofA)) {
      negative = sign(party, step.child("sign-a"), a, ofA);
      dividend = magnitude(party, step.child("abs-a"), a, negative);
    }
    Sums divisor = b;
    if (signed(ofB)) {
      Bits sign = sign(party, step.child("sign-b"), b, ofB);
      divisor = magnitude(party, step.child("abs-b"), b, sign);
      negative = negative == null ? sign : Local.xor(negative, sign);
    }
    Sums doubled = Local.plus(Local.times(dividend, 2), divisor);
    Words over =
        ArithmeticToBoolean.convert(party, step.child("dividend"), doubled, dividendBits(ofA, ofB));
    Words by = ArithmeticToBoolean.convert(party, step.child("divisor"), divisor, bits(ofB));
    Sums quotient = Sums.zero(a.width(), a.rows());
    List<Bits> planes = floor(party, step, over, by);
    for (int i = 0; i < planes.size(); i++) {
      Sums bit = BitToArithmetic.convert(party, step.child("bit" + i), planes.get(i), a.width());
      quotient =
          Local.plus(quotient, Columns.times(bit, BigInteger.ONE.shiftLeft(planes.size() - 1 - i)));
    }
    return negative == null ? quotient : magnitude(party, step.child("sign"), quotient, negative);
  }

  /** The bits of floor(over / (2 by)), the highest first. */
  private static List<Bits> floor(Party party, Step step, Words over, Words by) {
    int rows = over.rows();
    // 2 by, and one more bit for what a shift brings: the remainder stays below 2 by.
    int width = by.width() + 2;
    Bits[] divisor = new Bits[width];
    Arrays.fill(divisor, Bits.zero(rows));
    for (int j = 0; j < by.width(); j++) {
      divisor[j + 1] = Local.plane(by, j);
    }
    Bits[] remainder = new Bits[width];
    Arrays.fill(remainder, Bits.zero(rows));
    List<Bits> quotient = new ArrayList<>();
    for (int i = over.width() - 1; i >= 0; i--) {
      Step at = step.child("digit" + i);
      Bits[] shifted = new Bits[width];
      shifted[0] = Local.plane(over, i);
      System.arraycopy(remainder, 0, shifted, 1, width - 1);
      Bits[] left = new Bits[width];
      // The divisor is even: its lowest bit borrows nothing.
      left[0] = shifted[0];
      Bits borrow = null;
      for (int j = 1; j < width; j++) {
        Bits x = Local.not(party, shifted[j]);
        Step one = at.child("borrow" + j);
        // The next borrow is the majority of not s, d and the borrow so far.
        if (borrow == null) {
          left[j] = Local.xor(shifted[j], divisor[j]);
          borrow = And.bits(party, one, x, divisor[j]);
        } else {
          left[j] = Local.xor(Local.xor(shifted[j], divisor[j]), borrow);
          borrow =
              Local.xor(
                  borrow,
                  And.bits(party, one, Local.xor(x, borrow), Local.xor(divisor[j], borrow)));
        }
      }
      Bits fits = Local.not(party, borrow);
      quotient.add(fits);
      if (i > 0) {
        // What is left is below the divisor, so that its top bit is zero.
        List<Bits> change = new ArrayList<>();
        for (int j = 1; j < width - 1; j++) {
          change.add(Local.xor(shifted[j], left[j]));
        }
        List<Bits> taken =
            And.many(party, at.child("left"), Collections.nCopies(width - 2, fits), change);
        remainder = new Bits[width];
        remainder[0] = shifted[0];
        for (int j = 1; j < width - 1; j++) {
          remainder[j] = Local.xor(shifted[j], taken.get(j - 1));
        }
        remainder[width - 1] = Bits.zero(rows);
      }
    }
    return quotient;
  }

  private static boolean signed(Interval interval) {
    return interval.least().signum() < 0;
  }

  private static Bits sign(Party party, Step step, Sums values, Interval bounds) {
    int bits = bounds.signedBits();
    return Local.plane(ArithmeticToBoolean.convert(party, step, values, bits), bits - 1);
  }

  /** values - 2 negative values: the opposite where {@code negative}. */
  private static Sums magnitude(Party party, Step step, Sums values, Bits negative) {
    return Local.minus(values, Local.times(Multiply.byBit(party, step, negative, values), 2));
  }

  /** Bits of the greatest magnitude. */
  private static int bits(Interval interval) {
    return Math.max(1, greatest(interval).bitLength());
  }

  private static BigInteger greatest(Interval interval) {
    return interval.least().abs().max(interval.greatest().abs());
  }

  /** Bits of 2 |a| + |b|. */
  static int dividendBits(Interval ofA, Interval ofB) {
    return Math.max(1, greatest(ofA).shiftLeft(1).add(greatest(ofB)).bitLength());
  }

  /** What {@link #rounded} sends in a ring of {@code ring} bits. */
  public static Cost cost(int rows, int ring, Interval ofA, Interval ofB, Link link) {
    Cost cost = Cost.NONE;
    int signs = 0;
    for (Interval of : List.of(ofA, ofB)) {
      if (signed(of)) {
        signs++;
        cost = cost.then(ArithmeticToBoolean.cost(rows, of.signedBits(), link));
      }
    }
    int digits = dividendBits(ofA, ofB);
    int width = bits(ofB) + 2;
    return cost.then(Multiply.costByBit(rows, ring).times(signs + (signs > 0 ? 1 : 0)))
        .then(ArithmeticToBoolean.cost(rows, digits, link))
        .then(ArithmeticToBoolean.cost(rows, bits(ofB), link))
        .then(And.cost(rows, 1).times((long) digits * (width - 1)))
        .then(And.costOfMany(rows, width - 2).times(digits - 1L))
        .then(BitToArithmetic.cost(rows, ring).times(digits));
  }
}
