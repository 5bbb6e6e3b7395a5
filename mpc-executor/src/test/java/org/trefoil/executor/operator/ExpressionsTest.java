package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.clear.ClearExpressions;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Columns: a (INT, nullable, -20 to 20), b (INT, nullable, the same range), c (BOOLEAN, nullable),
 * d (BOOLEAN, not NULL).
 */
class ExpressionsTest extends OperatorTest {
  private static final Slot SLOT = new Slot(BigInteger.valueOf(-20), 6);
  private static final Expr A = new Expr.FieldRef(0, DataType.INT, true);
  private static final Expr B = new Expr.FieldRef(1, DataType.INT, true);
  private static final Expr C = new Expr.FieldRef(2, DataType.BOOLEAN, true);
  private static final Expr D = new Expr.FieldRef(3, DataType.BOOLEAN, false);

  private static final List<Expr> CONDITIONS =
      List.of(
          bool(Function.AND, C, D),
          bool(Function.AND, C, bool(Function.LESS, A, B)),
          bool(Function.OR, C, D),
          bool(Function.OR, bool(Function.NOT, C), bool(Function.GREATER, A, number(3))),
          bool(Function.NOT, C),
          bool(Function.EQUAL, A, B),
          bool(Function.NULL_SAFE_EQUAL, A, B),
          bool(Function.NULL_SAFE_EQUAL, C, D),
          bool(Function.LESS_OR_EQUAL, A, B),
          bool(Function.GREATER_OR_EQUAL, A, B),
          bool(Function.LESS, A, number(-20)),
          bool(Function.LESS, A, number(-50)),
          bool(Function.LESS, A, number(50)),
          bool(Function.GREATER, A, number(50)),
          bool(Function.GREATER, A, number(20)),
          bool(Function.LESS_OR_EQUAL, number(5), A),
          bool(Function.EQUAL, number(5), A),
          bool(Function.EQUAL, A, number(500)),
          bool(Function.EQUAL, A, new Expr.Literal(DataType.INT, null)),
          bool(Function.IS_NULL, A),
          bool(Function.IS_NOT_NULL, C),
          bool(Function.IS_NOT_NULL, D),
          bool(Function.LESS, call(Function.ADD, A, B), number(7)),
          bool(Function.EQUAL, call(Function.SUBTRACT, A, B), call(Function.MULTIPLY, A, B)),
          bool(Function.LESS, C, D),
          bool(Function.CASE, C, D, bool(Function.LESS, A, B), C, D),
          bool(Function.COALESCE, C, D),
          bool(Function.COALESCE, C, bool(Function.LESS, A, B)));

  private static final List<Expr> NUMBERS =
      List.of(
          A,
          call(Function.ADD, A, B),
          call(Function.SUBTRACT, A, number(9)),
          call(Function.MULTIPLY, A, B),
          call(Function.MULTIPLY, number(-3), B),
          call(Function.NEGATE, A),
          call(Function.DIVIDE, A, call(Function.ADD, call(Function.MULTIPLY, B, B), number(1))),
          call(Function.DIVIDE, number(7), call(Function.SUBTRACT, A, number(21))),
          call(Function.CASE, C, A, B),
          call(Function.CASE, C, A, D, B, number(0)),
          call(Function.CASE, D, A, new Expr.Literal(DataType.INT, null)),
          call(Function.COALESCE, A, B),
          call(Function.COALESCE, A, number(1)),
          new Expr.Call(Function.CAST, List.of(A), DataType.BIGINT, true));

  private static Expr bool(Function function, Expr... arguments) {
    return new Expr.Call(function, Arrays.asList(arguments), DataType.BOOLEAN, true);
  }

  private static Expr call(Function function, Expr... arguments) {
    return new Expr.Call(function, Arrays.asList(arguments), DataType.INT, true);
  }

  private static Expr number(long value) {
    return new Expr.Literal(DataType.INT, value);
  }

  /** The columns as they are shared: value and presence of a and b, both of c, d. */
  private static List<Clear> table(Long[] a, Long[] b, Boolean[] c, boolean[] d) {
    int n = a.length;
    int[] presentA = new int[n];
    int[] presentB = new int[n];
    long[] codeA = new long[n];
    long[] codeB = new long[n];
    long[] valueA = new long[n];
    long[] valueB = new long[n];
    int[] bitC = new int[n];
    int[] presentC = new int[n];
    int[] bitD = new int[n];
    for (int r = 0; r < n; r++) {
      presentA[r] = a[r] == null ? 0 : 1;
      presentB[r] = b[r] == null ? 0 : 1;
      codeA[r] = a[r] == null ? 0 : a[r] + 20;
      codeB[r] = b[r] == null ? 0 : b[r] + 20;
      valueA[r] = a[r] == null ? 0 : a[r];
      valueB[r] = b[r] == null ? 0 : b[r];
      bitC[r] = Boolean.TRUE.equals(c[r]) ? 1 : 0;
      presentC[r] = c[r] == null ? 0 : 1;
      bitD[r] = d[r] ? 1 : 0;
    }
    return List.of(
        Clear.words(6, codeA),
        Clear.sums(valueA),
        Clear.bits(presentA),
        Clear.words(6, codeB),
        Clear.sums(valueB),
        Clear.bits(presentB),
        Clear.bits(bitC),
        Clear.bits(presentC),
        Clear.bits(bitD));
  }

