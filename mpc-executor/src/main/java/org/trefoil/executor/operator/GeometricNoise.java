package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.plan.Noise;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.LessThan;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomWords;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Numbers with noise that nobody knows.
 *
 * <p><b>Computes</b> for every row the number plus the difference of two geometric variables, each
 * row's drawn for itself. The bits of a geometric variable are independent; each is the outcome of
 * comparing 64 random bits with a public constant (Dwork, Kenthapadi, McSherry, Mironov, Naor 2006,
 * section 4). Every drawn bit is off its probability by 2^-64 at most, and what the variables leave
 * out above their highest bit has 2^-64 each: one number's distribution is within (2 bits + 2)
 * 2^-64 of that of {@link Noise}.
 *
 * <p><b>Reveals</b> nothing. Public: rows, and the constants of {@link Noise}.
 *
 * <p><b>Costs</b> for each of the two times {@link Noise#bits} bits of a row one comparison of 64
 * bits and one conversion; exactly {@link #cost}. Meant for groups, of which there are few.
 *
 * <p><b>Secure</b> as the comparison and the conversion. Each of the three components of a random
 * word comes from a key that two parties have: to the third, and to whoever it works with, the word
 * is uniform. The keys are made for one run, so that another run draws anew.
 */
public final class GeometricNoise {
  /** Rows whose bits are drawn at a time: bounds memory. */
  static final int TILE = 1 << 14;

  private GeometricNoise() {}

  /** {@code exact} with noise; the ring holds the numbers with the most noise that there may be. */
  public static Sums added(Party party, Step step, Sums exact, Noise noise) {
    Sums all = null;
    for (int from = 0; from < exact.rows(); from += TILE) {
      int to = Math.min(exact.rows(), from + TILE);
      Sums tile = drawn(party, step.child("draw" + from / TILE), to - from, noise, exact.width());
      all = all == null ? tile : Local.concat(all, tile);
    }
    return all == null ? exact : Local.plus(exact, all);
  }

  private static Sums drawn(Party party, Step step, int rows, Noise noise, int ring) {
    List<Long> chances = noise.chances();
    int bits = chances.size();
    long[] constants = new long[2 * bits * rows];
    for (int b = 0; b < 2 * bits; b++) {
      Arrays.fill(constants, b * rows, (b + 1) * rows, chances.get(b % bits));
    }
    Words random = random(party, step, constants.length);
    Bits drawn =
        LessThan.words(
            party, step.child("less"), random, Local.words(party, Noise.PRECISION, constants));
    Sums ones = BitToArithmetic.convert(party, step.child("ones"), drawn, ring);
    Sums sum = Sums.zero(ring, rows);
    for (int b = 0; b < 2 * bits; b++) {
      Sums times =
          Columns.times(
              Local.slice(ones, b * rows, (b + 1) * rows), BigInteger.ONE.shiftLeft(b % bits));
      sum = b < bits ? Local.plus(sum, times) : Local.minus(sum, times);
    }
    return sum;
  }

  /** Words that are uniform to each party: of each component two have the key. */
  private static Words random(Party party, Step step, int rows) {
    Words random = Words.zero(Noise.PRECISION, rows);
    fill(party.withPrevious(step, "random"), random.first()[0]);
    fill(party.withNext(step, "random"), random.second()[0]);
    return random;
  }

  private static void fill(RandomWords stream, long[] words) {
    for (int from = 0; from < words.length; from += Transport.PIECE) {
      stream.next(words, from, Math.min(Transport.PIECE, words.length - from));
    }
  }

  /** What {@link #added} sends in a ring of {@code ring} bits. */
  public static Cost cost(int rows, int ring, Noise noise, Link link) {
    Cost cost = Cost.NONE;
    for (int from = 0; from < rows; from += TILE) {
      int draws = 2 * noise.bits() * Math.min(TILE, rows - from);
      cost =
          cost.then(LessThan.cost(draws, Noise.PRECISION, link))
              .then(BitToArithmetic.cost(draws, ring));
    }
    return cost;
  }
}
