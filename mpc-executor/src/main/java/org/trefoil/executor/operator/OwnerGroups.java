package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.trefoil.executor.operator.GroupAggregate.Groups;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/**
 * Sums and counts per group of rows that their owner delivered group by group: no sort, no
 * comparison.
 *
 * <p><b>Computes</b> one row per group that has a valid row, in the owner's order. The owner says
 * where a group ends by a bit that changes with every new group. Invalid rows stay among the
 * others: their values are masked.
 *
 * <p><b>Reveals</b> nothing, neither the number of groups nor their sizes. The owner knows where
 * every row lies, so nothing is opened, valid bits included, but what {@link MarkedRows} opens
 * under its own fresh shuffle. Public: padded rows in, the bound on the number of groups out.
 *
 * <p><b>Costs</b> a bit to arithmetic, one product per sum, one {@link MarkedRows} of the columns
 * asked for, and for each row out a conversion of its number of rows; as {@link #cost}.
 *
 * <p><b>Secure</b> as its parts. Whatever bits an owner shares, groups are disjoint runs of rows:
 * it can lie about its own group column only, and never make a row count in two groups.
 */
public final class OwnerGroups {
  private OwnerGroups() {}

  /**
   * Aggregates at least one row.
   *
   * @param real 1 on the owner's rows, which come first, 0 on its dummies
   * @param turn differs between two rows next to each other exactly if their groups do
   * @param valid 1 on the rows that count; dummies do not
   * @param last columns that are wanted of each group, equal on all its real rows
   * @param bound at most so many groups can occur
   */
  public static Groups aggregate(
      Party party,
      Step step,
      Bits real,
      Bits turn,
      Bits valid,
      List<SharedColumn> last,
      List<Sums> sums,
      List<Bits> counted,
      int bound) {
    Bits following = following(real);
    // Between two real rows a change of turn ends a group; the last real row ends the last one.
    Bits change =
        And.bits(party, step.child("change"), following, Local.xor(turn, following(turn)));
    Bits end = Local.xor(change, Local.xor(real, following));

    boolean wide = sums.stream().anyMatch(s -> s.width() == 128);
    Sums flag = BitToArithmetic.convert(party, step.child("valid"), valid, wide ? 128 : 64);
    Sums narrow = wide ? Local.narrow(flag) : flag;
    List<Sums> summed = new ArrayList<>(sums);
    masked(party, step.child("sums64"), narrow, summed);
    if (wide) {
      masked(party, step.child("sums128"), flag, summed);
    }
    if (!counted.isEmpty()) {
      List<Bits> counts =
          And.many(
              party, step.child("counted"), counted, Collections.nCopies(counted.size(), valid));
      for (int i = 0; i < counts.size(); i++) {
        summed.add(BitToArithmetic.convert(party, step.child("count" + i), counts.get(i), 64));
      }
    }
    summed.add(narrow);
    Groups groups =
        GroupAggregate.ending(party, step.child("ends"), end, last, summed, sums.size(), bound);
    Bits notEmpty = Counts.positive(party, step.child("rows"), groups.rows(), valid.rows());
    Bits some = And.bits(party, step.child("some"), groups.valid(), notEmpty);
    return new Groups(some, groups.last(), groups.sums(), groups.counts(), groups.rows());
  }

  /** The bit of the next row; 0 in the last row. */
  private static Bits following(Bits bits) {
    return Local.concat(Local.slice(bits, 1, bits.rows()), Bits.zero(1));
  }

  /** Multiplies the sums of the flag's ring by it, in one round. */
  private static void masked(Party party, Step step, Sums flag, List<Sums> sums) {
    List<Sums> values = sums.stream().filter(s -> s.width() == flag.width()).toList();
    if (values.isEmpty()) {
      return;
    }
    List<Sums> products =
        Multiply.many(party, step, Collections.nCopies(values.size(), flag), values);
    int next = 0;
    for (int i = 0; i < sums.size(); i++) {
      if (sums.get(i).width() == flag.width()) {
        sums.set(i, products.get(next++));
      }
    }
  }

  /** What {@link #aggregate} sends; an expectation where {@link MarkedRows#cost} is one. */
  public static Cost cost(
      int rows, List<ColumnShape> last, List<ColumnShape> sums, int counted, int bound, Link link) {
    boolean wide = sums.stream().anyMatch(s -> s.width() == 128);
    Cost cost = And.cost(rows, 1).then(BitToArithmetic.cost(rows, wide ? 128 : 64));
    for (int ring : new int[] {64, 128}) {
      Cost products = Cost.NONE;
      for (ColumnShape sum : sums) {
        products = sum.width() == ring ? products.beside(Multiply.cost(rows, ring)) : products;
      }
      cost = cost.then(products);
    }
    if (counted > 0) {
      cost =
          cost.then(And.costOfMany(rows, counted))
              .then(BitToArithmetic.cost(rows, 64).times(counted));
    }
    int groups = Math.min(rows, bound);
    return cost.then(GroupAggregate.costOfEnds(rows, last, sums, counted, bound, link))
        .then(Counts.cost(groups, rows, link))
        .then(And.cost(groups, 1));
  }
}
