package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Marks each distinct value within a group once, so that counting the marks counts the values; and
 * once more for each of several conditions that one of its rows fulfils.
 *
 * <p><b>Computes</b> from a {@link GroupOrder} whose suffix is (counts, value) a bit that is 1 on
 * the first row of each (group, value) with {@code counts} = 1; and per condition the same bit
 * where at least one row of that (group, value) fulfils it: a running OR from the last row of a
 * value to its first, doubling its reach level by level.
 *
 * <p><b>Reveals</b> nothing. Public: padded row count and widths.
 *
 * <p><b>Costs</b> one equality of the order's whole width and one AND per row; with conditions
 * log2(rows) levels of two ANDs per condition and one more; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class DistinctCount {
  private DistinctCount() {}

  /**
   * The marks, in the order's row order. Marks of invalid rows mean nothing.
   *
   * @param firsts one per distinct value
   * @param fulfilled per condition one per distinct value that fulfils it
   */
  public record Marks(Bits firsts, List<Bits> fulfilled) {}

  /** Marks values, and those that fulfil conditions given in the order's row order. */
  public static Marks marks(Party party, Step step, GroupOrder order, List<Bits> conditions) {
    int n = order.rows();
    Words rows = order.sorted();
    Bits same =
        Equality.words(
            party, step.child("same"), Local.slice(rows, 1, n), Local.slice(rows, 0, n - 1));
    Bits first = Local.concat(Local.constant(party, true, 1), Local.not(party, same));
    Bits firsts =
        And.bits(party, step.child("counts"), first, Local.plane(rows, order.suffix().width() - 1));
    if (conditions.isEmpty()) {
      return new Marks(firsts, List.of());
    }
    // Row i reaches the rows up to i + reach of its own value: together is 1 where that one is.
    Bits together = Columns.padded(same, 0, 1);
    List<Bits> any = conditions;
    for (int reach = 1; reach < n; reach *= 2) {
      Step level = step.child("reach" + reach);
      List<Bits> beyond = new ArrayList<>();
      for (Bits bits : any) {
        beyond.add(further(bits, reach));
      }
      boolean last = 2 * reach >= n;
      if (!last) {
        beyond.add(further(together, reach));
      }
      List<Bits> reached =
          And.many(
              party, level.child("same"), Collections.nCopies(beyond.size(), together), beyond);
      if (!last) {
        together = reached.get(any.size());
      }
      List<Bits> theirs = reached.subList(0, any.size());
      List<Bits> both = And.many(party, level.child("or"), any, theirs);
      List<Bits> either = new ArrayList<>();
      for (int i = 0; i < any.size(); i++) {
        either.add(Local.xor(Local.xor(any.get(i), theirs.get(i)), both.get(i)));
      }
      any = either;
    }
    return new Marks(
        firsts,
        And.many(party, step.child("fulfilled"), Collections.nCopies(any.size(), firsts), any));
  }

  private static Bits further(Bits bits, int rows) {
    return Columns.padded(Local.slice(bits, rows, bits.rows()), 0, rows);
  }

  /** What {@link #marks} sends; {@code width} is that of (invalid, group key, suffix). */
  public static Cost cost(int rows, int width, int conditions) {
    Cost cost = Equality.cost(rows - 1, width).then(And.cost(rows, 1));
    if (conditions == 0) {
      return cost;
    }
    for (int reach = 1; reach < rows; reach *= 2) {
      boolean last = 2 * reach >= rows;
      cost =
          cost.then(And.costOfMany(rows, conditions + (last ? 0 : 1)))
              .then(And.costOfMany(rows, conditions));
    }
    return cost.then(And.costOfMany(rows, conditions));
  }
}
