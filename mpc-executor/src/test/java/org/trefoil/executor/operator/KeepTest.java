package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.governance.TestPermits;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

class KeepTest extends OperatorTest {
  @Override
  List<List<Clear>> inputs() {
    return RevealTest.someRows();
  }

  @Override
  List<List<Clear>> alike() {
    int[] valid = IntStream.range(0, 70).map(r -> r % 5 == 0 ? 1 : 0).toArray();
    return List.of(RevealTest.rows(valid, 0), RevealTest.rows(new int[70], 1 << 20));
  }

  @Override
  List<? extends SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return Keep.columns(
        party, step, TestPermits.fresh(), (Bits) in.get(0), in.subList(1, in.size()));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      boolean valid = in.get(0).bit(r);
      rows.add(valid ? List.of(in.get(1).at(r), in.get(2).at(r)) : List.of(0L, 0L));
    }
    return rows;
  }

  @Override
  Cost cost(List<Clear> in) {
    return Keep.cost(in.get(0).rows(), in.stream().skip(1).map(Clear::shape).toList());
  }

  @Test
  void needsAPermitThatIsNotSpent() {
    TestWorld world = TestWorld.fresh();
    List<Bits> valid = world.bits(true, false);
    RevealPermit permit = TestPermits.fresh();
    permit.spend();
    assertThatThrownBy(
            () ->
                world.run(
                    (party, step) ->
                        Keep.columns(party, step, permit, valid.get(party.id()), List.of())))
        .hasMessageContaining("permit is spent");
  }
}
