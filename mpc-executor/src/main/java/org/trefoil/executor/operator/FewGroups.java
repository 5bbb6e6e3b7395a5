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
import org.trefoil.share.column.Words;

/**
 * Sums and counts per group where the group key has a handful of values, such as a BOOLEAN: no
 * sort, no shuffle.
 *
 * <p><b>Computes</b> one row for every value that the key can have, in their order; a group is one
 * if it has a valid row. One bit per row and value tells whether the row is of it; sums are inner
 * products with these bits.
 *
 * <p><b>Reveals</b> nothing; nothing is opened. Public: padded rows, the width of the key.
 *
 * <p><b>Costs</b> one AND of a bit and one bit to arithmetic per row and value, and one bit to
 * arithmetic per row and counted bit; exactly {@link #cost}.
 *
 * <p><b>Secure</b> as its parts.
 */
public final class FewGroups {
  /** Bits of the widest key that has few values. */
  public static final int WIDTH = 3;

  private FewGroups() {}

  /** Aggregates the rows with {@code valid} by a key of 1 to {@link #WIDTH} bits. */
  public static Groups aggregate(
      Party party, Step step, Bits valid, Words key, List<Sums> sums, List<Bits> counted) {
    boolean wide = sums.stream().anyMatch(s -> s.width() == 128);
    List<Sums> narrowSums = new ArrayList<>(sums.stream().filter(s -> s.width() == 64).toList());
    List<Sums> wideSums = sums.stream().filter(s -> s.width() == 128).toList();
    int narrowCount = narrowSums.size();
    for (int i = 0; i < counted.size(); i++) {
      narrowSums.add(BitToArithmetic.convert(party, step.child("count" + i), counted.get(i), 64));
    }
    List<Bits> marks = marks(party, step, valid, key);
    List<List<Sums>> byColumn = new ArrayList<>();
    for (int i = 0; i <= sums.size() + counted.size(); i++) {
      byColumn.add(new ArrayList<>());
    }
    for (int value = 0; value < marks.size(); value++) {
      Step at = step.child("value" + value);
      Sums flag =
          BitToArithmetic.convert(party, at.child("flag"), marks.get(value), wide ? 128 : 64);
      Sums narrow = wide ? Local.narrow(flag) : flag;
      List<Sums> ofNarrow =
          narrowSums.isEmpty()
              ? List.of()
              : Multiply.inner(party, at.child("inner64"), narrow, narrowSums);
      List<Sums> ofWide =
          wide ? Multiply.inner(party, at.child("inner128"), flag, wideSums) : List.of();
      int nextNarrow = 0;
      int nextWide = 0;
      for (int i = 0; i < sums.size(); i++) {
        boolean is64 = sums.get(i).width() == 64;
        byColumn.get(i).add(is64 ? ofNarrow.get(nextNarrow++) : ofWide.get(nextWide++));
      }
      for (int i = 0; i < counted.size(); i++) {
        byColumn.get(sums.size() + i).add(ofNarrow.get(narrowCount + i));
      }
      Sums running = Local.runningSum(narrow);
      byColumn
          .get(sums.size() + counted.size())
          .add(Local.slice(running, running.rows() - 1, running.rows()));
    }
    List<Sums> columns =
        byColumn.stream().map(c -> c.stream().reduce(Local::concat).orElseThrow()).toList();
    Sums rows = columns.get(columns.size() - 1);
    return new Groups(
        Counts.positive(party, step.child("rows"), rows, valid.rows()),
        List.<SharedColumn>of(Local.index(party, key.width(), marks.size())),
        columns.subList(0, sums.size()),
        columns.subList(sums.size(), columns.size() - 1),
        rows);
  }

  /** For every value of the key a bit: whether a row is valid and has it. */
  private static List<Bits> marks(Party party, Step step, Bits valid, Words key) {
    List<Bits> marks = List.of(valid);
    for (int bit = key.width() - 1; bit >= 0; bit--) {
      List<Bits> ones =
          And.many(
              party,
              step.child("bit" + bit),
              marks,
              Collections.nCopies(marks.size(), Local.plane(key, bit)));
      List<Bits> finer = new ArrayList<>();
      for (int k = 0; k < marks.size(); k++) {
        finer.add(Local.xor(marks.get(k), ones.get(k)));
        finer.add(ones.get(k));
      }
      marks = finer;
    }
    return marks;
  }

  /** What {@link #aggregate} sends. */
  public static Cost cost(int rows, int width, List<ColumnShape> sums, int counted, Link link) {
    int wide = (int) sums.stream().filter(s -> s.width() == 128).count();
    int narrow = sums.size() - wide + counted;
    Cost cost = BitToArithmetic.cost(rows, 64).times(counted);
    for (int bit = 0; bit < width; bit++) {
      cost = cost.then(And.costOfMany(rows, 1 << bit));
    }
    Cost value = BitToArithmetic.cost(rows, wide > 0 ? 128 : 64);
    if (narrow > 0) {
      value = value.then(Multiply.costOfInner(narrow, 64));
    }
    if (wide > 0) {
      value = value.then(Multiply.costOfInner(wide, 128));
    }
    return cost.then(value.times(1L << width)).then(Counts.cost(1 << width, rows, link));
  }
}
