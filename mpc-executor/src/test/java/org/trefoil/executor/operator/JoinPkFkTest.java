package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class JoinPkFkTest extends OperatorTest {
  private static final int WIDTH = 12;

  /**
   * Columns: key, valid, a word and a number of the PK side; key, valid, a number of the FK side.
   */
  private static List<Clear> tables(long[] pk, int[] pkValid, long[] fk, int[] fkValid) {
    return List.of(
        Clear.words(WIDTH, pk),
        Clear.bits(pkValid),
        Clear.words(70, LongStream.of(pk).map(k -> k * 3).toArray()),
        Clear.sums(LongStream.of(pk).map(k -> -k).toArray()),
        Clear.words(WIDTH, fk),
        Clear.bits(fkValid),
        Clear.sums(LongStream.range(0, fk.length).toArray()));
  }

  @Override
  List<List<Clear>> inputs() {
    Prg random = TestWorld.fresh().data("join");
    List<List<Clear>> all = new ArrayList<>();
    for (int[] size : new int[][] {{40, 60}, {1, 1}, {1, 30}, {70, 5}}) {
      // Distinct PK keys in any order.
      long[] pk = LongStream.range(0, size[0]).map(k -> (k * 37 + 11) % 1009).toArray();
      long[] fk = new long[size[1]];
      for (int r = 0; r < fk.length; r++) {
        fk[r] = random.below(3) == 0 ? random.below(2000) : pk[random.below(pk.length)];
      }
      all.add(
          tables(
              pk,
              IntStream.range(0, pk.length).map(r -> random.below(5) == 0 ? 0 : 1).toArray(),
              fk,
              IntStream.range(0, fk.length).map(r -> random.below(5) == 0 ? 0 : 1).toArray()));
    }
    return all;
  }

  @Override
  List<List<Clear>> alike() {
    // (key, side) has the same order in each: all match, none match, none valid.
    long[] pk = LongStream.range(0, 20).map(k -> 10 * k).toArray();
    long[] matching = LongStream.range(0, 30).map(r -> 10 * (r / 2)).toArray();
    long[] between = LongStream.range(0, 30).map(r -> 10 * (r / 2) + 1).toArray();
    int[] valid = IntStream.range(0, 30).map(r -> 1).toArray();
    int[] pkValid = IntStream.range(0, 20).map(r -> 1).toArray();
    return List.of(
        tables(pk, pkValid, matching, valid),
        tables(pk, pkValid, between, valid),
        tables(pk, new int[20], matching, new int[30]));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    JoinPkFk.Side pk =
        new JoinPkFk.Side((Words) in.get(0), (Bits) in.get(1), List.of(in.get(2), in.get(3)));
    JoinPkFk.Side fk = new JoinPkFk.Side((Words) in.get(4), (Bits) in.get(5), List.of(in.get(6)));
    JoinPkFk.Joined joined = JoinPkFk.join(party, step, pk, inKeyOrder(), fk);
    List<SharedColumn> all = new ArrayList<>(List.of(joined.valid()));
    all.addAll(joined.pk());
    all.addAll(joined.fk());
    return all;
  }

  boolean inKeyOrder() {
    return false;
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    // Every row lies where its FK row lay.
    assertThat(rows.stream().map(row -> row.get(3)))
        .containsExactlyElementsOf(LongStream.range(0, rows.size()).boxed().toList());
    return rows.stream().filter(row -> row.get(0) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < in.get(4).rows(); r++) {
      for (int l = 0; l < in.get(0).rows(); l++) {
        if (in.get(0).at(l) == in.get(4).at(r) && in.get(1).bit(l) && in.get(5).bit(r)) {
          rows.add(List.of(1L, in.get(2).at(l), in.get(3).at(l), in.get(6).at(r)));
        }
      }
    }
    return rows;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    return JoinPkFk.cost(
        in.get(0).rows(),
        in.get(4).rows(),
        WIDTH,
        List.of(ColumnShape.words(70), ColumnShape.sums(64)),
        inKeyOrder(),
        Link.LAN);
  }
}
