package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

class GroupOrderTest extends OperatorTest {
  @Override
  List<List<Clear>> inputs() {
    return GroupTables.inputs();
  }

  @Override
  List<List<Clear>> alike() {
    return GroupTables.alike();
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    GroupOrder order =
        GroupOrder.of(
            party,
            step,
            (Bits) in.get(0),
            (Words) in.get(1),
            (Words) in.get(2),
            List.of(in.get(3)));
    return List.of(order.real(), order.end(), order.suffix(), order.payload().get(0));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<Integer> rows =
        IntStream.range(0, in.get(0).rows())
            .boxed()
            .sorted(
                Comparator.<Integer, Long>comparing(r -> -in.get(0).at(r))
                    .thenComparing(r -> in.get(1).at(r))
                    .thenComparing(r -> in.get(2).at(r)))
            .toList();
    List<List<Long>> expected = new ArrayList<>();
    for (int k = 0; k < rows.size(); k++) {
      int r = rows.get(k);
      boolean last =
          k + 1 == rows.size()
              || in.get(1).at(rows.get(k + 1)) != in.get(1).at(r)
              || !in.get(0).bit(rows.get(k + 1));
      expected.add(
          List.of(in.get(0).at(r), last ? in.get(0).at(r) : 0, in.get(2).at(r), in.get(3).at(r)));
    }
    return expected;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    return GroupOrder.cost(
        in.get(0).rows(),
        GroupTables.KEY,
        GroupTables.SUFFIX,
        List.of(ColumnShape.sums(64)),
        Link.LAN);
  }
}
