package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.random.Prg;

/**
 * The groups of 100,000 random tables: none to which fewer than k contribute is released, and what
 * executors send and open is the same whether nobody or 1 to k-1 contribute.
 */
class ManyGroupsTest {
  private static final int TABLES = 100_000;
  private static final int AT_MOST = 63;
  private static final int[] LEAST = {2, 3, 5, 10, 20};

  /**
   * Of the tables with one k: valid groups, rows of one table, rows of a branch that may be absent.
   */
  private record Groups(int k, int[] valid, long[] rows, long[] branch) {
    static Groups random(int k, int tables, Prg random) {
      List<int[]> groups = new ArrayList<>();
      for (int t = 0; t < tables; t++) {
        for (int g = random.below(3); g >= 0; g--) {
          groups.add(
              new int[] {
                random.below(8) == 0 ? 0 : 1,
                count(k, random),
                random.below(3) == 0 ? 0 : count(k, random)
              });
        }
      }
      return new Groups(
          k,
          groups.stream().mapToInt(g -> g[0]).toArray(),
          groups.stream().mapToLong(g -> g[1]).toArray(),
          groups.stream().mapToLong(g -> g[2]).toArray());
    }

    /** Often next to k. */
    private static int count(int k, Prg random) {
      return random.below(2) == 0
          ? random.below(AT_MOST + 1)
          : Math.max(0, k - 2 + random.below(4));
    }

    /** The same with nobody where there are too few. */
    Groups emptied() {
      long[] none = rows.clone();
      for (int i = 0; i < none.length; i++) {
        none[i] = none[i] < k ? 0 : none[i];
      }
      return new Groups(k, valid, none, branch);
    }

    /** Suppresses them; every world with one seed draws the same randomness. */
    TestWorld.Run<List<Bits>> released() {
      TestWorld world = TestWorld.seeded(3);
      boolean[] bits = new boolean[valid.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = valid[i] == 1;
      }
      List<Bits> real = world.bits(bits);
      List<Sums> ofTable = world.sums(64, numbers(rows));
      List<Sums> ofBranch = world.sums(64, numbers(branch));
      return world.run(
          (party, step) ->
              List.of(
                  Suppress.released(
                      party,
                      step,
                      real.get(party.id()),
                      List.of(
                          new Suppress.Contributed(
                              ofTable.get(party.id()), Optional.empty(), k, AT_MOST),
                          new Suppress.Contributed(
                              ofBranch.get(party.id()),
                              Optional.of(ofBranch.get(party.id())),
                              k,
                              AT_MOST)))));
    }

    private static BigInteger[] numbers(long[] values) {
      return Arrays.stream(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
    }

    boolean mayBeReleased(int group) {
      return valid[group] == 1 && rows[group] >= k && (branch[group] == 0 || branch[group] >= k);
    }
  }

  @Test
  void releasesNoneOfTooFewAndTellsNoneFromFew() {
    Prg random = TestWorld.fresh().data("groups");
    int released = 0;
    for (int k : LEAST) {
      Groups groups = Groups.random(k, TABLES / LEAST.length, random);
      TestWorld.Run<List<Bits>> run = groups.released();
      List<List<Long>> shown = OperatorTest.rows(run.results);
      for (int g = 0; g < shown.size(); g++) {
        boolean mayBe = groups.mayBeReleased(g);
        if (mayBe != (shown.get(g).get(0) == 1)) {
          throw new AssertionError("group " + g + " of k " + k + ": released " + !mayBe);
        }
        released += mayBe ? 1 : 0;
      }
      TestWorld.Run<List<Bits>> none = groups.emptied().released();
      assertThat(OperatorTest.rows(none.results)).isEqualTo(shown);
      assertThat(none.transcript).isEqualTo(run.transcript);
      assertThat(run.opened).allMatch(List::isEmpty);
      assertThat(none.opened).allMatch(List::isEmpty);
    }
    assertThat(released).isGreaterThan(TABLES / 10);
  }
}
