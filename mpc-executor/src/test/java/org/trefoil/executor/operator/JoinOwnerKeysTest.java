package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.KeyTable;
import org.trefoil.share.random.Prg;

class JoinOwnerKeysTest extends OperatorTest {
  private static final int WIDTH = 12;
  private static final long DUMMY = 1L << (WIDTH - 1);

  /** Three bins of a key, as if by a hash. */
  private static int[] probes(long key, int bins) {
    int first = (int) (key * 31 % bins);
    int second = (int) (first + 1 + key * 7 % (bins - 2)) % bins;
    int third = 0;
    while (third == first || third == second) {
      third++;
    }
    return new int[] {first, second, third};
  }

  private static int[] probes(long[] keys, int bins) {
    int[] all = new int[3 * keys.length];
    for (int k = 0; k < keys.length; k++) {
      System.arraycopy(probes(keys[k], bins), 0, all, 3 * k, 3);
    }
    return all;
  }

  /**
   * Columns: key, valid, words and a number of each bin; key, valid, a number of the FK side;
   * places.
   */
  private static List<Clear> tables(
      int bins, long[] pk, boolean pkValid, long[] fk, int[] fkValid, long[] placedKeys) {
    int[] at = KeyTable.fill(probes(pk, bins), bins);
    long[] keys = LongStream.range(0, bins).map(b -> DUMMY | b).toArray();
    int[] valid = new int[bins];
    for (int k = 0; k < pk.length; k++) {
      keys[at[k]] = pk[k];
      valid[at[k]] = pkValid && pk[k] % 5 != 0 ? 1 : 0;
    }
    int[] places = KeyTable.places(probes(placedKeys, bins), bins);
    return List.of(
        Clear.words(WIDTH, keys),
        Clear.bits(valid),
        Clear.words(70, LongStream.of(keys).map(k -> k * 3).toArray()),
        Clear.bits(LongStream.of(keys).mapToInt(k -> (int) (k >> 1 & 1)).toArray()),
        Clear.sums(LongStream.of(keys).map(k -> -k).toArray()),
        Clear.words(WIDTH, fk),
        Clear.bits(fkValid),
        Clear.sums(LongStream.range(0, fk.length).toArray()),
        Clear.words(
            JoinOwnerKeys.placeWidth(bins, fk.length),
            Arrays.stream(places).asLongStream().toArray()));
  }

  @Override
  List<List<Clear>> inputs() {
    Prg random = TestWorld.fresh().data("join");
    List<List<Clear>> all = new ArrayList<>();
    for (int[] size : new int[][] {{40, 60}, {3, 1}, {5, 200}, {70, 20}}) {
      long[] pk = LongStream.range(0, size[0]).map(k -> (k * 37 + 11) % 1009).toArray();
      long[] fk = new long[size[1]];
      int[] valid = new int[size[1]];
      for (int r = 0; r < fk.length; r++) {
        fk[r] = random.below(3) == 0 ? random.below(1009) : pk[random.below(pk.length)];
        valid[r] = random.below(5) == 0 ? 0 : 1;
      }
      all.add(tables(2 * size[0] + 3, pk, true, fk, valid, fk));
    }
    return all;
  }

  @Override
  List<List<Clear>> alike() {
    // The same places in each; all match, none match, none valid.
    long[] pk = LongStream.range(0, 20).map(k -> 3 * k).toArray();
    long[] fk = LongStream.range(0, 30).map(r -> 3 * (r / 2)).toArray();
    long[] between = LongStream.range(0, 30).map(r -> 3 * (r / 2) + 1).toArray();
    int[] ones = new int[30];
    Arrays.fill(ones, 1);
    return List.of(
        tables(45, pk, true, fk, ones, fk),
        tables(45, pk, true, between, ones, fk),
        tables(45, pk, false, fk, new int[30], fk));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    JoinPkFk.Side bins =
        new JoinPkFk.Side((Words) in.get(0), (Bits) in.get(1), List.copyOf(in.subList(2, 5)));
    JoinPkFk.Side fk = new JoinPkFk.Side((Words) in.get(5), (Bits) in.get(6), List.of(in.get(7)));
    JoinPkFk.Joined joined = JoinOwnerKeys.join(party, step, bins, fk, (Words) in.get(8));
    List<SharedColumn> all = new ArrayList<>(List.of(joined.valid()));
    all.addAll(joined.pk());
    all.addAll(joined.fk());
    return all;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows.stream().filter(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    Map<Long, Integer> byKey = new HashMap<>();
    for (int b = 0; b < in.get(0).rows(); b++) {
      if (in.get(1).bit(b)) {
        byKey.put(in.get(0).at(b), b);
      }
    }
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < in.get(5).rows(); r++) {
      Integer b = in.get(6).bit(r) ? byKey.get(in.get(5).at(r)) : null;
      if (b != null) {
        rows.add(List.of(1L, in.get(2).at(b), in.get(3).at(b), in.get(4).at(b), in.get(7).at(r)));
      }
    }
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return JoinOwnerKeys.cost(
        in.get(0).rows(),
        in.get(5).rows(),
        WIDTH,
        List.of(ColumnShape.words(70), ColumnShape.BIT, ColumnShape.sums(64)));
  }

  @Test
  void sendsTheSameWhateverTheKeys() {
    long[] pk = LongStream.range(0, 20).map(k -> 3 * k).toArray();
    int[] ones = new int[30];
    Arrays.fill(ones, 1);
    List<List<Clear>> inputs = new ArrayList<>();
    for (long step : new long[] {0, 1, 3}) {
      long[] fk = LongStream.range(0, 30).map(r -> step * r).toArray();
      inputs.add(tables(45, pk, true, fk, ones, fk));
    }
    var first = run(TestWorld.seeded(5), inputs.get(0));
    for (List<Clear> input : inputs) {
      var run = run(TestWorld.seeded(5), input);
      assertThat(run.transcript).isEqualTo(first.transcript);
      // What is opened of the bins is that they are in order, whatever the places are.
      assertThat(run.opened.size()).isEqualTo(first.opened.size());
    }
  }

  @Test
  void aUniqueJoinWithSumHasEighteenRounds() {
    int rows = 1 << 20;
    int bins = org.trefoil.api.plan.OwnerKeys.bins(rows);
    Cost cost =
        JoinOwnerKeys.cost(bins, rows, 33, List.of(ColumnShape.sums(64)))
            .then(GlobalAggregate.costOfSum(rows, 64));
    assertThat(cost.rounds()).isEqualTo(18);
    double average = (cost.bytes0() + cost.bytes1() + cost.bytes2()) / 3.0;
    assertThat(average / rows).isLessThan(256);
  }

  @Test
  void refusesBinsOutOfOrder() {
    List<Clear> good = inputs().get(0);
    long[] places = new long[good.get(8).rows()];
    for (int k = 0; k < places.length; k++) {
      places[k] = good.get(8).at(k);
    }
    long swapped = places[3];
    places[3] = places[5];
    places[5] = swapped;
    List<Clear> bad = new ArrayList<>(good.subList(0, 8));
    bad.add(Clear.words(good.get(8).shape().width(), places));
    assertThatThrownBy(() -> run(TestWorld.fresh(), bad))
        .hasStackTraceContaining("shared places out of order");
  }
}
