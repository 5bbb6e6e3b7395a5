package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The join of a PK side whose owner delivers it in key order. */
class JoinPkFkInKeyOrderTest extends JoinPkFkTest {
  @Override
  boolean inKeyOrder() {
    return true;
  }

  @Override
  List<List<Clear>> inputs() {
    return super.inputs().stream().map(JoinPkFkInKeyOrderTest::ordered).toList();
  }

  private static List<Clear> ordered(List<Clear> in) {
    int[] order =
        IntStream.range(0, in.get(0).rows())
            .boxed()
            .sorted((a, b) -> Long.compare(in.get(0).at(a), in.get(0).at(b)))
            .mapToInt(r -> r)
            .toArray();
    List<Clear> all = new ArrayList<>();
    for (int c = 0; c < in.size(); c++) {
      Clear column = in.get(c);
      all.add(
          c >= 4
              ? column
              : new Clear(
                  column.shape(),
                  IntStream.of(order)
                      .mapToObj(r -> column.values()[r])
                      .toArray(BigInteger[]::new)));
    }
    return all;
  }
}
