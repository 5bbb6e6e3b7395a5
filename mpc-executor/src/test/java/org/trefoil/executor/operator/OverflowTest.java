package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/** Columns: valid, a number that may not fit TINYINT, present. */
class OverflowTest extends OperatorTest {
  private static final Interval RANGE = Interval.of(-1000, 1000);

  @Override
  List<List<Clear>> inputs() {
    int n = 21;
    long[] values = LongStream.range(0, n).map(r -> r % 2 == 0 ? 127 : -128).toArray();
    long[] outside = values.clone();
    outside[3] = 900;
    outside[4] = -900;
    // What does not fit lies in an invalid row and in a NULL one.
    return List.of(
        List.of(
            Clear.bits(IntStream.range(0, n).map(r -> r == 3 ? 0 : 1).toArray()),
            Clear.sums(outside),
            Clear.bits(IntStream.range(0, n).map(r -> r == 4 ? 0 : 1).toArray())));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.bits(1, 1), Clear.sums(1, 2), Clear.bits(1, 1)),
        List.of(Clear.bits(0, 0), Clear.sums(999, -999), Clear.bits(0, 1)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    Overflow overflow = new Overflow(party);
    overflow.among((Bits) in.get(0));
    overflow.check(
        step.child("check"), (Sums) in.get(1), RANGE, DataType.TINYINT, (Bits) in.get(2));
    overflow.raise(step.child("raise"));
    return List.of(in.get(1));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(1).rows()).mapToObj(r -> List.of(in.get(1).at(r))).toList();
  }

  @Override
  boolean drawsShares() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    return Overflow.cost(in.get(0).rows(), RANGE, DataType.TINYINT, Link.LAN);
  }

  @Test
  void failsWithoutPlaceOrValue() {
    for (long value : new long[] {128, -129}) {
      TestWorld world = TestWorld.fresh();
      List<Sums> sums = world.sums(0, value, 0);
      assertThatThrownBy(
              () ->
                  world.run(
                      (party, step) -> {
                        Overflow overflow = new Overflow(party);
                        overflow.check(
                            step.child("check"),
                            sums.get(party.id()),
                            RANGE,
                            DataType.TINYINT,
                            null);
                        overflow.raise(step.child("raise"));
                        return 0;
                      }))
          .hasMessageContaining("TREFOIL_ARITHMETIC_OVERFLOW")
          .hasMessageContaining("TINYINT")
          .hasMessageNotContaining(String.valueOf(value));
    }
  }
}
