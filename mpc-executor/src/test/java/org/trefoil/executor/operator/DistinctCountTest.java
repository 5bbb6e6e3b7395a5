package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

class DistinctCountTest extends OperatorTest {
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
            step.child("order"),
            (Bits) in.get(0),
            (Words) in.get(1),
            (Words) in.get(2),
            List.of(in.get(1), in.get(4), in.get(0)));
    DistinctCount.Marks marks =
        DistinctCount.marks(
            party,
            step.child("marks"),
            order,
            List.of((Bits) order.payload().get(1), (Bits) order.payload().get(2)));
    return List.of(
        order.real(),
        order.payload().get(0),
        order.suffix(),
        marks.firsts(),
        marks.fulfilled().get(0),
        marks.fulfilled().get(1));
  }

  @Override
  List<List<Long>> normal(List<List<Long>> rows) {
    return rows.stream().filter(row -> row.get(0) == 1 && row.get(3) == 1).toList();
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> expected = new ArrayList<>();
    GroupTables.groups(in)
        .forEach(
            (key, rows) ->
                rows.stream()
                    .map(r -> in.get(2).at(r))
                    .filter(suffix -> suffix >= 8)
                    .distinct()
                    .sorted()
                    .forEach(
                        suffix ->
                            expected.add(
                                List.of(
                                    1L,
                                    key,
                                    suffix,
                                    1L,
                                    rows.stream()
                                            .anyMatch(
                                                r -> in.get(2).at(r) == suffix && in.get(4).bit(r))
                                        ? 1L
                                        : 0L,
                                    1L))));
    return expected;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    return GroupOrder.cost(
            n,
            GroupTables.KEY,
            GroupTables.SUFFIX,
            List.of(in.get(1).shape(), ColumnShape.BIT, ColumnShape.BIT),
            Link.LAN)
        .then(DistinctCount.cost(n, 1 + GroupTables.KEY + GroupTables.SUFFIX, 2));
  }
}
