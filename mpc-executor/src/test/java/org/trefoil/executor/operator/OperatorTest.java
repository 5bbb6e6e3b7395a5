package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The four tests that every operator has; a subclass says how to run it and what to expect. */
abstract class OperatorTest {
  /** A column in the clear: bits, unsigned words or signed numbers. */
  record Clear(ColumnShape shape, BigInteger[] values) {
    static Clear bits(int... values) {
      return of(ColumnShape.BIT, Arrays.stream(values).asLongStream().toArray());
    }

    static Clear words(int width, long... values) {
      return of(ColumnShape.words(width), values);
    }

    static Clear sums(long... values) {
      return of(ColumnShape.sums(64), values);
    }

    static Clear of(ColumnShape shape, long... values) {
      return new Clear(
          shape, Arrays.stream(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new));
    }

    long at(int row) {
      return values[row].longValueExact();
    }

    boolean bit(int row) {
      return values[row].signum() != 0;
    }

    int rows() {
      return values.length;
    }
  }

  /** Inputs to be computed correctly. */
  abstract List<List<Clear>> inputs();

  /** Inputs that differ in what is secret and meet the same order under the same shuffle. */
  abstract List<List<Clear>> alike();

  abstract List<? extends SharedColumn> apply(Party party, Step step, List<SharedColumn> inputs);

  /** The rows of the result. */
  abstract List<List<Long>> expected(List<Clear> inputs);

  abstract Cost cost(List<Clear> inputs);

  /** Whether {@link #cost} is exact, and not an expectation. */
  boolean exact() {
    return true;
  }

  /** Whether the result is made of shares that the operator drew. */
  boolean drawsShares() {
    return true;
  }

  /** The rows of a result as they are compared. */
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows;
  }

  @Test
  void matchesPlaintext() {
    for (List<Clear> input : inputs()) {
      assertThat(normal(rows(run(TestWorld.fresh(), input).results))).isEqualTo(expected(input));
    }
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    TestWorld.Run<List<? extends SharedColumn>> first = null;
    for (List<Clear> input : alike()) {
      TestWorld.Run<List<? extends SharedColumn>> run = run(TestWorld.seeded(5), input);
      assertThat(normal(rows(run.results))).isEqualTo(expected(input));
      if (first == null) {
        first = run;
      } else {
        assertThat(run.transcript).isEqualTo(first.transcript);
        assertThat(run.opened).isEqualTo(first.opened);
      }
    }
  }

  @Test
  void costsWhatItSays() {
    for (List<Clear> input : inputs()) {
      Cost says = cost(input);
      Cost sent = run(TestWorld.fresh(), input).cost();
      long total = sent.bytes0() + sent.bytes1() + sent.bytes2();
      long said = says.bytes0() + says.bytes1() + says.bytes2();
      if (exact()) {
        assertThat(total).isEqualTo(said);
        assertThat(sent.rounds()).isEqualTo(says.rounds());
      } else {
        double most = 1.3 + 40.0 / input.get(0).rows();
        assertThat((double) total).isBetween(said / most, said * most);
        assertThat((double) sent.rounds()).isBetween(says.rounds() / 2.0, says.rounds() * 2.0);
      }
    }
  }

  @Test
  void threadsChangeNeitherResultNorCost() {
    List<Clear> input = inputs().get(0);
    Cost one = run(TestWorld.seeded(9).threads(1), input).cost();
    for (int threads : new int[] {2, 4}) {
      TestWorld.Run<List<? extends SharedColumn>> run =
          run(TestWorld.seeded(9).threads(threads), input);
      assertThat(normal(rows(run.results))).isEqualTo(expected(input));
      assertThat(run.cost()).isEqualTo(one);
    }
  }

  @Test
  void resharesFreshly() {
    List<Clear> input = inputs().get(0);
    List<List<? extends SharedColumn>> one = run(TestWorld.seeded(1), input).results;
    List<List<? extends SharedColumn>> two = run(TestWorld.seeded(1), input).results;
    List<List<? extends SharedColumn>> other = run(TestWorld.seeded(2), input).results;
    for (int p = 0; p < 3; p++) {
      for (int c = 0; c < one.get(p).size(); c++) {
        long[][] x = TestWorld.arrays(one.get(p).get(c), true);
        assertThat(x).isEqualTo(TestWorld.arrays(two.get(p).get(c), true));
        if (drawsShares() && one.get(p).get(c).width() * one.get(p).get(c).rows() >= 32) {
          assertThat(x).isNotEqualTo(TestWorld.arrays(other.get(p).get(c), true));
        }
      }
    }
  }

  /** The world with the link that the operator is tested on. */
  TestWorld linked(TestWorld world) {
    return world;
  }

  TestWorld.Run<List<? extends SharedColumn>> run(TestWorld world, List<Clear> input) {
    List<List<? extends SharedColumn>> shared = new ArrayList<>();
    for (Clear column : input) {
      shared.add(share(world, column));
    }
    return linked(world)
        .run(
            (party, step) -> {
              List<SharedColumn> mine = new ArrayList<>();
              shared.forEach(column -> mine.add(column.get(party.id())));
              return apply(party, step, mine);
            });
  }

  private static List<? extends SharedColumn> share(TestWorld world, Clear column) {
    int n = column.rows();
    switch (column.shape().kind()) {
      case BITS -> {
        boolean[] bits = new boolean[n];
        for (int r = 0; r < n; r++) {
          bits[r] = column.bit(r);
        }
        return world.bits(bits);
      }
      case WORDS -> {
        long[][] limbs = new long[Words.limbs(column.shape().width())][n];
        for (int r = 0; r < n; r++) {
          for (int k = 0; k < limbs.length; k++) {
            limbs[k][r] = column.values()[r].shiftRight(64 * k).longValue();
          }
        }
        return world.words(column.shape().width(), limbs);
      }
      default -> {
        return world.sums(column.shape().width(), column.values());
      }
    }
  }

  /** The opened result, row by row. */
  static List<List<Long>> rows(List<? extends List<? extends SharedColumn>> results) {
    List<List<Long>> columns = new ArrayList<>();
    for (int c = 0; c < results.get(0).size(); c++) {
      int column = c;
      columns.add(open(results.stream().map(r -> r.get(column)).toList()));
    }
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < results.get(0).get(0).rows(); r++) {
      int row = r;
      rows.add(columns.stream().map(c -> c.get(row)).toList());
    }
    return rows;
  }

  private static List<Long> open(List<? extends SharedColumn> column) {
    List<Long> values = new ArrayList<>();
    if (column.get(0) instanceof Bits) {
      for (boolean bit : TestWorld.openBits(column.stream().map(Bits.class::cast).toList())) {
        values.add(bit ? 1L : 0L);
      }
    } else if (column.get(0) instanceof Words) {
      for (BigInteger v : TestWorld.openWords(column.stream().map(Words.class::cast).toList())) {
        values.add(v.longValue());
      }
    } else {
      for (BigInteger v : TestWorld.openSums(column.stream().map(Sums.class::cast).toList())) {
        values.add(v.longValue());
      }
    }
    return values;
  }
}
