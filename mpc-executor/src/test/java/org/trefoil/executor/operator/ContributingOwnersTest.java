package org.trefoil.executor.operator;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

class ContributingOwnersTest extends OperatorTest {
  private static final int LEAST = 2;
  private static final int MOST = 200;

  @Override
  List<List<Clear>> inputs() {
    // Valid, then the rows of three owners.
    int n = 40;
    return List.of(
        List.of(
            Clear.bits(IntStream.range(0, n).map(r -> r % 7 == 6 ? 0 : 1).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 2 == 0 ? 0 : 200).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 3).toArray()),
            Clear.sums(LongStream.range(0, n).map(r -> r % 5 == 0 ? 128 : 0).toArray())),
        List.of(Clear.bits(1), Clear.sums(200), Clear.sums(0), Clear.sums(0)),
        List.of(Clear.bits(1), Clear.sums(0), Clear.sums(1), Clear.sums(1)),
        List.of(Clear.bits(1, 1), Clear.sums(0, 0), Clear.sums(0, 1), Clear.sums(0, 0)),
        List.of(Clear.bits(0, 1), Clear.sums(0, 3), Clear.sums(0, 1), Clear.sums(0, 0)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.bits(1, 1), Clear.sums(0, 9), Clear.sums(0, 1), Clear.sums(0, 200)),
        List.of(Clear.bits(0, 0), Clear.sums(200, 0), Clear.sums(7, 7), Clear.sums(9, 9)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    return List.of(
        ContributingOwners.enough(
            party,
            step,
            (Bits) in.get(0),
            in.subList(1, 4).stream().map(Sums.class::cast).toList(),
            LEAST,
            orNone(in.get(0).rows()),
            MOST));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .mapToObj(
            r -> {
              long owners = in.subList(1, 4).stream().filter(rows -> rows.at(r) > 0).count();
              boolean none = owners == 0 && orNone(in.get(0).rows());
              return List.of(in.get(0).bit(r) && (owners >= LEAST || none) ? 1L : 0L);
            })
        .toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    return ContributingOwners.cost(
        in.get(0).rows(), 3, LEAST, orNone(in.get(0).rows()), MOST, Link.LAN);
  }

  /** Inputs of two rows ask for none or enough. */
  private static boolean orNone(int rows) {
    return rows == 2;
  }
}
