package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

class DifferencesTest {
  private static final Set<String> X = Set.of("north.people.x");
  private static final int COLUMNS = 4;
  private static final List<Function> COMPARISONS =
      List.of(Function.LESS, Function.LESS_OR_EQUAL, Function.GREATER, Function.GREATER_OR_EQUAL);

  @Test
  void asksForTheRowsThatAConditionLeavesOut() {
    Expr c = equal(0, 1);
    List<List<Expr>> pieces = pieces(all(X), of(X, c));
    assertThat(pieces.get(0)).as("a value over all rows is shown").isEmpty();
    assertThat(pieces.get(1)).containsExactly(c, not(c));
  }

  @Test
  void asksForNothingWhereNoDifferenceTells() {
    assertThat(pieces(of(X, equal(0, 1)))).as("alone").containsExactly(List.of());
    assertThat(pieces(of(X, equal(0, 1)), of(X, equal(0, 1)), of(X, filtered(equal(0, 1)))))
        .as("over the same rows")
        .containsOnly(List.of());
    assertThat(pieces(of(X, equal(0, 1)), of(X, equal(0, 2)), of(X, not(some(1)))))
        .as("of rows that may meet")
        .doesNotContain(List.of());
    assertThat(pieces(of(X, equal(0, 1)), of(X, equal(0, 2)), of(X, equal(0, 3))))
        .as("over rows that never meet")
        .containsOnly(List.of());
    assertThat(
            pieces(
                of(X, compare(Function.LESS, 3)),
                of(X, and(compare(Function.GREATER_OR_EQUAL, 3), compare(Function.LESS, 7))),
                of(X, compare(Function.GREATER_OR_EQUAL, 7))))
        .as("over bands that never meet")
        .containsOnly(List.of());
    assertThat(
            pieces(
                of(X, compare(Function.LESS_OR_EQUAL, 3)),
                of(X, compare(Function.GREATER_OR_EQUAL, 3))))
        .as("over bands that meet")
        .doesNotContain(List.of());
    assertThat(pieces(all(X), column("north.people.y", some(0))))
        .as("of columns that have nothing to do with each other")
        .containsOnly(List.of());
    assertThat(pieces(all(Set.of()), column("north.people.y", some(0))))
        .as("a count and the sum of a column")
        .containsOnly(List.of());
  }

  @Test
  void takesFunctionsOfColumnsForCounts() {
    Differences.Value length =
        new Differences.Value(List.of(some(0)), false, Set.of("north.people.y"), false, "length");
    assertThat(pieces(all(Set.of()), length).get(1)).hasSize(2);
  }

  @Test
  void cutsIntoAsManyPiecesAsThereAre() {
    List<Differences.Value> months = new ArrayList<>(List.of(all(X)));
    IntStream.rangeClosed(1, 12).forEach(month -> months.add(of(X, equal(0, month))));
    assertThat(Differences.pieces(months, Expr::nullable).get(1))
        .as("twelve months, and no month")
        .hasSize(13);
    assertThat(pieces(all(X), of(X, equal(0, 1)), of(X, and(equal(0, 1), some(1)))).get(1))
        .as("one within the other")
        .hasSize(3);
    assertThat(pieces(all(X), of(X, some(0)), of(X, not(some(0)))).get(1))
        .as("a condition and its opposite")
        .hasSize(2);
    assertThat(pieces(all(X), of(X, some(0)), of(X, some(1)), of(X, some(2))).get(1)).hasSize(8);
    assertThat(pieces(of(X, some(0)), of(X, some(1)), of(X, some(2))).get(1))
        .as("rows of which no value is")
        .hasSize(7);
  }

  @Test
  void decidesPresenceFirst() {
    Expr present = Expressions.notNull(column(0));
    List<List<Expr>> pieces =
        pieces(all(X), of(X, present), of(X, and(present, some(1))), of(X, some(2)));
    assertThat(pieces.get(1)).containsExactly(present, not(present));
    assertThat(pieces.get(2)).hasSize(6).isEqualTo(pieces.get(3));
  }

