package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.api.plan.Slot;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

class ReencodeTest extends OperatorTest {
  private static final Slot SLOT = new Slot(BigInteger.valueOf(-100), 9);

  @Override
  List<List<Clear>> inputs() {
    return List.of(
        List.of(
            Clear.sums(LongStream.range(-100, 300).toArray()),
            Clear.words(9, LongStream.range(0, 400).toArray())),
        List.of(Clear.sums(-1), Clear.words(9, 511)));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        List.of(Clear.sums(0, 0), Clear.words(9, 0, 0)),
        List.of(Clear.sums(-100, 411), Clear.words(9, 0, 511)));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    Sums sums = (Sums) in.get(0);
    return List.of(
        Reencode.toOrdered(party, step.child("ordered"), sums, SLOT),
        Reencode.toSums(party, step.child("sums"), (Words) in.get(1), SLOT, 128),
        Reencode.toRing(party, step.child("ring"), sums, 128));
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    return IntStream.range(0, in.get(0).rows())
        .mapToObj(r -> List.of(in.get(0).at(r) + 100, in.get(1).at(r) - 100, in.get(0).at(r)))
        .toList();
  }

  @Override
  Cost cost(List<Clear> in) {
    int n = in.get(0).rows();
    return Reencode.costToOrdered(n, 9, Link.LAN)
        .then(Reencode.costToSums(n, 9, 128))
        .then(Reencode.costToOrdered(n, 64, Link.LAN))
        .then(Reencode.costToSums(n, 64, 128));
  }
}
