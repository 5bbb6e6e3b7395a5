package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * Products of arithmetically shared columns.
 *
 * <p><b>Computes</b> x y over Z_2^64 or Z_2^128, row by row.
 *
 * <p><b>Reveals</b> nothing. Public: rows and ring.
 *
 * <p><b>Costs</b> one ring element sent per party per row, one round; by a bit, {@link
 * BitToArithmetic} first; an inner product one element for all rows, as they are added up before
 * they are shared again: {@link #cost}, {@link #costByBit}, {@link #costOfInner}.
 *
 * <p><b>Secure</b> as Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016, section 2: what a party
 * receives is masked over the whole ring by a stream whose key it lacks.
 */
public final class Multiply {
  private Multiply() {}

  public static Sums sums(Party party, Step step, Sums x, Sums y) {
    return many(party, step, List.of(x), List.of(y)).get(0);
  }

  /** Products of x.get(k) and y.get(k) for all k, of equal rows and ring, in one round. */
  public static List<Sums> many(Party party, Step step, List<Sums> x, List<Sums> y) {
    int rows = x.get(0).rows();
    int limbs = x.get(0).limbs();
    List<Sums> out = new ArrayList<>(x.size());
    long[][] sent = new long[x.size() * limbs][];
    long[][] received = new long[x.size() * limbs][];
    int[] wire = new int[x.size() * limbs];
    for (int k = 0; k < x.size(); k++) {
      And.sameRows(rows, x.get(k).rows());
      And.sameRows(rows, y.get(k).rows());
      And.sameWidth(64 * limbs, x.get(k).width());
      And.sameWidth(64 * limbs, y.get(k).width());
      Sums z = Sums.zero(64 * limbs, rows);
      out.add(z);
      for (int limb = 0; limb < limbs; limb++) {
        sent[k * limbs + limb] = z.first()[limb];
        received[k * limbs + limb] = z.second()[limb];
        wire[k * limbs + limb] = 64;
      }
    }
    Crew crew = party.crew(step, rows);
    Masks[] masks = crew.masks();
    crew.run(
        rows,
        (k, begin, end) ->
            crew.party(k)
                .exchange(
                    crew.step(k),
                    sent,
                    received,
                    begin,
                    end,
                    wire,
                    (segment, from, count) -> {
                      Sums u = x.get(segment / limbs);
                      Sums v = y.get(segment / limbs);
                      multiply(crew.party(k), masks[k], u, v, sent, segment, from, count);
                    }));
    return out;
  }

  /** A piece; of two limbs with the first, and the second is sent later. */
  private static void multiply(
      Party party, Masks masks, Sums x, Sums y, long[][] sent, int segment, int from, int count) {
    if (x.limbs() == 1) {
      multiply(x, y, masks.additive(count), sent[segment], from, count);
    } else if (segment % 2 == 0) {
      multiply(party, masks, x, y, sent[segment], sent[segment + 1], from, count);
    }
  }

  /** Both limbs of a piece; the high one is sent later. */
  private static void multiply(
      Party party, Masks masks, Sums x, Sums y, long[] low, long[] high, int from, int count) {
    long[] maskLow = party.scratch(2);
    long[] maskHigh = party.scratch(3);
    masks.additive(maskLow, maskHigh, count);
    for (int i = 0; i < count; i++) {
      int r = from + i;
      long x0 = x.first()[0][r];
      long x1 = x.second()[0][r];
      long y0 = y.first()[0][r];
      long sum = y0 + y.second()[0][r];
      long sumHigh = y.first()[1][r] + y.second()[1][r] + Kernels.carry(y0, sum);
      long p = x0 * sum;
      long q = x1 * y0;
      long pHigh = Kernels.high(x0, sum) + x0 * sumHigh + x.first()[1][r] * sum;
      long qHigh = Kernels.high(x1, y0) + x1 * y.first()[1][r] + x.second()[1][r] * y0;
      long s = p + q;
      long t = s + maskLow[i];
      low[r] = t;
      high[r] = pHigh + qHigh + maskHigh[i] + Kernels.carry(p, s) + Kernels.carry(s, t);
    }
  }

  /** The sum of x times y.get(k) over all rows, for all k of one ring, as one row each. */
  public static List<Sums> inner(Party party, Step step, Sums x, List<Sums> y) {
    int limbs = x.limbs();
    Masks masks = new Masks(party, step);
    long[] sent = new long[y.size() * limbs];
    long[] received = new long[sent.length];
    long[] mask = limbs == 1 ? masks.additive(y.size()) : null;
    for (int k = 0; k < y.size(); k++) {
      And.sameRows(x.rows(), y.get(k).rows());
      And.sameWidth(x.width(), y.get(k).width());
      if (limbs == 1) {
        sent[k] =
            mask[k]
                + Kernels.inner(
                    x.first()[0], x.second()[0], y.get(k).first()[0], y.get(k).second()[0]);
      } else {
        wideInner(party, masks, x, y.get(k), sent, 2 * k);
      }
    }
    party.exchange(step, sent, received, sent.length, Party.Piece.READY);
    List<Sums> out = new ArrayList<>();
    for (int k = 0; k < y.size(); k++) {
      Sums z = Sums.zero(64 * limbs, 1);
      for (int limb = 0; limb < limbs; limb++) {
        z.first()[limb][0] = sent[k * limbs + limb];
        z.second()[limb][0] = received[k * limbs + limb];
      }
      out.add(z);
    }
    return out;
  }

  private static void wideInner(Party party, Masks masks, Sums x, Sums y, long[] sent, int at) {
    long[] maskLow = party.scratch(2);
    long[] maskHigh = party.scratch(3);
    masks.additive(maskLow, maskHigh, 1);
    long low = maskLow[0];
    long high = maskHigh[0];
    for (int r = 0; r < x.rows(); r++) {
      long x0 = x.first()[0][r];
      long x1 = x.second()[0][r];
      long y0 = y.first()[0][r];
      long sum = y0 + y.second()[0][r];
      long sumHigh = y.first()[1][r] + y.second()[1][r] + Kernels.carry(y0, sum);
      long p = x0 * sum;
      long q = x1 * y0;
      long s = p + q;
      long t = low + s;
      high +=
          Kernels.high(x0, sum)
              + x0 * sumHigh
              + x.first()[1][r] * sum
              + Kernels.high(x1, y0)
              + x1 * y.first()[1][r]
              + x.second()[1][r] * y0
              + Kernels.carry(p, s)
              + Kernels.carry(low, t);
      low = t;
    }
    sent[at] = low;
    sent[at + 1] = high;
  }

  /** Rows of {@code x} whose bit is one, and zero in the others. */
  public static Sums byBit(Party party, Step step, Bits bit, Sums x) {
    Sums factor = BitToArithmetic.convert(party, step.child("bit"), bit, x.width());
    return sums(party, step.child("product"), factor, x);
  }

  /** x y + u v, row by row; in one ring of 64 bits for the price of one product. */
  public static Sums sumOfTwo(Party party, Step step, Sums x, Sums y, Sums u, Sums v) {
    if (x.limbs() > 1) {
      Sums both = sums(party, step, Local.concat(x, u), Local.concat(y, v));
      return Local.plus(Local.slice(both, 0, x.rows()), Local.slice(both, x.rows(), both.rows()));
    }
    And.sameRows(x.rows(), y.rows());
    And.sameRows(x.rows(), u.rows());
    And.sameRows(x.rows(), v.rows());
    Crew crew = party.crew(step, x.rows());
    Masks[] masks = crew.masks();
    Sums out = Sums.zero(64, x.rows());
    crew.run(
        x.rows(),
        (k, begin, end) ->
            crew.party(k)
                .exchange(
                    crew.step(k),
                    out.first()[0],
                    out.second()[0],
                    begin,
                    end,
                    (segment, from, count) -> {
                      long[] product = crew.party(k).scratch(2);
                      long[] sent = out.first()[0];
                      multiply(x, y, masks[k].additive(count), sent, from, count);
                      System.arraycopy(sent, from, product, 0, count);
                      multiply(u, v, product, sent, from, count);
                    }));
    return out;
  }

  /** x y + added for rows of a ring of 64 bits. */
  private static void multiply(Sums x, Sums y, long[] added, long[] out, int from, int count) {
    Kernels.multiply(
        x.first()[0], x.second()[0], y.first()[0], y.second()[0], added, out, from, count);
  }

  /** What {@link #sumOfTwo} sends. */
  public static Cost costOfSumOfTwo(int rows, int width) {
    return width == 64 ? cost(rows, 64) : cost(2 * rows, width);
  }

  public static Cost cost(int rows, int width) {
    return Cost.longs((long) rows * (width / 64), 1);
  }

  /** What {@link #inner} sends for {@code count} products. */
  public static Cost costOfInner(int count, int width) {
    return Cost.longs((long) count * (width / 64), 1);
  }

  public static Cost costByBit(int rows, int width) {
    return BitToArithmetic.cost(rows, width).then(cost(rows, width));
  }
}
