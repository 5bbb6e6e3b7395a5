package org.trefoil.executor.operator;

import java.util.List;
import java.util.stream.IntStream;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

class FilterRowsTest extends OperatorTest {
  @Override
  List<List<Clear>> inputs() {
    // valid, yes, no: neither is NULL.
    int[] bits = IntStream.range(0, 66).map(i -> i % 2).toArray();
    int[] other = IntStream.range(0, 66).map(i -> i / 3 % 2).toArray();
    return List.of(List.of(Clear.bits(bits), Clear.bits(other), Clear.bits(new int[66])));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.bits(1, 1), Clear.bits(1, 1), Clear.bits(0, 0)),
        List.of(Clear.bits(0, 0), Clear.bits(0, 0), Clear.bits(0, 1)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> inputs) {
    Truth condition = new Truth((Bits) inputs.get(1), (Bits) inputs.get(2));
    return List.of(FilterRows.filter(party, step, (Bits) inputs.get(0), condition));
  }

  @Override
  List<List<Long>> expected(List<Clear> inputs) {
    return IntStream.range(0, inputs.get(0).rows())
        .mapToObj(r -> List.of(inputs.get(0).at(r) * inputs.get(1).at(r)))
        .toList();
  }

  @Override
  Cost cost(List<Clear> inputs) {
    return FilterRows.cost(inputs.get(0).rows());
  }
}
