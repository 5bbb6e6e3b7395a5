package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.executor.plan.Hospital.call;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.plan;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/** Counts and sums that are opened as multiples only, and attempts to see them exactly. */
class RoundingTest {
  private static final int MULTIPLE = 10;
  private static final DataType MONEY = DataType.decimal(8, 2);
  private static final List<Field> PEOPLE =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("b", DataType.INT, false),
          new Field("x", DataType.INT, false),
          new Field("m", MONEY, true));
  private static final Rel SCAN = new Rel.Scan("north", "people", PEOPLE);
  private static final Rel MINE =
      new Rel.Scan(
          "east",
          "marks",
          List.of(new Field("id", DataType.BIGINT, false), new Field("w", DataType.INT, false)));
  private static final Rel JOIN =
      new Rel.Join(
          Rel.Join.Kind.INNER,
          SCAN,
          MINE,
          test(
              Function.EQUAL,
              new Expr.FieldRef(0, DataType.BIGINT, false),
              new Expr.FieldRef(4, DataType.BIGINT, false)));

  private static final Catalog CATALOG =
      Catalog.of(
          List.of(
              table("north", SCAN, 3, MULTIPLE, List.of(List.of("id"))),
              table("west", people("west"), 3, MULTIPLE, List.of(List.of("id"))),
              table("east", MINE, 1, 1, List.of())));

  private static Rel people(String owner) {
    return new Rel.Scan(owner, "people", PEOPLE);
  }

  private static TableDescriptor table(
      String owner, Rel rel, int k, int rounding, List<List<String>> keys) {
    return new TableDescriptor(
        owner,
        ((Rel.Scan) rel).table(),
        rel.fields(),
        keys,
        100,
        TablePolicy.builder(k).rounding(rounding).other(ColumnPolicy.of(Verb.values())).build());
  }

  @Test
  void opensMultiplesOnly() {
    Prg random = TestWorld.fresh().data("rounding");
    List<List<Object>> rows = new ArrayList<>();
    for (long id = 1; id <= 40; id++) {
      rows.add(
          Arrays.asList(
              id,
              (long) random.below(4),
              (long) random.below(90) - 40,
              random.below(4) == 0 ? null : BigDecimal.valueOf(random.below(9_000) - 4_000, 2)));
    }
    Rel root =
        group(
            SCAN,
            List.of(ref(SCAN, 1)),
            sum(ref(SCAN, 2)),
            sum(ref(SCAN, 3)),
            count(),
            count(ref(SCAN, 3)));
    // HAVING reads what is rounded: most groups have ten rows, nearly.
    Rel having =
        new Rel.Filter(root, test(Function.EQUAL, ref(root, 3), number(DataType.BIGINT, 10)));
    Map<String, List<List<Object>>> tables =
        Map.of("north.people", rows, "west.people", List.of(), "east.marks", List.of());
    Trial trial = new Trial(CATALOG, tables, plan(having));
    List<List<Object>> shown = trial.opened(trial.run(TestWorld.fresh()));
    assertThat(Trial.text(shown, false)).isEqualTo(Trial.text(trial.clear(), false)).isNotEmpty();
    List<List<Object>> exact = new Trial(CATALOG, tables, plan(root)).unsuppressed();
    for (List<Object> row : shown) {
      List<Object> group =
          exact.stream().filter(e -> e.get(0).equals(row.get(0))).findFirst().orElseThrow();
      for (int c = 1; c < row.size(); c++) {
        if (row.get(c) != null) {
          assertThat(new BigDecimal(row.get(c).toString()))
              .isEqualByComparingTo(nearest(new BigDecimal(group.get(c).toString())));
        }
      }
    }
  }

  private static BigDecimal nearest(BigDecimal exact) {
    BigDecimal unit = BigDecimal.valueOf(MULTIPLE);
    return exact.divide(unit, 0, RoundingMode.HALF_UP).multiply(unit);
  }

  @Test
  void refusesWhatWouldUndoIt() {
    Expr x = ref(SCAN, 2);
    Expr thousand = number(DataType.INT, 1_000);
    assertRefused(SCAN, sum(call(Function.MULTIPLY, DataType.INT, x, thousand)));
    assertRefused(SCAN, sum(call(Function.ADD, DataType.INT, x, thousand)));
    assertRefused(SCAN, sum(call(Function.NEGATE, DataType.INT, x)));
    assertRefused(SCAN, sum(thousand));
    assertRefused(SCAN, sum(chosen(thousand)));
    assertRefused(JOIN, sum(ref(JOIN, 5)));
    Rel mine =
        new Rel.Project(
            MINE,
            List.of(ref(MINE, 0), ref(MINE, 1), ref(MINE, 1), new Expr.Literal(MONEY, null)),
            List.of("id", "b", "x", "m"));
    Rel dithered = new Rel.Union(List.of(SCAN, mine));
    assertRefused(dithered, sum(ref(dithered, 2)));
    Rel union = new Rel.Union(List.of(SCAN, people("west")));
    assertRefused(union, sum(ref(union, 2)), sum(chosen(ref(union, 2))));
    assertRefused(union, count(), count(ref(union, 3)));
    Rel groups = group(SCAN, List.of(ref(SCAN, 1)), sum(x), count());
    Expr mean = call(Function.DIVIDE, DataType.decimal(38, 6), ref(groups, 1), ref(groups, 2));
    Rel having =
        new Rel.Filter(
            groups,
            test(
                Function.GREATER, mean, new Expr.Literal(mean.type(), new BigDecimal("1.000000"))));
    assertThatThrownBy(() -> PolicyCheck.check(plan(having), CATALOG, "analyst"))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("quotients");
    // Each person a thousand times: a count that is a thousand times as fine.
    assertThatThrownBy(
            () ->
                new Trial(
                    CATALOG,
                    Map.of("north.people", List.of(), "east.marks", List.of()),
                    plan(group(JOIN, List.of(), count()))))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("may repeat its own");
    PolicyCheck.check(
        plan(group(SCAN, List.of(), sum(x), sum(chosen(x)), count())), CATALOG, "analyst");
  }

  private static Expr chosen(Expr value) {
    Expr one = test(Function.EQUAL, ref(SCAN, 1), number(DataType.INT, 1));
    return new Expr.Call(
        Function.CASE,
        List.of(one, value, number(DataType.INT, 0)),
        DataType.INT,
        value.nullable());
  }

  private static void assertRefused(Rel rel, AggregateCall... calls) {
    assertThatThrownBy(
            () -> PolicyCheck.check(plan(group(rel, List.of(), calls)), CATALOG, "analyst"))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("asks for rounding");
  }
}
