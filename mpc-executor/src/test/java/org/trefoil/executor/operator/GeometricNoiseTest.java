package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.Noise;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class GeometricNoiseTest extends OperatorTest {
  /** So little that it is 0 but once in 2^140 times. */
  private static final Noise NONE = new Noise(BigInteger.ONE, 100_000_000, 1);

  /** exp(-1/2) from one number to the next. */
  private static final Noise HALF = new Noise(BigInteger.TWO, 1_000_000, 1);

  @Override
  List<List<Clear>> inputs() {
    return List.of(List.of(Clear.sums(0, 1, -1, 5_000, -70_000)), List.of(Clear.sums(7)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(List.of(Clear.sums(0, 0, 0)), List.of(Clear.sums(-2_000, 4_999, 7)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(GeometricNoise.added(party, step, (Sums) in.get(0), NONE));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows()).mapToObj(r -> List.of(in.get(0).at(r))).toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    return GeometricNoise.cost(in.get(0).rows(), 64, NONE, Link.LAN);
  }

  private static List<List<Long>> drawn(TestWorld.Run<List<? extends SharedColumn>> run) {
    return rows(run.results);
  }

  private static TestWorld.Run<List<? extends SharedColumn>> draws(long seed, int count) {
    return TestWorld.seeded(seed)
        .run(
            (party, step) ->
                List.of(GeometricNoise.added(party, step, Sums.zero(64, count), HALF)));
  }

  @Test
  void hasTheProbabilitiesThatItSays() {
    int count = GeometricNoise.TILE + 3_616;
    TestWorld.Run<List<? extends SharedColumn>> run = draws(20_261, count);
    assertThat(run.opened).allMatch(List::isEmpty);
    assertThat(run.cost()).isEqualTo(GeometricNoise.cost(count, 64, HALF, Link.LAN));
    int most = 8;
    double[] seen = new double[2 * most + 1];
    for (List<Long> row : drawn(run)) {
      seen[(int) Math.max(-most, Math.min(most, row.get(0))) + most]++;
    }
    double a = Math.exp(-0.5);
    double squares = 0;
    for (int d = -most; d <= most; d++) {
      // The ends stand for all that is beyond them.
      double one = Math.pow(a, Math.abs(d)) / (1 + a) * (Math.abs(d) == most ? 1 : 1 - a);
      double expected = count * one;
      squares += Math.pow(seen[d + most] - expected, 2) / expected;
    }
    // 16 degrees of freedom: more than 60 once in a million times.
    assertThat(squares).isLessThan(60);
  }

  @Test
  void drawsAnewForEveryRunAndTheSameForOne() {
    List<List<Long>> one = drawn(draws(1, 200));
    assertThat(drawn(draws(1, 200))).isEqualTo(one);
    assertThat(drawn(draws(2, 200))).isNotEqualTo(one);
    assertThat(one.subList(0, 100)).isNotEqualTo(one.subList(100, 200));
  }
}
