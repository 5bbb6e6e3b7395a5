package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.executor.plan.Hospital.call;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.max;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.plan;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Disclosure;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.Split;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/** Counts and sums with noise: what is shown of them, and what is refused. */
class PrivacyTest {
  private static final List<Field> PEOPLE =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("b", DataType.INT, false),
          new Field("x", DataType.INT, false),
          new Field("m", DataType.decimal(8, 2), true),
          new Field("wide", DataType.BIGINT, false),
          new Field("seen", DataType.TIMESTAMP, false));
  private static final Rel SCAN = new Rel.Scan("north", "people", PEOPLE);
  private static final Rel MINE =
      new Rel.Scan(
          "east",
          "marks",
          List.of(new Field("id", DataType.BIGINT, false), new Field("w", DataType.INT, false)));
  private static final Rel GUARDED =
      new Rel.Scan(
          "south",
          "guarded",
          List.of(new Field("id", DataType.BIGINT, false), new Field("w", DataType.INT, false)));

  /** So much that there is no noise but once in 2^64 times. */
  private static final long LOUD = 100_000 * PrivacyRule.UNIT;

  private static Catalog catalog(long perRun) {
    return Catalog.of(
        List.of(
            people("north", perRun),
            people("west", perRun),
            other(MINE, "east", 1),
            other(GUARDED, "south", 3)));
  }

  private static TableDescriptor other(Rel scan, String owner, int k) {
    return new TableDescriptor(
        owner,
        ((Rel.Scan) scan).table(),
        scan.fields(),
        owner.equals("south") ? List.of(List.of("id")) : List.of(),
        100,
        TablePolicy.builder(k).other(ColumnPolicy.of(Verb.values())).build());
  }

  private static TableDescriptor people(String owner, long perRun) {
    return new TableDescriptor(
        owner,
        "people",
        PEOPLE,
        List.of(List.of("id")),
        100,
        TablePolicy.builder(3)
            .approvalNeeded(true)
            .columns(Map.of("x", ranged(-50, 50), "m", ranged(-40, 40)))
            .other(ColumnPolicy.of(Verb.values()))
            .privacy(Optional.of(new PrivacyRule(2 * perRun, perRun, 1)))
            .build());
  }

  private static ColumnPolicy ranged(long least, long greatest) {
    return new ColumnPolicy(
        Set.of(Verb.values()),
        Optional.of(new Range(BigDecimal.valueOf(least), BigDecimal.valueOf(greatest))),
        OptionalInt.empty(),
        OptionalLong.empty());
  }

  private static List<Object> person(long id, long b, long x, Object m) {
    return Arrays.asList(id, b, x, m, 1L, 0L);
  }

  private static Map<String, List<List<Object>>> tables(List<List<Object>> rows) {
    List<List<Object>> marks = new ArrayList<>();
    for (long id = 1; id <= 20; id++) {
      marks.add(List.of(id, 1L));
    }
    return Map.of(
        "north.people",
        rows,
        "west.people",
        List.of(),
        "east.marks",
        marks,
        "south.guarded",
        List.of());
  }

  private static List<String> opened(Trial trial, TestWorld world) {
    return Trial.text(trial.opened(trial.run(world)), false);
  }

  /** With an epsilon that leaves no noise what is shown is exact, and still no group of two. */
  @Test
  void showsWhatSqlSaysButForTheNoise() {
    Prg random = TestWorld.fresh().data("privacy");
    List<List<Object>> rows = new ArrayList<>();
    for (long id = 1; id <= 40; id++) {
      Object m = random.below(4) == 0 ? null : BigDecimal.valueOf(random.below(8_000) - 4_000, 2);
      rows.add(person(id, id <= 38 ? random.below(3) : 7, random.below(90) - 40, m));
    }
    Rel root =
        group(
            SCAN,
            List.of(ref(SCAN, 1)),
            sum(ref(SCAN, 2)),
            sum(ref(SCAN, 3)),
            count(),
            count(ref(SCAN, 3)));
    Catalog loud = catalog(LOUD);
    PolicyCheck.check(plan(root), loud, "analyst");
    Trial trial = new Trial(loud, tables(rows), plan(root));
    assertThat(Disclosure.of(plan(root), trial.split, loud).reveals().toString())
        .contains("changes the probability of a result by a factor of e^100000 at most")
        .contains("spends 100000 of the 200000")
        .contains("A row only if it counts at least 3 rows, with noise as well.")
        .doesNotContain("weigh");
    List<List<Object>> exact = new ArrayList<>(trial.unsuppressed());
    exact.removeIf(row -> (long) row.get(3) < 3);
    assertThat(exact.size()).isLessThan(trial.unsuppressed().size());
    assertThat(opened(trial, TestWorld.fresh())).isEqualTo(Trial.text(exact, false));

    // All rows, of a union: one row also where there is none, with 0 where SQL says NULL.
    Rel united = new Rel.Union(List.of(SCAN, new Rel.Scan("west", "people", PEOPLE)));
    Rel none =
        group(
            new Rel.Filter(
                united, test(Function.GREATER, ref(united, 2), number(DataType.INT, 60))),
            List.of(),
            sum(ref(united, 2)),
            count());
    assertThat(opened(new Trial(loud, tables(rows), plan(none)), TestWorld.fresh()))
        .containsExactly("[0, 0]");

    // A join that finds for each person the row of another owner's table, and adds up its own.
    Rel join = joined(GUARDED, SCAN);
    assertRefused(loud, group(join, List.of(), count()), "decided by exact numbers");
  }

  /** Of a union, noise for what asks for most of it, and groups for what may be alone most. */
  @Test
  void ofUnitedTablesTheStrictestHolds() {
    TableDescriptor west = people("west", PrivacyRule.UNIT);
    List<TableDescriptor> tables = new ArrayList<>(List.of(people("north", PrivacyRule.UNIT / 10)));
    tables.add(
        new TableDescriptor(
            "west",
            "people",
            PEOPLE,
            List.of(List.of("id")),
            100,
            west.policy()
                .change()
                .entity(List.of("wide"))
                .privacy(Optional.of(new PrivacyRule(9_000_000, PrivacyRule.UNIT, 8)))
                .build()));
    Rel united = new Rel.Union(List.of(SCAN, new Rel.Scan("west", "people", PEOPLE)));
    Plan plan = plan(group(united, List.of(ref(united, 1)), sum(ref(united, 2)), count()));
    Catalog both = Catalog.of(tables);
    PolicyCheck.check(plan, both, "analyst");
    Split split = Fragments.split(plan, both);
    List<String> reveals = Disclosure.of(plan, split, both).reveals();
    // Three parts of a tenth: for a count sqrt(2) * 30. Eight rows alone: 8 + ln 2^34 * 30.
    assertThat(reveals.toString()).contains(" 2100, ").contains(" 42.");
    assertThat(reveals).contains("A row only if it counts at least 716 rows, with noise as well.");
  }

  private static Rel joined(Rel left, Rel right) {
    return new Rel.Join(
        Rel.Join.Kind.INNER,
        left,
        right,
        test(
            Function.EQUAL,
            new Expr.FieldRef(0, DataType.BIGINT, false),
            new Expr.FieldRef(left.fields().size(), DataType.BIGINT, false)));
  }

  @Test
  void noOneFollowsFromTheDifferenceOfTwoResults() {
    List<List<Object>> rows = new ArrayList<>();
    for (long id = 1; id <= 90; id++) {
      rows.add(person(id, id == 1 ? 8 : 1, id == 2 ? 50 : 1, null));
    }
    Catalog catalog = catalog(PrivacyRule.UNIT);
    Rel all = group(SCAN, List.of(ref(SCAN, 1)), sum(ref(SCAN, 2)), count());
    Rel others =
        new Rel.Filter(
            SCAN,
            test(
                Function.NOT,
                test(Function.EQUAL, ref(SCAN, 0), new Expr.Literal(DataType.BIGINT, 2L))));
    Rel less = group(others, List.of(ref(SCAN, 1)), sum(ref(SCAN, 2)), count());
    Trial one = new Trial(catalog, tables(rows), plan(all));
    Trial two = new Trial(catalog, tables(rows), plan(less));
    Set<Object> differences = new HashSet<>();
    int exact = 0;
    int runs = 6;
    for (int seed = 0; seed < runs; seed++) {
      List<List<Object>> a = one.opened(one.run(TestWorld.seeded(100 + seed)));
      List<List<Object>> b = two.opened(two.run(TestWorld.seeded(200 + seed)));
      // Of the two groups never the one that is a single person.
      assertThat(a).allMatch(row -> row.get(0).equals(1L));
      if (!a.isEmpty() && !b.isEmpty()) {
        differences.add((long) a.get(0).get(1) - (long) b.get(0).get(1));
        exact += (long) a.get(0).get(2) - (long) b.get(0).get(2) == 1 ? 1 : 0;
      }
    }
    // The difference is 50 and 1; the noise of each sum is 200, of each count 4, typically.
    assertThat(differences).doesNotContain(50L).hasSizeGreaterThan(2);
    assertThat(exact).isLessThan(runs / 2);
    // The same run has the same noise.
    assertThat(opened(one, TestWorld.seeded(100))).isEqualTo(opened(one, TestWorld.seeded(100)));
  }

  @Test
  void refusesWhatNoNoiseIsMadeFor() {
    Catalog catalog = catalog(PrivacyRule.UNIT);
    Rel inner = group(SCAN, List.of(ref(SCAN, 1)), sum(ref(SCAN, 2)));
    Rel twice = group(inner, List.of(), count());
    assertRefused(catalog, twice, "one aggregate");
    assertRefused(catalog, group(SCAN, List.of(), max(ref(SCAN, 2))), "one row's");
    Rel left =
        new Rel.Join(Rel.Join.Kind.LEFT, MINE, SCAN, ((Rel.Join) joined(MINE, SCAN)).condition());
    assertRefused(catalog, group(left, List.of(), count()), "one aggregate");
    Rel both = joined(SCAN, new Rel.Scan("west", "people", PEOPLE));
    assertRefused(catalog, group(both, List.of(), count()), "several such tables");
    Rel theirs = joined(SCAN, MINE);
    assertRefused(catalog, group(theirs, List.of(), sum(ref(theirs, 7))), "another table's");
    Rel groups = group(SCAN, List.of(ref(SCAN, 1)), sum(ref(SCAN, 2)), count());
    Expr mean = call(Function.DIVIDE, DataType.decimal(38, 6), ref(groups, 1), ref(groups, 2));
    Expr one = new Expr.Literal(mean.type(), new BigDecimal("1.000000"));
    assertRefused(catalog, new Rel.Filter(groups, test(Function.GREATER, mean, one)), "quotients");
    Plan kept = new Plan(groups, true, "UTC", Release.parse("none:later", List.of("north")));
    assertThatThrownBy(() -> PolicyCheck.check(kept, catalog, "analyst"))
        .isInstanceOf(TrefoilException.class)
        .hasStackTraceContaining("for nobody");

    // A person as often as there are marks, and numbers without a range.
    Plan many = plan(group(theirs, List.of(), count()));
    assertThatThrownBy(() -> new Trial(catalog, tables(List.of()), many))
        .hasMessageContaining("may repeat it");
    Expr scaled = call(Function.MULTIPLY, DataType.INT, ref(SCAN, 1), ref(SCAN, 2));
    Rel odd = new Rel.Filter(SCAN, test(Function.LESS, scaled, number(DataType.INT, 9)));
    assertThatThrownBy(() -> Fragments.split(plan(group(odd, List.of(), count())), catalog))
        .hasMessageContaining("that it fails would tell of a row");
    Expr moved =
        call(
            Function.TIMESTAMP_ADD,
            DataType.TIMESTAMP,
            ref(SCAN, 5),
            new Expr.Literal(DataType.DAY_TIME, 1L));
    Rel late = new Rel.Filter(SCAN, test(Function.LESS, moved, ref(SCAN, 5)));
    assertThatThrownBy(() -> Fragments.split(plan(group(late, List.of(), count())), catalog))
        .hasMessageContaining("that it fails would tell of a row");
    Rel met = joined(GUARDED, SCAN);
    Catalog open =
        Catalog.of(List.of(people("north", PrivacyRule.UNIT), other(GUARDED, "south", 1)));
    Expr summed = call(Function.ADD, DataType.INT, ref(met, 1), ref(met, 4));
    Rel guessed = new Rel.Filter(met, test(Function.LESS, summed, number(DataType.INT, 9)));
    Trial overflows =
        new Trial(
            open,
            Map.of(
                "north.people",
                List.of(person(1, 1, 1, null)),
                "south.guarded",
                List.of(List.of(1L, 2L))),
            plan(group(guessed, List.of(), count())));
    assertThatThrownBy(() -> overflows.run(TestWorld.fresh()))
        .hasStackTraceContaining("nobody may be told whether it does");
    Plan wide = plan(group(SCAN, List.of(), sum(ref(SCAN, 4))));
    assertThatThrownBy(() -> Fragments.split(wide, catalog))
        .hasMessageContaining("declare a range");
  }

  private static void assertRefused(Catalog catalog, Rel rel, String why) {
    assertThatThrownBy(() -> PolicyCheck.check(plan(rel), catalog, "analyst"))
        .isInstanceOf(TrefoilException.class)
        .hasStackTraceContaining("asks for privacy")
        .hasStackTraceContaining(why);
  }
}
