package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

class MarkedRowsTest extends OperatorTest {
  /** Bytes cost all, rounds nothing: rows are chosen and not compacted. */
  static final Link SLOW = new Link(0, 1);

  private static final int BOUND = 8;

  static List<Clear> marked(int rows, int... at) {
    int[] bits = new int[rows];
    for (int r : at) {
      bits[r] = 1;
    }
    return List.of(
        Clear.bits(bits),
        Clear.words(40, LongStream.range(0, rows).map(r -> r + 7).toArray()),
        Clear.sums(LongStream.range(0, rows).map(r -> -r).toArray()));
  }

  Link link() {
    return SLOW;
  }

  @Override
  TestWorld linked(TestWorld world) {
    return world.with(link());
  }

  @Override
  List<List<Clear>> inputs() {
    return List.of(
        marked(300, 0, 5, 17, 64, 299),
        marked(300),
        marked(300, IntStream.range(100, 108).toArray()),
        marked(5, 1, 2, 4),
        marked(1, 0));
  }

  @Override
  List<List<Clear>> alike() {
    // Rows that take the same places under the same shuffle: those of the choice, and the spares.
    return List.of(
        marked(300, 1, 2, 3),
        List.of(
            marked(300, 1, 2, 3).get(0),
            Clear.words(40, new long[300]),
            Clear.sums(LongStream.range(0, 300).toArray())));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    MarkedRows.Marked rows =
        MarkedRows.of(party, step, (Bits) in.get(0), in.subList(1, in.size()), BOUND);
    List<SharedColumn> all = new ArrayList<>(List.of(rows.real()));
    all.addAll(rows.columns());
    return all;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    assertThat(rows.size()).isLessThanOrEqualTo(BOUND);
    List<List<Long>> real = rows.stream().takeWhile(row -> row.get(0) == 1).toList();
    assertThat(rows.subList(real.size(), rows.size())).allMatch(row -> row.get(0) == 0);
    return real;
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .filter(in.get(0)::bit)
        .mapToObj(r -> in.stream().map(c -> c.at(r)).toList())
        .toList();
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    return MarkedRows.cost(
        in.get(0).rows(), in.stream().skip(1).map(Clear::shape).toList(), BOUND, link());
  }

  @Test
  void opensAsManyMarksWhateverIsMarked() {
    for (int[] at : new int[][] {{}, {3}, {1, 2, 3, 4, 5, 6, 7, 8}}) {
      TestWorld.Run<?> run = run(TestWorld.fresh(), marked(300, at));
      List<TestWorld.Opened> marks =
          run.opened.get(0).stream().filter(o -> o.step().endsWith("marks")).toList();
      assertThat(marks).hasSize(1);
      String words = marks.get(0).values().replaceAll("[\\[\\] ]", "");
      long ones = Stream.of(words.split(",")).mapToInt(w -> Long.bitCount(Long.parseLong(w))).sum();
      assertThat(ones).isEqualTo(BOUND);
    }
  }

  @Test
  void refusesMoreMarksThanThereCanBe() {
    assertThatThrownBy(() -> run(TestWorld.fresh(), marked(300, IntStream.range(0, 9).toArray())))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.EXECUTORS_DISAGREE));
  }
}
