package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class FewGroupsTest extends OperatorTest {
  /** Columns: valid, key, two numbers, a counted bit. */
  private static List<Clear> table(int width, int[] valid, long[] keys) {
    int n = valid.length;
    return List.of(
        Clear.bits(valid),
        Clear.words(width, keys),
        Clear.sums(LongStream.range(0, n).map(r -> r * r - 50).toArray()),
        Clear.of(ColumnShape.sums(128), LongStream.range(0, n).map(r -> 7 - r * r * r).toArray()),
        Clear.bits(IntStream.range(0, n).map(r -> r % 3 == 0 ? 1 : 0).toArray()));
  }

  @Override
  List<List<Clear>> inputs() {
    Prg random = TestWorld.fresh().data("groups");
    List<List<Clear>> all = new ArrayList<>();
    for (int[] size : new int[][] {{200, 2}, {1, 1}, {70, 3}, {64, 1}}) {
      all.add(
          table(
              size[1],
              IntStream.range(0, size[0]).map(r -> random.below(4) == 0 ? 0 : 1).toArray(),
              LongStream.range(0, size[0]).map(r -> random.below(1 << size[1])).toArray()));
    }
    all.add(table(2, new int[9], new long[9]));
    return all;
  }

  @Override
  List<List<Clear>> alike() {
    int[] all = IntStream.range(0, 40).map(r -> 1).toArray();
    return List.of(
        table(2, all, new long[40]),
        table(2, new int[40], LongStream.range(0, 40).map(r -> r % 4).toArray()),
        table(2, all, LongStream.range(0, 40).map(r -> 3 - r / 10).toArray()));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    GroupAggregate.Groups groups =
        FewGroups.aggregate(
            party,
            step,
            (Bits) in.get(0),
            (Words) in.get(1),
            List.of((Sums) in.get(2), (Sums) in.get(3)),
            List.of((Bits) in.get(4)));
    List<SharedColumn> all = new ArrayList<>(List.of(groups.valid()));
    all.addAll(groups.sums());
    all.addAll(groups.counts());
    all.add(groups.rows());
    return all;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    List<List<Long>> groups = new ArrayList<>();
    for (int value = 0; value < rows.size(); value++) {
      if (rows.get(value).get(0) == 1) {
        List<Long> group = new ArrayList<>(List.of((long) value));
        group.addAll(rows.get(value));
        groups.add(group);
      }
    }
    return groups;
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    Map<Long, long[]> groups = new TreeMap<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (in.get(0).bit(r)) {
        long[] group = groups.computeIfAbsent(in.get(1).at(r), k -> new long[4]);
        group[0] += in.get(2).at(r);
        group[1] += in.get(3).at(r);
        group[2] += in.get(4).at(r);
        group[3]++;
      }
    }
    List<List<Long>> rows = new ArrayList<>();
    groups.forEach((key, g) -> rows.add(List.of(key, 1L, g[0], g[1], g[2], g[3])));
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return FewGroups.cost(
        in.get(0).rows(),
        in.get(1).shape().width(),
        List.of(ColumnShape.sums(64), ColumnShape.sums(128)),
        1,
        Link.LAN);
  }

  @Test
  void opensNothing() {
    assertThat(run(TestWorld.fresh(), inputs().get(0)).opened).allMatch(List::isEmpty);
  }
}
