package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

class TopRowsTest extends OperatorTest {
  private static final int OFFSET = 2;
  private static final int LIMIT = 5;

  /** Columns: valid, key, value. */
  private static List<Clear> rows(int[] valid, long[] keys) {
    return List.of(
        Clear.bits(valid),
        Clear.words(9, keys),
        Clear.sums(LongStream.range(0, keys.length).toArray()));
  }

  @Override
  List<List<Clear>> inputs() {
    long[] keys = LongStream.range(0, 40).map(r -> r * 7 % 13).toArray();
    return List.of(
        rows(IntStream.range(0, 40).map(r -> r % 3 == 0 ? 0 : 1).toArray(), keys),
        rows(new int[40], keys),
        rows(new int[] {1, 1, 1}, new long[] {5, 5, 5}),
        rows(new int[] {1}, new long[] {5}));
  }

  @Override
  List<List<Clear>> alike() {
    // Many more rows than are wanted: most are left out of the order.
    long[] zeros = new long[300];
    long[] up = LongStream.range(0, 300).toArray();
    int[] some = IntStream.range(0, 300).map(r -> r < 9 ? 1 : 0).toArray();
    return List.of(rows(new int[300], zeros), rows(new int[300], up), rows(some, up));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    TopRows.Top top =
        TopRows.take(
            party, step, (Bits) in.get(0), (Words) in.get(1), List.of(in.get(2)), OFFSET, LIMIT);
    List<SharedColumn> all = new ArrayList<>(List.of(top.valid()));
    all.addAll(top.columns());
    return all;
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .boxed()
        .sorted(
            Comparator.<Integer, Long>comparing(r -> -in.get(0).at(r))
                .thenComparing(r -> in.get(1).at(r)))
        .skip(OFFSET)
        .limit(LIMIT)
        .map(r -> List.of(in.get(0).at(r), in.get(2).at(r)))
        .toList();
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    List<ColumnShape> columns = List.of(ColumnShape.sums(64));
    return TopRows.cost(in.get(0).rows(), 9, columns, OFFSET + LIMIT, Link.LAN);
  }
}
