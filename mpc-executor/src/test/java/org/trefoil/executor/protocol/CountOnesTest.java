package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class CountOnesTest {
  private static final Checks.Protocol COUNT =
      (party, step, in) -> List.of(CountOnes.of(party, step, (Bits) in.get(0)));

  private static boolean[] every(int rows, int step) {
    boolean[] bits = new boolean[rows];
    for (int r = 0; r < rows; r += step) {
      bits[r] = true;
    }
    return bits;
  }

  @Test
  void matchesPlaintext() {
    Prg random = TestWorld.fresh().data("bits");
    for (int rows : new int[] {1, 2, 3, 4, 7, 63, 64, 65, 191, 192, 193, 1000, 40_000}) {
      boolean[] some = new boolean[rows];
      int ones = 0;
      for (int r = 0; r < rows; r++) {
        some[r] = random.below(3) == 0;
        ones += some[r] ? 1 : 0;
      }
      assertThat(count(some)).isEqualTo(ones);
      assertThat(count(every(rows, 1))).isEqualTo(rows);
      assertThat(count(new boolean[rows])).isZero();
    }
  }

  private static int count(boolean[] bits) {
    TestWorld world = TestWorld.fresh();
    var run = Checks.run(world, List.of(world.bits(bits)), COUNT);
    assertThat(run.cost()).isEqualTo(CountOnes.cost(bits.length));
    return TestWorld.openWords(Checks.result(run, 0, Words.class))[0].intValueExact();
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    Checks.sameMessages(
        COUNT,
        List.of(
            w -> List.of(w.bits(new boolean[500])),
            w -> List.of(w.bits(every(500, 1))),
            w -> List.of(w.bits(every(500, 7)))));
  }

  @Test
  void costsAboutOneBitPerRow() {
    Cost cost = CountOnes.cost(1 << 20);
    assertThat(cost.bytes()).isBetween(1L << 17, 2L << 17);
    assertThat(cost.rounds()).isLessThan(80);
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(
        (party, step, in) -> {
          // A column of all weights' products, so that the result is more than one row.
          Bits x = (Bits) in.get(0);
          CountOnes.of(party, step, x);
          return List.of(And.bits(party, step.child("and"), x, x));
        },
        w -> List.of(w.bits(every(64 * 500, 3))),
        "mask");
  }
}