  private record Columns4(List<SharedColumn> in) implements Fields {
    @Override
    public int rows() {
      return in.get(0).rows();
    }

    @Override
    public Bits bit(int field) {
      return (Bits) in.get(field == 2 ? 6 : 8);
    }

    @Override
    public Optional<Bits> present(int field) {
      return field == 3
          ? Optional.empty()
          : Optional.of((Bits) in.get(field == 0 ? 2 : field == 1 ? 5 : 7));
    }

    @Override
    public Optional<Ordered> ordered(int field) {
      return field > 1
          ? Optional.empty()
          : Optional.of(new Ordered((Words) in.get(3 * field), SLOT));
    }

    @Override
    public Optional<Sums> sums(int field) {
      return field > 1 ? Optional.empty() : Optional.of((Sums) in.get(3 * field + 1));
    }
  }

  @Override
  List<List<Clear>> inputs() {
    Long[] values = {null, -20L, -3L, 0L, 1L, 3L, 5L, 7L, 20L};
    Boolean[] truths = {null, true, false};
    List<Long> a = new ArrayList<>();
    List<Long> b = new ArrayList<>();
    List<Boolean> c = new ArrayList<>();
    List<Boolean> d = new ArrayList<>();
    for (Long x : values) {
      for (Long y : values) {
        for (Boolean z : truths) {
          a.add(x);
          b.add(y);
          c.add(z);
          d.add(a.size() % 2 == 0);
        }
      }
    }
    boolean[] bits = new boolean[d.size()];
    for (int r = 0; r < bits.length; r++) {
      bits[r] = d.get(r);
    }
    return List.of(
        table(a.toArray(new Long[0]), b.toArray(new Long[0]), c.toArray(new Boolean[0]), bits));
  }

  @Override
  List<List<Clear>> alike() {
    return List.of(
        table(
            new Long[] {null, 3L}, new Long[] {3L, 3L}, new Boolean[] {null, true}, new boolean[2]),
        table(new Long[] {1L, 2L}, new Long[] {null, null}, new Boolean[2], new boolean[2]));
  }

  @Override
  List<SharedColumn> apply(Party party, Step step, List<SharedColumn> in) {
    Expressions expressions =
        new Expressions(
            party, step, new Columns4(in), ExpressionsTest::bounds, new Overflow(party));
    List<SharedColumn> out = new ArrayList<>();
    for (Expr condition : CONDITIONS) {
      Truth truth = expressions.condition(condition);
      out.add(truth.yes());
      out.add(truth.no() == null ? Local.not(party, truth.yes()) : truth.no());
    }
    for (Expr number : NUMBERS) {
      Numbers numbers = expressions.summable(number, 64);
      out.add(numbers.values());
      Bits present = expressions.present(number);
      out.add(present == null ? Local.constant(party, true, in.get(0).rows()) : present);
    }
    return out;
  }

  private static Interval bounds(Expr expression) {
    if (expression instanceof Expr.Literal literal) {
      return literal.value() == null
          ? Interval.of(0, 0)
          : Interval.of(BigInteger.valueOf((Long) literal.value()));
    }
    if (expression instanceof Expr.FieldRef) {
      return Interval.of(-20, 20);
    }
    return Interval.of(-1000, 1000);
  }

  @Override
  List<List<Long>> expected(List<Clear> in) {
    List<List<Long>> rows = new ArrayList<>();
    for (int r = 0; r < in.get(0).rows(); r++) {
      List<Object> row =
          Arrays.asList(
              in.get(2).bit(r) ? (Object) in.get(1).at(r) : null,
              in.get(5).bit(r) ? (Object) in.get(4).at(r) : null,
              in.get(7).bit(r) ? (Object) in.get(6).bit(r) : null,
              in.get(8).bit(r));
      List<Long> values = new ArrayList<>();
      for (Expr condition : CONDITIONS) {
        Object value = ClearExpressions.evaluate(condition, row);
        values.add(Boolean.TRUE.equals(value) ? 1L : 0L);
        values.add(Boolean.FALSE.equals(value) ? 1L : 0L);
      }
      for (Expr number : NUMBERS) {
        Object value = ClearExpressions.evaluate(number, row);
        values.add(value == null ? 0L : (Long) value);
        values.add(value == null ? 0L : 1L);
      }
      rows.add(values);
    }
    return rows;
  }

  @Override
  boolean exact() {
    return false;
  }

  @Override
  boolean drawsShares() {
    return false; // a reference to a column is the column itself
  }

  @Override
  Cost cost(List<Clear> in) {
    Cost cost = Cost.NONE;
    for (Expr e : CONDITIONS) {
      cost = cost.then(Expressions.cost(e, in.get(0).rows(), 6, 64, Link.LAN));
    }
    for (Expr e : NUMBERS) {
      cost = cost.then(Expressions.cost(e, in.get(0).rows(), 6, 64, Link.LAN));
    }
    return cost;
  }
}
