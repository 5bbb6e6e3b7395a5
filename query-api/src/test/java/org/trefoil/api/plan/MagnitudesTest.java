package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

class MagnitudesTest {
  private static final DataType MONEY = DataType.decimal(12, 2);
  private static final Expr X = new Expr.FieldRef(0, MONEY, false);
  private static final Expr Y = new Expr.FieldRef(1, MONEY, true);
  private static final Expr N = new Expr.FieldRef(2, DataType.INT, false);
  private static final Expr C = new Expr.FieldRef(3, DataType.BOOLEAN, false);
  private static final Expr ONE = new Expr.Literal(MONEY, new BigDecimal("1.00"));
  private static final List<String> NAMES = List.of("x", "y", "n", "c");

  private static Expr call(Function function, DataType type, Expr... arguments) {
    List<Expr> of = List.of(arguments);
    return new Expr.Call(function, of, type, of.stream().anyMatch(Expr::nullable));
  }

  private static List<String> of(Expr argument) {
    return Magnitudes.of(argument).stream().map(e -> SqlText.of(e, NAMES::get)).toList();
  }

  @Test
  void multipliesOutAndLeavesConstantsOut() {
    Expr less = call(Function.SUBTRACT, MONEY, ONE, X);
    DataType wide = DataType.decimal(25, 4);
    assertThat(of(X)).isEqualTo(of(less)).isEqualTo(of(call(Function.NEGATE, MONEY, X)));
    assertThat(of(call(Function.MULTIPLY, wide, ONE, X))).isEqualTo(of(X));
    assertThat(of(ONE)).isEmpty();
    Expr product = call(Function.MULTIPLY, wide, X, X);
    assertThat(Magnitudes.of(call(Function.MULTIPLY, wide, X, less)))
        .containsExactlyElementsOf(List.of(Magnitudes.of(X).get(0), Magnitudes.of(product).get(0)));
    // A count of the rows of a DECIMAL(12, 2) times an INT.
    Expr mixed = call(Function.MULTIPLY, wide, X, call(Function.ADD, DataType.INT, N, N));
    assertThat(Magnitudes.of(mixed))
        .singleElement()
        .satisfies(e -> assertThat(e.type()).isEqualTo(DataType.decimal(23, 2)));
  }

  @Test
  void measuresEveryBranchAndNothingOfRowsThatAreNull() {
    Expr chosen = call(Function.CASE, MONEY, C, X, ONE);
    assertThat(Magnitudes.of(chosen)).hasSize(1).doesNotContainAnyElementsOf(Magnitudes.of(X));
    Expr both = call(Function.ADD, MONEY, X, Y);
    assertThat(Magnitudes.of(both)).hasSize(2).allMatch(e -> !e.nullable());
    // x where y is NULL is not added up.
    assertThat(Magnitudes.of(both)).doesNotContainAnyElementsOf(Magnitudes.of(X));
    assertThat(Magnitudes.isOneTerm(both)).isFalse();
    assertThat(Magnitudes.isOneTerm(call(Function.ADD, MONEY, X, ONE))).isFalse();
    assertThat(Magnitudes.isOneTerm(Y)).isTrue();
    assertThat(Magnitudes.isOneTerm(ONE)).isTrue();
  }

  @Test
  void refusesWhatCannotBeMultipliedOut() {
    for (Expr refused :
        List.of(
            call(Function.REMAINDER, MONEY, X, ONE),
            call(Function.DIVIDE, MONEY, X, Y),
            call(Function.ABS, MONEY, call(Function.ADD, MONEY, X, ONE)))) {
      assertThatThrownBy(() -> Magnitudes.of(refused))
          .isInstanceOf(TrefoilException.class)
          .hasMessageContaining("dominance");
    }
  }
}
