package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * How many bits of a column are one.
 *
 * <p><b>Computes</b> the number, as one row of as many bits as the number of rows has. Three bits
 * of one weight become a sum of that weight and a carry of the next, {@code carry = ((a ^ c) & (b ^
 * c)) ^ c}, until each weight has one bit.
 *
 * <p><b>Reveals</b> nothing. Public: rows.
 *
 * <p><b>Costs</b> about one AND of one bit per row, in about 3 log2(n) rounds: exactly {@link
 * #cost}.
 *
 * <p><b>Secure</b> as {@link And}, of which it is a circuit.
 */
public final class CountOnes {
  private CountOnes() {}

  /** The number of ones among at least one row. */
  public static Words of(Party party, Step step, Bits x) {
    int width = width(x.rows());
    List<Bits> weights = new ArrayList<>();
    weights.add(x);
    for (int round = 0; weights.stream().anyMatch(w -> w.rows() > 1); round++) {
      List<Bits> left = new ArrayList<>();
      List<Bits> right = new ArrayList<>();
      List<Bits> third = new ArrayList<>();
      List<Bits> next = new ArrayList<>();
      for (Bits weight : weights) {
        if (weight.rows() > 1) {
          int rows = third(weight.rows());
          Bits padded = Local.concat(weight, Bits.zero(3 * rows - weight.rows()));
          Bits c = Local.slice(padded, 2 * rows, 3 * rows);
          left.add(Local.xor(Local.slice(padded, 0, rows), c));
          right.add(Local.xor(Local.slice(padded, rows, 2 * rows), c));
          third.add(c);
        }
      }
      List<Bits> products = And.many(party, step.child("round" + round), left, right);
      int j = 0;
      for (int k = 0; k < weights.size(); k++) {
        if (weights.get(k).rows() == 1) {
          add(next, k, weights.get(k));
          continue;
        }
        add(next, k, Local.xor(Local.xor(left.get(j), right.get(j)), third.get(j)));
        // The number fits the width: the highest weight has no carry.
        if (k + 1 < width) {
          add(next, k + 1, Local.xor(products.get(j), third.get(j)));
        }
        j++;
      }
      weights = next;
    }
    List<Bits> highestFirst = new ArrayList<>(weights);
    Collections.reverse(highestFirst);
    return Local.widen(Local.beside(highestFirst), width);
  }

  private static void add(List<Bits> weights, int weight, Bits bits) {
    if (weight == weights.size()) {
      weights.add(bits);
    } else {
      weights.set(weight, Local.concat(weights.get(weight), bits));
    }
  }

  /** Bits of the number of ones among so many rows. */
  public static int width(int rows) {
    return 32 - Integer.numberOfLeadingZeros(rows);
  }

  /** Rows of each third; whole longs where there are many. */
  private static int third(int rows) {
    int third = (rows + 2) / 3;
    return rows > 192 ? (third + 63) / 64 * 64 : third;
  }

  /** What {@link #of} sends. */
  public static Cost cost(int rows) {
    Cost cost = Cost.NONE;
    int[] weights = {rows};
    while (Arrays.stream(weights).anyMatch(w -> w > 1)) {
      long longs = 0;
      int[] next = new int[Math.min(width(rows), weights.length + 1)];
      for (int k = 0; k < weights.length; k++) {
        int third = weights[k] > 1 ? third(weights[k]) : weights[k];
        next[k] += third;
        if (weights[k] > 1) {
          longs += Bits.longs(third);
          if (k + 1 < width(rows)) {
            next[k + 1] += third;
          }
        }
      }
      cost = cost.then(Cost.longs(longs, 1));
      weights = next;
    }
    return cost;
  }
}
