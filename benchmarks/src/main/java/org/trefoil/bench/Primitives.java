package org.trefoil.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.LessThan;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Shuffle;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The protocols that operators are made of, each on whole columns. */
final class Primitives {
  /** The seven that ORQ measures come first. */
  static final List<Workload> ALL =
      List.of(
          new Workload(
              "and",
              Primitives::words,
              (p, s, in) -> List.of(And.words(p, s, (Words) in.get(0), (Words) in.get(1))),
              (in, out) -> rows(in, out, (x, y) -> x & y)),
          new Workload(
              "multiply",
              Primitives::sums,
              (p, s, in) -> List.of(Multiply.sums(p, s, (Sums) in.get(0), (Sums) in.get(1))),
              (in, out) -> rows(in, out, (x, y) -> x * y)),
          new Workload(
              "equality",
              Primitives::oftenEqual,
              (p, s, in) -> List.of(Equality.words(p, s, (Words) in.get(0), (Words) in.get(1))),
              (in, out) -> rows(in, out, (x, y) -> x == y ? 1 : 0)),
          new Workload(
              "greater-than",
              Primitives::words,
              (p, s, in) -> List.of(LessThan.words(p, s, (Words) in.get(1), (Words) in.get(0))),
              (in, out) -> rows(in, out, (x, y) -> Long.compareUnsigned(x, y) > 0 ? 1 : 0)),
          new Workload(
              "add",
              Primitives::sums,
              (p, s, in) -> List.of(Local.plus((Sums) in.get(0), (Sums) in.get(1))),
              (in, out) -> rows(in, out, Long::sum)),
          new Workload(
              "less-than",
              Primitives::words,
              (p, s, in) -> List.of(LessThan.words(p, s, (Words) in.get(0), (Words) in.get(1))),
              (in, out) -> rows(in, out, (x, y) -> Long.compareUnsigned(x, y) < 0 ? 1 : 0)),
          new Workload(
              "inner-product",
              Primitives::sums,
              (p, s, in) -> {
                Sums products =
                    Local.runningSum(Multiply.sums(p, s, (Sums) in.get(0), (Sums) in.get(1)));
                return List.of(Local.slice(products, products.rows() - 1, products.rows()));
              },
              Primitives::isInnerProduct),
          new Workload(
              "bit-to-arithmetic",
              (rows, width) -> List.of(Generated.bits("bit", rows)),
              (p, s, in) -> List.of(BitToArithmetic.convert(p, s, (Bits) in.get(0), 64)),
              (in, out) ->
                  all(out.get(0).rows(), r -> value(out.get(0), r) == value(in.get(0), r))),
          new Workload(
              "arithmetic-to-boolean",
              (rows, width) -> sums(rows, width).subList(0, 1),
              (p, s, in) -> List.of(ArithmeticToBoolean.convert(p, s, (Sums) in.get(0), 64)),
              (in, out) ->
                  all(out.get(0).rows(), r -> value(out.get(0), r) == value(in.get(0), r))),
          new Workload(
              "shuffle",
              Primitives::words,
              (p, s, in) -> Shuffle.columns(p, s, in),
              Primitives::isShuffled));

  private Primitives() {}

  private static List<ClearColumn> words(int rows, int width) {
    return List.of(Generated.words("x", rows, width), Generated.words("y", rows, width));
  }

  private static List<ClearColumn> oftenEqual(int rows, int width) {
    ClearColumn x = Generated.words("x", rows, width);
    long[] y = x.limbs()[0].clone();
    for (int r = 0; r < rows; r += 2) {
      y[r] ^= 1L << r % width;
    }
    return List.of(x, Generated.words(width, y));
  }

  private static List<ClearColumn> sums(int rows, int width) {
    return List.of(
        Generated.sums("x", rows, Long.MAX_VALUE), Generated.sums("y", rows, Long.MAX_VALUE));
  }

  static long value(ClearColumn column, int row) {
    return column.shape().kind() == ColumnShape.Kind.BITS
        ? Generated.bit(column, row) ? 1 : 0
        : column.limbs()[0][row];
  }

  private static boolean rows(
      List<ClearColumn> in, List<ClearColumn> out, LongBinaryOperator clear) {
    return all(
        in.get(0).rows(),
        r -> value(out.get(0), r) == clear.applyAsLong(value(in.get(0), r), value(in.get(1), r)));
  }

  private interface RowTest {
    boolean holds(int row);
  }

  private static boolean all(int rows, RowTest test) {
    for (int r = 0; r < rows; r++) {
      if (!test.holds(r)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isInnerProduct(List<ClearColumn> in, List<ClearColumn> out) {
    long sum = 0;
    for (int r = 0; r < in.get(0).rows(); r++) {
      sum += value(in.get(0), r) * value(in.get(1), r);
    }
    return value(out.get(0), 0) == sum;
  }

  /** The rows are the same, moved alike in both columns. */
  private static boolean isShuffled(List<ClearColumn> in, List<ClearColumn> out) {
    return Arrays.equals(sortedRows(in), sortedRows(out));
  }

  private static long[] sortedRows(List<ClearColumn> columns) {
    long[] rows = columns.get(0).limbs()[0].clone();
    for (int r = 0; r < rows.length; r++) {
      rows[r] = rows[r] * 0x9e3779b97f4a7c15L + columns.get(1).limbs()[0][r];
    }
    Arrays.sort(rows);
    return rows;
  }
}
