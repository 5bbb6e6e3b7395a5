package org.trefoil.executor.operator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class DivideTest extends OperatorTest {
  private static final Interval A = Interval.of(-1000, 5000);
  private static final Interval B = Interval.of(-9, 70);
  private static final Interval WIDE =
      new Interval(BigInteger.ONE.shiftLeft(100).negate(), BigInteger.ONE.shiftLeft(90));
  private static final Interval COUNT = Interval.of(0, 1000);

  private static List<Clear> of(long[] a, long[] b, long[] wide, long[] count) {
    return List.of(
        Clear.sums(a),
        Clear.sums(b),
        Clear.of(ColumnShape.sums(128), wide),
        Clear.of(ColumnShape.sums(128), count));
  }

  @Override
  List<List<Clear>> inputs() {
    // Halves of either sign, zero, the ends of all bounds, and 38-bit dividends by every count.
    int n = 60;
    return List.of(
        of(
            LongStream.range(0, n).map(r -> r == 7 ? -1000 : r == 8 ? 5000 : r - 30).toArray(),
            LongStream.range(0, n)
                .map(r -> r % 3 == 0 ? 2 : r % 3 == 1 ? -1 - r % 9 : 1 + r)
                .toArray(),
            LongStream.range(0, n).map(r -> (r - 20) * 0x123456789ABCL + r).toArray(),
            LongStream.range(0, n).map(r -> r == 5 ? 1000 : 1 + r).toArray()),
        of(new long[] {5}, new long[] {2}, new long[] {Long.MIN_VALUE}, new long[] {1}));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        of(new long[] {0, 0}, new long[] {1, 1}, new long[] {0, 0}, new long[] {1, 1}),
        of(
            new long[] {-1000, 5000},
            new long[] {-9, 70},
            new long[] {Long.MIN_VALUE, Long.MAX_VALUE},
            new long[] {1000, 1}));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(
        Divide.rounded(party, step.child("narrow"), (Sums) in.get(0), (Sums) in.get(1), A, B),
        Divide.rounded(party, step.child("wide"), (Sums) in.get(2), (Sums) in.get(3), WIDE, COUNT));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .mapToObj(
            r ->
                List.of(
                    quotient(in.get(0).at(r), in.get(1).at(r)),
                    quotient(in.get(2).at(r), in.get(3).at(r))))
        .toList();
  }

  private static long quotient(long a, long b) {
    return BigDecimal.valueOf(a)
        .divide(BigDecimal.valueOf(b), 0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    return Divide.cost(n, 64, A, B, Link.LAN).then(Divide.cost(n, 128, WIDE, COUNT, Link.LAN));
  }
}
