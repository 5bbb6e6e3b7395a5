package org.trefoil.share.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.OwnerKeys;

class KeyTableTest {
  private static int[] probes(int keys, int bins, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] probes = new int[3 * keys];
    for (int key = 0; key < keys; key++) {
      int[] three = random.ints(0, bins).distinct().limit(3).toArray();
      System.arraycopy(three, 0, probes, 3 * key, 3);
    }
    return probes;
  }

  @Test
  void everyKeyLiesInABinOfItsOwn() {
    for (int keys : new int[] {512, 513, 5000, 100_000}) {
      int bins = OwnerKeys.bins(keys);
      assertThat(bins).isLessThan(keys * 13 / 10 + 32);
      int[] probes = probes(keys, bins, keys);
      int[] bin = KeyTable.fill(probes, bins);
      assertThat(Arrays.stream(bin).distinct().count()).isEqualTo(keys);
      for (int key = 0; key < keys; key++) {
        assertThat(new int[] {probes[3 * key], probes[3 * key + 1], probes[3 * key + 2]})
            .contains(bin[key]);
      }
    }
  }

  @Test
  void smallTablesCanBeFilled() {
    for (int seed = 0; seed < 300; seed++) {
      int bins = OwnerKeys.bins(512);
      assertThat(KeyTable.fill(probes(512, bins, seed), bins)).hasSize(512);
    }
  }

  @Test
  void refusesKeysThatHaveNoRoom() {
    int[] alike = IntStream.range(0, 12).map(i -> i % 3).toArray();
    assertThatThrownBy(() -> KeyTable.fill(alike, 700))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.KEY_NOT_UNIQUE));
  }

  @Test
  void everyBinIsFollowedByItsProbes() {
    int bins = 40;
    int rows = 25;
    int[] probes = probes(rows, bins, 3);
    int[] places = KeyTable.places(probes, bins);
    assertThat(Arrays.stream(places).sorted().toArray())
        .isEqualTo(IntStream.range(0, bins + 3 * rows).toArray());
    int[] at = new int[places.length];
    for (int k = 0; k < places.length; k++) {
      at[places[k]] = k;
    }
    int bin = -1;
    for (int k : at) {
      if (k < bins) {
        assertThat(k).isEqualTo(++bin);
      } else {
        int probe = (k - bins) / rows;
        int row = (k - bins) % rows;
        assertThat(probes[3 * row + probe]).isEqualTo(bin);
      }
    }
  }

  @Test
  void columnsHoldAllPlaces() {
    int[] places = KeyTable.places(probes(25, 60, 4), 60);
    int[][] columns = KeyTable.columns(places, 60, 25);
    assertThat(columns).hasNumberOfRows(6);
    assertThat(columns[1][7]).isEqualTo(places[60 + 25 + 7]);
    assertThat(columns[3][24]).isEqualTo(places[24]);
    assertThat(columns[5][9]).isEqualTo(places[59]);
    assertThat(columns[5][10]).isZero();
  }
}