  @Test
  void refusesMorePiecesThanItCounts() {
    List<Differences.Value> values = new ArrayList<>(List.of(all(X)));
    for (int i = 0; i < 7; i++) {
      values.add(of(X, Rows.call(Function.LESS, DataType.BOOLEAN, column(0), number(i))));
    }
    assertThatThrownBy(() -> Differences.pieces(values, Expr::nullable))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.UNSUPPORTED_FUNCTION))
        .hasMessageContaining("more than 64 pieces")
        .hasMessageContaining("group by what the conditions compare");
  }

  /** Every row is in one piece, and rows in one piece agree in all conditions. */
  @Test
  void everyRowIsInOnePiece() {
    long seed = Long.getLong("trefoil.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<Differences.Value> values = new ArrayList<>(List.of(all(X)));
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        values.add(of(X, condition(random, 2)));
      }
      List<Expr> pieces =
          Differences.pieces(values, Expr::nullable).stream()
              .max((a, b) -> Integer.compare(a.size(), b.size()))
              .orElseThrow();
      if (pieces.isEmpty()) {
        continue;
      }
      for (int r = 0; r < 20; r++) {
        List<Long> row = row(random);
        List<Expr> in = pieces.stream().filter(p -> holds(p, row)).toList();
        assertThat(in).as("seed %d, round %d, row %s of %s", seed, round, row, pieces).hasSize(1);
        List<Long> other = row(random);
        if (holds(in.get(0), other)) {
          for (Differences.Value value : values) {
            for (Expr condition : value.conditions()) {
              assertThat(holds(condition, other)).isEqualTo(holds(condition, row));
            }
          }
        }
      }
    }
  }

  // ---- values and conditions

  private static List<List<Expr>> pieces(Differences.Value... values) {
    return Differences.pieces(Arrays.asList(values), Expr::nullable);
  }

  private static Differences.Value all(Set<String> columns) {
    return new Differences.Value(List.of(), true, columns, !columns.isEmpty(), "all");
  }

  private static Differences.Value of(Set<String> columns, Expr condition) {
    return new Differences.Value(List.of(condition), false, columns, true, "some");
  }

  private static Differences.Value column(String name, Expr condition) {
    return new Differences.Value(List.of(condition), false, Set.of(name), true, name);
  }

  private static Expr column(int index) {
    return new Expr.FieldRef(index, DataType.BIGINT, index % 2 == 0);
  }

  private static Expr number(long value) {
    return new Expr.Literal(DataType.BIGINT, value);
  }

  private static Expr bool(Boolean value) {
    return new Expr.Literal(DataType.BOOLEAN, value);
  }

  /** Is never NULL. */
  private static Expr equal(int index, long value) {
    Expr equal = Rows.call(Function.EQUAL, DataType.BOOLEAN, column(index), number(value));
    return equal.nullable()
        ? new Expr.Call(Function.COALESCE, List.of(equal, bool(false)), DataType.BOOLEAN, false)
        : equal;
  }

  /** A condition of which nothing is known. */
  private static Expr some(int index) {
    return new Expr.Call(
        Function.NULL_SAFE_EQUAL,
        List.of(column(index), column((index + 1) % COLUMNS)),
        DataType.BOOLEAN,
        false);
  }

  private static Expr compare(Function function, long bound) {
    return Rows.call(function, DataType.BOOLEAN, column(1), number(bound));
  }

  private static Expr not(Expr of) {
    return new Expr.Call(Function.NOT, List.of(of), DataType.BOOLEAN, of.nullable());
  }

  private static Expr and(Expr... of) {
    return Expressions.joined(Function.AND, List.of(of));
  }

  /** As FILTER stands in a plan. */
  private static Expr filtered(Expr condition) {
    return Expressions.notNull(
        new Expr.Call(Function.CASE, List.of(condition, number(1)), DataType.BIGINT, true));
  }

  private static Expr condition(Random random, int depth) {
    int kind = depth == 0 ? random.nextInt(4) : random.nextInt(8);
    return switch (kind) {
      case 0 -> equal(random.nextInt(COLUMNS), random.nextInt(3));
      case 1 -> some(random.nextInt(COLUMNS));
      case 2 -> Expressions.notNull(column(random.nextInt(COLUMNS)));
      case 3 -> {
        Expr number = number(random.nextInt(3));
        Expr column = column(1 + 2 * random.nextInt(2));
        boolean turned = random.nextBoolean();
        yield Rows.call(
            COMPARISONS.get(random.nextInt(COMPARISONS.size())),
            DataType.BOOLEAN,
            turned ? number : column,
            turned ? column : number);
      }
      case 4 -> not(condition(random, depth - 1));
      case 5 -> and(condition(random, depth - 1), condition(random, depth - 1));
      case 6 -> filtered(condition(random, depth - 1));
      default -> {
        List<Expr> branches = new ArrayList<>();
        int chosen = random.nextInt(3);
        for (int i = 0; i < 2; i++) {
          branches.add(condition(random, depth - 1));
          branches.add(i == chosen ? condition(random, depth - 1) : bool(false));
        }
        branches.add(bool(chosen == 2));
        yield new Expr.Call(Function.CASE, branches, DataType.BOOLEAN, false);
      }
    };
  }

  private static List<Long> row(Random random) {
    List<Long> row = new ArrayList<>(Collections.nCopies(COLUMNS, 0L));
    for (int i = 0; i < COLUMNS; i++) {
      row.set(i, i % 2 == 0 && random.nextInt(3) == 0 ? null : (Long) (long) random.nextInt(3));
    }
    return row;
  }

  private static boolean holds(Expr expr, List<Long> row) {
    return Boolean.TRUE.equals(value(expr, row));
  }

  private static Object value(Expr expr, List<Long> row) {
    if (expr instanceof Expr.FieldRef ref) {
      return row.get(ref.index());
    }
    if (expr instanceof Expr.Literal literal) {
      return literal.value();
    }
    Expr.Call call = (Expr.Call) expr;
    List<Object> a = new ArrayList<>();
    call.arguments().forEach(each -> a.add(value(each, row)));
    return switch (call.function()) {
      case EQUAL -> (a.get(0) == null || a.get(1) == null) ? null : a.get(0).equals(a.get(1));
      case LESS -> (Long) a.get(0) < (Long) a.get(1);
      case LESS_OR_EQUAL -> (Long) a.get(0) <= (Long) a.get(1);
      case GREATER -> (Long) a.get(0) > (Long) a.get(1);
      case GREATER_OR_EQUAL -> (Long) a.get(0) >= (Long) a.get(1);
      case NULL_SAFE_EQUAL -> a.get(0) == null ? a.get(1) == null : a.get(0).equals(a.get(1));
      case IS_NOT_NULL -> a.get(0) != null;
      case NOT -> a.get(0) == null ? null : !(Boolean) a.get(0);
      case AND -> (Boolean) (!a.contains(false) && !a.contains(null));
      case COALESCE -> a.get(0) != null ? a.get(0) : a.get(1);
      case CASE -> {
        for (int i = 0; i + 1 < a.size(); i += 2) {
          if (Boolean.TRUE.equals(a.get(i))) {
            yield a.get(i + 1);
          }
        }
        yield a.size() % 2 == 1 ? a.get(a.size() - 1) : null;
      }
      default -> throw new IllegalArgumentException(call.function().name());
    };
  }
}
