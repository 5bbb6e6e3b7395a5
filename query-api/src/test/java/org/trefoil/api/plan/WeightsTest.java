package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.call;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.min;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.api.type.DataType;

class WeightsTest {
  private static final List<String> NAMES = List.of("x", "y", "id", "name", "rows", "total");
  private static final Expr X = new Expr.FieldRef(0, DataType.INT, false);
  private static final Expr Y = new Expr.FieldRef(1, DataType.INT, true);
  private static final Expr ID = new Expr.FieldRef(2, DataType.INT, false);
  private static final Expr ANNA = eq(new Expr.FieldRef(3, DataType.string(9), false), text("A"));
  private static final Expr.FieldRef ROWS = new Expr.FieldRef(4, DataType.BIGINT, true);
  private static final Expr ONCE = new Expr.Literal(DataType.BIGINT, 1L);
  private static final Expr.FieldRef TOTAL = new Expr.FieldRef(5, DataType.BIGINT, false);
  private static final Expr NULL = new Expr.Literal(DataType.INT, null);

  /** Of one table, beside an inner query's number of rows and sum. */
  private static final Weights.Columns COLUMNS =
      new Weights.Columns() {
        @Override
        public boolean local(Expr expr) {
          return true;
        }

        @Override
        public Optional<AggregateCall> made(Expr.FieldRef column) {
          return column.equals(ROWS)
              ? Optional.of(
                  new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT))
              : Optional.of(column)
                  .filter(TOTAL::equals)
                  .map(
                      c ->
                          new AggregateCall(
                              AggregateCall.Kind.SUM, Optional.of(times(X, X)), DataType.BIGINT));
        }
      };

  private static List<String> of(AggregateCall call) {
    return Weights.of(call, COLUMNS).stream().map(e -> SqlText.of(e, NAMES::get)).toList();
  }

  private static Expr choose(Expr... arguments) {
    boolean nullable = false;
    for (int i = 1; i < arguments.length; i += 2) {
      nullable |= arguments[i].nullable();
    }
    return new Expr.Call(
        Function.CASE,
        Arrays.asList(arguments),
        DataType.INT,
        nullable || arguments[arguments.length - 1].nullable());
  }

  private static Expr or(Expr value, Expr otherwise) {
    return new Expr.Call(Function.COALESCE, List.of(value, otherwise), DataType.INT, false);
  }

  private static Expr times(Expr a, Expr b) {
    return call(Function.MULTIPLY, DataType.INT, a, b);
  }

  private static Expr plus(Expr a, Expr b) {
    return call(Function.ADD, DataType.INT, a, b);
  }

  private static Expr minus(Expr a, Expr b) {
    return call(Function.SUBTRACT, DataType.INT, a, b);
  }

  @Test
  void everyRowWeighsInAColumnThatIsNeverNull() {
    assertThat(of(sum(X))).isEmpty();
    assertThat(of(min(X))).isEmpty();
    assertThat(of(count())).isEmpty();
    assertThat(of(sum(times(X, integer(-3))))).isEmpty();
    assertThat(of(sum(integer(7)))).isEmpty();
  }

  @Test
  void aNullDoesNotWeigh() {
    for (AggregateCall call : List.of(sum(Y), count(Y), min(Y))) {
      assertThat(of(call)).containsExactly("(y IS NOT NULL)");
    }
  }

  @Test
  void onlyTheBranchThatIsTakenWeighs() {
    Expr chosen = choose(ANNA, X, NULL);
    assertThat(of(sum(chosen)))
        .containsExactly(
            "(CASE WHEN (name = 'A') THEN true ELSE false END AND"
                .concat(" (CASE WHEN (name = 'A') THEN x ELSE NULL END IS NOT NULL))"));
    assertThat(of(count(chosen)))
        .containsExactly("(CASE WHEN (name = 'A') THEN x ELSE NULL END IS NOT NULL)");
    assertThat(of(sum(choose(ANNA, X, integer(0)))))
        .containsExactly("CASE WHEN (name = 'A') THEN true ELSE false END");
    // Zero competes with others for the least value.
    assertThat(of(min(choose(ANNA, X, integer(0))))).hasSize(2);
  }

  @Test
  void aConstantOrAScaledValueDoesNotHideASingleOne() {
    for (Expr other : List.of(integer(1), times(X, integer(1000)), ID, plus(X, integer(1)))) {
      assertThat(of(sum(choose(ANNA, X, other))))
          .contains("CASE WHEN (name = 'A') THEN true ELSE false END");
    }
    // A sum of selections is each of them.
    assertThat(of(sum(plus(ID, choose(ANNA, X, integer(0))))))
        .anyMatch(c -> c.contains("CASE WHEN (name = 'A') THEN true ELSE false END"));
  }

  @Test
  void whatIsLeftOfASumWithoutConstantsIsNotZero() {
    // x - id may be zero for all but one row; how much the ones add up to is known.
    for (Expr sum :
        List.of(
            minus(plus(X, integer(1)), ID),
            plus(minus(X, ID), integer(1)),
            plus(integer(1), minus(X, ID)))) {
      assertThat(of(sum(sum))).hasSize(1).allMatch(c -> c.contains("(NOT ((x - id) <=> 0))"));
    }
    assertThat(of(sum(minus(minus(integer(1), ID), X))))
        .hasSize(1)
        .allMatch(c -> c.contains("(NOT (((- id) - x) <=> 0))"));
    assertThat(of(sum(plus(X, integer(1))))).containsExactly("(NOT ((x + 1) <=> 0))");
  }

  @Test
  void rowsThatOccurMoreOftenInAJoinAreAPart() {
    Expr often = new Expr.Call(Function.COALESCE, List.of(ROWS, ONCE), DataType.BIGINT, false);
    List<String> both =
        List.of(
            "CASE WHEN (rows IS NOT NULL) THEN (rows IS NOT NULL) ELSE false END",
            "CASE WHEN (rows IS NOT NULL) THEN false ELSE true END");
    assertThat(of(sum(often))).isEqualTo(both);
    // A column is not a factor there that would have to be other than zero.
    assertThat(of(sum(times(X, often)))).isEqualTo(both);
    assertThat(of(sum(times(ID, ROWS)))).hasSize(1).noneMatch(c -> c.contains("(id <=> 0)"));
  }

  @Test
  void whatAnInnerQueryComputesIsNoColumn() {
    assertThat(of(sum(TOTAL))).containsExactly("(NOT (total <=> 0))");
    assertThat(of(min(TOTAL))).isEmpty();
  }

  @Test
  void signsAlonePartNothing() {
    Expr signed = choose(ANNA, call(Function.NEGATE, DataType.INT, X), X);
    assertThat(of(sum(signed))).isEmpty();
    assertThat(of(min(signed))).hasSize(2);
  }

  @Test
  void aZeroFactorLeavesNothing() {
    assertThat(of(sum(times(X, ID)))).containsExactly("((NOT (x <=> 0)) AND (NOT (id <=> 0)))");
    assertThat(of(sum(times(X, minus(ID, integer(5))))))
        .containsExactly("((NOT (x <=> 0)) AND (NOT ((id - 5) <=> 0)))");
    Expr flag = call(Function.CAST, DataType.INT, ANNA);
    assertThat(of(sum(times(X, flag)))).containsExactly("((NOT (x <=> 0)) AND (name = 'A'))");
    assertThat(of(sum(times(X, choose(ANNA, integer(1), integer(0))))))
        .containsExactly("((NOT (x <=> 0)) AND CASE WHEN (name = 'A') THEN true ELSE false END)");
  }

  @Test
  void aFactorThatLiftsOneRowIsAPartOfItsOwn() {
    // 1 + 1000 * (1 - least(1, abs(id - 17))) is 1001 for one row.
    Expr distance = call(Function.ABS, DataType.INT, minus(ID, integer(17)));
    Expr indicator = minus(integer(1), call(Function.LEAST, DataType.INT, integer(1), distance));
    Expr weight = plus(integer(1), times(integer(1000), indicator));
    for (AggregateCall call : List.of(sum(times(X, weight)), min(times(X, weight)))) {
      assertThat(of(call))
          .anyMatch(c -> c.contains("(NOT ((1 - least(1, abs((id - 17)))) <=> 0))"));
    }
  }

  @Test
  void coalesceChoosesToo() {
    assertThat(of(sum(or(Y, integer(0)))))
        .containsExactly("CASE WHEN (y IS NOT NULL) THEN (y IS NOT NULL) ELSE false END");
    assertThat(of(sum(or(Y, integer(9))))).hasSize(2);
  }

  @Test
  void aConditionThatIsRankedHasTwoParts() {
    assertThat(of(min(ANNA))).containsExactly("(name = 'A')", "(NOT (name = 'A'))");
  }

  @Test
  void ofNothingButZerosEveryOneWeighs() {
    assertThat(of(sum(choose(ANNA, integer(0), NULL))))
        .containsExactly("(CASE WHEN (name = 'A') THEN 0 ELSE NULL END IS NOT NULL)");
  }

  @Test
  void tooManyPartsAreRefused() {
    List<Expr> branches = new ArrayList<>();
    for (int i = 1; i < 40; i++) {
      branches.add(eq(ID, integer(i)));
      branches.add(integer(i));
    }
    branches.add(integer(0));
    AggregateCall many = sum(choose(branches.toArray(Expr[]::new)));
    assertThatThrownBy(() -> of(many)).hasMessageContaining("TREFOIL_UNSUPPORTED_FUNCTION");
  }
}
