package org.trefoil.executor.operator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.IntStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class RoundToTest extends OperatorTest {
  private static final Interval OF = Interval.of(-2_000, 5_000);
  private static final BigInteger UNIT = BigInteger.valueOf(10);

  @Override
  List<List<Clear>> inputs() {
    return List.of(
        List.of(Clear.sums(0, 1, 4, 5, 6, 9, 10, 14, 15, -1, -4, -5, -6, -14, -15, -2_000, 5_000)),
        List.of(Clear.sums(4_995)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(List.of(Clear.sums(0, 0, 0)), List.of(Clear.sums(-2_000, 4_999, 7)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(RoundTo.multiples(party, step, (Sums) in.get(0), OF, UNIT));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .mapToObj(
            r ->
                List.of(
                    BigDecimal.valueOf(in.get(0).at(r))
                            .divide(new BigDecimal(UNIT), 0, RoundingMode.HALF_UP)
                            .longValueExact()
                        * UNIT.longValue()))
        .toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    return RoundTo.cost(in.get(0).rows(), 64, OF, UNIT, Link.LAN);
  }
}
