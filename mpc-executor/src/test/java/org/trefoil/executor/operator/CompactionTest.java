package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;

class CompactionTest extends OperatorTest {
  @Override
  List<List<Clear>> inputs() {
    return List.of(
        List.of(
            Clear.bits(0, 1, 1, 0, 1), Clear.words(40, 1, 2, 3, 4, 5), Clear.sums(-1, 2, 3, 4, 5)),
        List.of(Clear.bits(1), Clear.words(40, 9), Clear.sums(9)),
        List.of(Clear.bits(0, 0, 0), Clear.words(40, 1, 2, 3), Clear.sums(1, 2, 3)));
  }

  @Override
  List<List<Clear>> alike() {
    // All kept, none kept, the first kept: in each no row moves.
    return List.of(
        List.of(Clear.bits(1, 1, 1, 1), Clear.sums(1, 2, 3, 4)),
        List.of(Clear.bits(0, 0, 0, 0), Clear.sums(0, 0, 0, 0)),
        List.of(Clear.bits(1, 0, 0, 0), Clear.sums(Long.MIN_VALUE, -1, 5, 5)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> inputs) {
    Compaction.Compacted rows =
        Compaction.apply(party, step, (Bits) inputs.get(0), inputs.subList(1, inputs.size()));
    List<SharedColumn> all = new ArrayList<>(List.of(rows.keep()));
    all.addAll(rows.columns());
    return all;
  }

  @Override
  List<List<Long>> expected(List<Clear> inputs) {
    List<List<Long>> rows = new ArrayList<>();
    for (long kept : new long[] {1, 0}) {
      for (int r = 0; r < inputs.get(0).rows(); r++) {
        int row = r;
        if (inputs.get(0).at(r) == kept) {
          rows.add(inputs.stream().map(c -> c.at(row)).toList());
        }
      }
    }
    return rows;
  }

  @Override
  Cost cost(List<Clear> inputs) {
    return Compaction.cost(
        inputs.get(0).rows(), inputs.stream().skip(1).map(Clear::shape).toList());
  }

  @Test
  void aRowOfOneWordTakesThirtyThreeBytes() {
    Cost cost = Compaction.cost(1 << 20, List.of(ColumnShape.words(64)));
    assertThat(cost.rounds()).isEqualTo(6);
    double average = (cost.bytes0() + cost.bytes1() + cost.bytes2()) / 3.0;
    assertThat(average / (1 << 20)).isLessThan(33);
  }
}
