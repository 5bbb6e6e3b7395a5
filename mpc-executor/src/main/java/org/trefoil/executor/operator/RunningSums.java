package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * Running sums that start anew at secret rows.
 *
 * <p><b>Computes</b> for every row the sum of the values from the last marked row, or the first row
 * of all, up to it. Of values that are zero but on marked rows: those of the last marked row.
 *
 * <p><b>Reveals</b> nothing. Public: rows, ring, the number of columns.
 *
 * <p><b>Costs</b> the marks as numbers, then about two products per row and column and one per row
 * in 2 log2(n) rounds; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as multiplication: a prefix sum of pairs (value, whether it goes on) under an
 * associative operation, in a tree whose shape follows from the number of rows (Brent and Kung,
 * IEEE Transactions on Computers 1982).
 */
public final class RunningSums {
  private RunningSums() {}

  /** Running sums of columns in one ring. */
  public static List<Sums> of(Party party, Step step, Bits starts, List<Sums> values) {
    int n = starts.rows();
    if (n < 2 || values.isEmpty()) {
      return values;
    }
    int ring = values.get(0).width();
    Sums marks = BitToArithmetic.convert(party, step.child("marks"), starts, ring);
    Sums on = Local.minus(Local.sums(party, ring, n, 1), marks);
    return prefix(party, step, on, values);
  }

  /**
   * Prefix sums.
   *
   * @param on 1 where a row goes on with the one before it, 0 where it starts anew
   */
  private static List<Sums> prefix(Party party, Step step, Sums on, List<Sums> values) {
    int n = on.rows();
    if (n < 2) {
      return values;
    }
    int half = n / 2;
    int[] even = places(half, 0);
    int[] odd = places(half, 1);
    Sums onOdd = Local.rows(on, odd);
    List<Sums> left = new ArrayList<>();
    values.forEach(v -> left.add(Local.rows(v, even)));
    if (half > 1) {
      left.add(Local.rows(on, even));
    }
    List<Sums> products =
        Multiply.many(party, step.child("pairs"), Collections.nCopies(left.size(), onOdd), left);
    List<Sums> pairs = new ArrayList<>();
    for (int c = 0; c < values.size(); c++) {
      pairs.add(Local.plus(Local.rows(values.get(c), odd), products.get(c)));
    }
    List<Sums> sums =
        half > 1 ? prefix(party, step.child("half"), products.get(values.size()), pairs) : pairs;
    // The rows between: 2, 4, ... each goes on with the sum up to the pair before it.
    int between = (n - 1) / 2;
    List<Sums> filled = new ArrayList<>();
    if (between > 0) {
      int[] rows = places(between, 2);
      Sums goesOn = Local.rows(on, rows);
      List<Sums> before = sums.stream().map(s -> Local.slice(s, 0, between)).toList();
      List<Sums> added =
          Multiply.many(
              party, step.child("between"), Collections.nCopies(before.size(), goesOn), before);
      for (int c = 0; c < values.size(); c++) {
        filled.add(Local.plus(Local.rows(values.get(c), rows), added.get(c)));
      }
    }
    int[] woven = new int[n];
    for (int r = 1; r < n; r++) {
      woven[r] = r % 2 == 1 ? 1 + r / 2 : 1 + half + r / 2 - 1;
    }
    List<Sums> all = new ArrayList<>();
    for (int c = 0; c < values.size(); c++) {
      Sums parts = Local.concat(Local.slice(values.get(c), 0, 1), sums.get(c));
      parts = between > 0 ? Local.concat(parts, filled.get(c)) : parts;
      all.add(Local.rows(parts, woven));
    }
    return all;
  }

  /** {@code first}, and every second place after it. */
  private static int[] places(int count, int first) {
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = first + 2 * i;
    }
    return places;
  }

  /** What {@link #of} sends. */
  public static Cost cost(int rows, int columns, int ring) {
    if (rows < 2 || columns == 0) {
      return Cost.NONE;
    }
    Cost cost = BitToArithmetic.cost(rows, ring);
    for (int n = rows; n > 1; n /= 2) {
      int half = n / 2;
      cost = cost.then(Multiply.cost(half * (columns + (half > 1 ? 1 : 0)), ring));
      if ((n - 1) / 2 > 0) {
        cost = cost.then(Multiply.cost((n - 1) / 2 * columns, ring));
      }
    }
    return cost;
  }
}
