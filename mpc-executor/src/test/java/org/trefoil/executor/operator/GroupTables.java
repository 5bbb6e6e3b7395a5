package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.operator.OperatorTest.Clear;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/** Tables with the columns valid, group key, suffix (a counting bit and a value), number, bit. */
final class GroupTables {
  static final int KEY = 5;
  static final int SUFFIX = 4;

  private GroupTables() {}

  static List<Clear> of(int[] valid, long[] keys, long[] suffix) {
    int n = valid.length;
    return List.of(
        Clear.bits(valid),
        Clear.words(KEY, keys),
        Clear.words(SUFFIX, suffix),
        Clear.sums(LongStream.range(0, n).map(r -> r * r - 50).toArray()),
        Clear.bits(IntStream.range(0, n).map(r -> r % 2).toArray()));
  }

  static List<List<Clear>> inputs() {
    Prg random = TestWorld.fresh().data("groups");
    return IntStream.of(50, 1, 2, 33)
        .mapToObj(
            n ->
                of(
                    IntStream.range(0, n).map(r -> random.below(4) == 0 ? 0 : 1).toArray(),
                    LongStream.range(0, n).map(r -> random.below(7)).toArray(),
                    LongStream.range(0, n).map(r -> random.below(16)).toArray()))
        .toList();
  }

  /** Valid rows first, then keys, then suffixes: the order of the rows in each. */
  static List<List<Clear>> alike() {
    int n = 32;
    int[] all = IntStream.range(0, n).map(r -> 1).toArray();
    int[] half = IntStream.range(0, n).map(r -> r < 16 ? 1 : 0).toArray();
    long[] distinct = LongStream.range(0, n).toArray();
    return List.of(
        of(all, new long[n], new long[n]),
        of(all, distinct, new long[n]),
        of(half, LongStream.range(0, n).map(r -> r / 4).toArray(), new long[n]),
        of(new int[n], new long[n], LongStream.range(0, n).map(r -> r / 2).toArray()));
  }

  /** The valid rows by group, in the order of the keys. */
  static SortedMap<Long, List<Integer>> groups(List<Clear> in) {
    SortedMap<Long, List<Integer>> groups = new TreeMap<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      if (in.get(0).bit(r)) {
        groups.computeIfAbsent(in.get(1).at(r), k -> new ArrayList<>()).add(r);
      }
    }
    return groups;
  }
}
