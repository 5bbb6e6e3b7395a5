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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/**
 * Attempts to see a sum in which one entity dominates by summing something else: of what an
 * attacker takes apart of a value that is shown, with the number of its rows, the others weigh
 * enough.
 */
class DominanceAttackTest {
  private static final int RESULTS = 600;

  /** Of these so many are computed on shares, too. */
  private static final int SHARED = 6;

  private static final int K = 3;
  private static final int PERCENT = 20;
  private static final List<Field> FIRMS =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("firm", DataType.INT, true),
          new Field("b", DataType.INT, false),
          new Field("x", DataType.INT, true),
          new Field("y", DataType.INT, false));
  private static final Rel FIRM = new Rel.Scan("north", "firms", FIRMS);
  private static final Rel OTHERS = new Rel.Scan("west", "firms", FIRMS);
  private static final Rel MARKS =
      new Rel.Scan(
          "east",
          "marks",
          List.of(new Field("id", DataType.BIGINT, false), new Field("w", DataType.INT, false)));

  private static Catalog catalog(List<String> entity, int percent) {
    return Catalog.of(
        List.of(
            table("north", FIRM, K, entity, percent),
            table("west", OTHERS, 1, List.of(), 0),
            table("east", MARKS, 1, List.of(), 0)));
  }

  private static TableDescriptor table(
      String owner, Rel rel, int k, List<String> entity, int percent) {
    ColumnPolicy ranged =
        new ColumnPolicy(
            Set.of(Verb.values()),
            Optional.of(new Range(BigDecimal.valueOf(-10_000), BigDecimal.valueOf(10_000))),
            OptionalInt.empty(),
            OptionalLong.empty());
    return new TableDescriptor(
        owner,
        ((Rel.Scan) rel).table(),
        rel.fields(),
        List.of(List.of("id")),
        100,
        TablePolicy.builder(k)
            .entity(entity)
            .dominance(percent)
            .columns(Map.of("x", ranged, "y", ranged, "w", ranged))
            .other(ColumnPolicy.of(Verb.values()))
            .build());
  }

  /**
   * A sum, and what of a row an attacker takes apart of it: null where that is no part of it.
   *
   * @param value of x, y and b
   */
  private record Trick(Expr argument, Function<List<Object>, Long> value) {}

  private static List<Trick> tricks(Rel rel) {
    Expr x = ref(rel, 3);
    Expr y = ref(rel, 4);
    Expr one = test(org.trefoil.api.plan.Function.EQUAL, ref(rel, 2), number(DataType.INT, 1));
    Function<List<Object>, Long> ofX = row -> (Long) row.get(3);
    Function<List<Object>, Long> ofY = row -> row.get(3) == null ? null : (Long) row.get(4);
    Function<List<Object>, Long> chosen = row -> row.get(2).equals(1L) ? (Long) row.get(3) : null;
    Expr shifted = binary("ADD", x, number(DataType.INT, 9_000));
    return List.of(
        new Trick(x, ofX),
        new Trick(shifted, ofX),
        new Trick(binary("SUBTRACT", number(DataType.INT, 9_000), x), ofX),
        new Trick(binary("MULTIPLY", shifted, number(DataType.INT, 3)), ofX),
        new Trick(binary("ADD", x, y), ofX),
        new Trick(binary("ADD", x, y), ofY),
        new Trick(cases(one, x, number(DataType.INT, 9_000)), chosen),
        new Trick(cases(one, shifted, number(DataType.INT, 0)), chosen),
        new Trick(
            binary(
                "MULTIPLY", shifted, cases(one, number(DataType.INT, 1), number(DataType.INT, 0))),
            chosen),
        new Trick(
            binary("MULTIPLY", x, binary("SUBTRACT", number(DataType.INT, 1), y)),
            row -> row.get(3) == null ? null : (Long) row.get(3) * (Long) row.get(4)),
        new Trick(
            new Expr.Call(
                org.trefoil.api.plan.Function.COALESCE,
                List.of(x, number(DataType.INT, 9_000)),
                DataType.INT,
                false),
            ofX));
  }

  private static Expr binary(String function, Expr left, Expr right) {
    return call(org.trefoil.api.plan.Function.valueOf(function), DataType.INT, left, right);
  }

  private static Expr cases(Expr condition, Expr value, Expr otherwise) {
    return new Expr.Call(
        org.trefoil.api.plan.Function.CASE,
        List.of(condition, value, otherwise),
        DataType.INT,
        value.nullable() || otherwise.nullable());
  }

  @Test
  void nobodyDominatesWhatIsTakenApart() {
    Prg random = TestWorld.fresh().data("dominance");
    int shown = 0;
    int withheld = 0;
    int found = 0;
    for (int round = 0; round < RESULTS; round++) {
      boolean entities = random.below(2) == 0;
      boolean united = random.below(3) == 0;
      Rel rel = united ? new Rel.Union(List.of(FIRM, OTHERS)) : FIRM;
      List<Trick> all = tricks(rel);
      Trick trick = all.get(random.below(all.size()));
      List<Expr> groups = random.below(2) == 0 ? List.of() : List.of(ref(rel, 2));
      List<List<Object>> mine = firms(random);
      Map<String, List<List<Object>>> tables =
          Map.of("north.firms", mine, "west.firms", firms(random), "east.marks", List.of());
      Rel root = group(rel, groups, sum(trick.argument()), count());
      List<String> entity = entities ? List.of("firm") : List.of();
      Trial trial = new Trial(catalog(entity, PERCENT), tables, plan(root));
      List<List<Object>> result = trial.clear();
      if (round < SHARED) {
        assertThat(Trial.text(trial.opened(trial.run(TestWorld.fresh())), false))
            .isEqualTo(Trial.text(result, false));
      }
      for (List<Object> row : result) {
        boolean dominated = dominated(trick, mine, entities, groups.isEmpty() ? null : row.get(0));
        if (row.get(groups.size()) != null) {
          shown++;
          assertThat(dominated).as("%s of %s", trick.argument(), mine).isFalse();
        }
      }
      Trial without = new Trial(catalog(entity, 0), tables, plan(root));
      for (List<Object> row : without.clear()) {
        if (row.get(groups.size()) != null) {
          withheld++;
          found += dominated(trick, mine, entities, groups.isEmpty() ? null : row.get(0)) ? 1 : 0;
        }
      }
    }
    assertThat(shown).as("sums that are shown").isGreaterThan(RESULTS / 10);
    assertThat(withheld).as("sums that are shown without the rule").isGreaterThan(shown);
    assertThat(found).as("of these dominated").isGreaterThan(RESULTS / 10);
  }

  /** Another owner's column makes one of the greatest small, and others great. */
  @Test
  void measuresWhatAnotherOwnersColumnMakesOfIt() {
    Rel join =
        new Rel.Join(
            Rel.Join.Kind.INNER,
            MARKS,
            FIRM,
            test(
                org.trefoil.api.plan.Function.EQUAL,
                new Expr.FieldRef(0, DataType.BIGINT, false),
                new Expr.FieldRef(2, DataType.BIGINT, false)));
    Expr x = ref(join, 5);
    Expr w = ref(join, 1);
    Prg random = TestWorld.fresh().data("joined");
    List<List<Object>> marks = new ArrayList<>();
    for (long id = 1; id <= 16; id++) {
      marks.add(List.of(id, (long) random.below(id == 1 ? 2 : 40)));
    }
    Map<String, List<List<Object>>> tables =
        Map.of("north.firms", firms(random), "west.firms", List.of(), "east.marks", marks);
    for (List<String> entity : List.of(List.<String>of(), List.of("firm"))) {
      Trial trial =
          new Trial(
              catalog(entity, PERCENT),
              tables,
              plan(group(join, List.of(ref(join, 4)), sum(binary("MULTIPLY", x, w)), count())));
      assertThat(Trial.text(trial.opened(trial.run(TestWorld.fresh())), false))
          .isEqualTo(Trial.text(trial.clear(), false));
    }
    // Twice the sum but for one firm, less the sum: that one is left.
    assertRefused(join, sum(binary("MULTIPLY", x, w)), sum(x));
    // The same in one sum: nothing is left but of the rows where w is not 1, or not b.
    assertRefused(join, sum(binary("MULTIPLY", x, binary("SUBTRACT", w, number(DataType.INT, 1)))));
    assertRefused(
        join,
        sum(binary("SUBTRACT", binary("MULTIPLY", x, w), binary("MULTIPLY", x, ref(join, 4)))));
  }

  @Test
  void refusesWhatCannotBeMeasured() {
    Expr x = ref(FIRM, 3);
    Expr y = ref(FIRM, 4);
    Expr one = test(org.trefoil.api.plan.Function.EQUAL, ref(FIRM, 2), number(DataType.INT, 1));
    Expr null_ = new Expr.Literal(DataType.INT, null);
    assertRefused(FIRM, sum(x), sum(cases(one, x, null_)));
    assertRefused(FIRM, sum(binary("REMAINDER", x, number(DataType.INT, 7))));
    assertRefused(
        FIRM,
        sum(
            new Expr.Call(
                org.trefoil.api.plan.Function.ABS,
                List.of(binary("ADD", x, number(DataType.INT, 9_000))),
                DataType.INT,
                true)));
    // What has no rows in common is no difference.
    Expr other = test(org.trefoil.api.plan.Function.EQUAL, ref(FIRM, 2), number(DataType.INT, 2));
    Map<String, List<List<Object>>> none =
        Map.of("north.firms", List.of(), "west.firms", List.of(), "east.marks", List.of());
    assertThat(
            new Trial(
                    catalog(List.of(), PERCENT),
                    none,
                    plan(
                        group(
                            FIRM,
                            List.of(),
                            sum(cases(one, x, null_)),
                            sum(cases(other, x, null_)),
                            sum(y))))
                .clear())
        .isEmpty();
  }

  /** Three owners' tables in a union: what one of them has of a sum is not nearly all of it. */
  @Test
  void noOwnerDominatesASum() {
    Rel south = new Rel.Scan("south", "firms", FIRMS);
    Rel union = new Rel.Union(List.of(FIRM, OTHERS, south));
    List<TableDescriptor> descriptors = new ArrayList<>();
    for (Rel scan : union.inputs()) {
      String owner = ((Rel.Scan) scan).owner();
      TableDescriptor table = table(owner, scan, 1, List.of(), 0);
      descriptors.add(
          new TableDescriptor(
              owner,
              table.table(),
              table.fields(),
              table.keys(),
              table.rows(),
              table.policy().change().minOwners(3).ownerDominance(PERCENT).build()));
    }
    Catalog catalog = Catalog.of(descriptors);
    Prg random = TestWorld.fresh().data("owners");
    List<List<List<Object>>> firms = new ArrayList<>();
    for (int owner = 0; owner < 3; owner++) {
      List<List<Object>> rows = new ArrayList<>();
      for (long id = 1; id <= 24; id++) {
        long b = id % 6;
        // Who of them is the greatest, and whether by far, differs between the groups.
        long size = b == owner ? 5_000 : b == owner + 3 ? 60 : 40;
        rows.add(Arrays.asList(id, null, b, (random.below(2) == 0 ? size : -size), 1L));
      }
      firms.add(rows);
    }
    Map<String, List<List<Object>>> tables =
        Map.of(
            "north.firms", firms.get(0), "west.firms", firms.get(1), "south.firms", firms.get(2));
    Expr shifted = binary("ADD", ref(union, 3), number(DataType.INT, 9_000));
    Trial grouped =
        new Trial(
            catalog, tables, plan(group(union, List.of(ref(union, 2)), sum(shifted), count())));
    List<List<Object>> shown = grouped.opened(grouped.run(TestWorld.fresh()));
    assertThat(Trial.text(shown, false)).isEqualTo(Trial.text(grouped.clear(), false));
    assertThat(shown.stream().filter(row -> row.get(1) == null).map(row -> row.get(0)))
        .containsExactlyInAnyOrder(0L, 1L, 2L);
    Trial total = new Trial(catalog, tables, plan(group(union, List.of(), sum(ref(union, 4)))));
    assertThat(total.opened(total.run(TestWorld.fresh()))).containsExactly(List.of(72L));
    Rel two = new Rel.Union(List.of(FIRM, OTHERS));
    assertThatThrownBy(
            () ->
                PolicyCheck.check(
                    plan(group(two, List.of(), sum(ref(two, 3)))), catalog, "analyst"))
        .hasMessageContaining("min-owners: 3")
        .satisfies(
            e ->
                assertThat(e.getSuppressed()[0])
                    .hasMessageContaining("of fewer than three owners one always has too much"));
  }

  private static void assertRefused(Rel rel, AggregateCall... calls) {
    Map<String, List<List<Object>>> none =
        Map.of("north.firms", List.of(), "west.firms", List.of(), "east.marks", List.of());
    assertThatThrownBy(
            () -> new Trial(catalog(List.of(), PERCENT), none, plan(group(rel, List.of(), calls))))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("dominance");
  }

  /** Whether one entity has too much of what a trick lays bare. */
  private static boolean dominated(
      Trick trick, List<List<Object>> firms, boolean entities, Object group) {
    Map<Object, Long> weights = new HashMap<>();
    for (List<Object> row : firms) {
      Object entity = entities ? row.get(1) : row.get(0);
      Long value = trick.value().apply(row);
      if (value != null && entity != null && (group == null || group.equals(row.get(2)))) {
        weights.merge(entity, Math.abs(value), Long::sum);
      }
    }
    List<Long> greatest = weights.values().stream().sorted(Comparator.reverseOrder()).toList();
    long others = greatest.stream().skip(2).mapToLong(Long::longValue).sum();
    return !greatest.isEmpty() && 100 * others < PERCENT * greatest.get(0);
  }

  private static List<List<Object>> firms(Prg random) {
    List<List<Object>> firms = new ArrayList<>();
    int great = random.below(3) == 0 ? 5_000 : 60;
    for (int id = 6 + random.below(9); id > 0; id--) {
      long size = random.below(id < 4 ? great : 40) + 1;
      firms.add(
          Arrays.asList(
              (long) id,
              random.below(12) == 0 ? null : (Object) (long) random.below(6),
              (long) (random.below(4) == 0 ? 2 : 1),
              random.below(10) == 0 ? null : (Object) (random.below(5) == 0 ? -size : size),
              (long) random.below(50)));
    }
    return firms;
  }
}
