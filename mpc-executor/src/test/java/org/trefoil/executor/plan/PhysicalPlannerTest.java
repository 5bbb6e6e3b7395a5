package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.executor.plan.Hospital.allThree;
import static org.trefoil.executor.plan.Hospital.allVisits;
import static org.trefoil.executor.plan.Hospital.call;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.max;
import static org.trefoil.executor.plan.Hospital.min;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.patientsStays;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.random.Prg;
import org.trefoil.share.recipient.Reconstruction;

/** Whole small queries on shares against the clear. */
class PhysicalPlannerTest {
  private static final String OWN_GROUPS = "groups known to the owner of the rows";

  private static Map<String, Rel> queries() {
    Map<String, Rel> queries = new LinkedHashMap<>();
    Rel two = patientsStays();
    queries.put(
        "every aggregate by a nullable string",
        group(
            two,
            List.of(ref(two, 1)),
            count(),
            count(ref(two, 5)),
            count(ref(two, 2)),
            sum(ref(two, 5)),
            sum(ref(two, 7)),
            min(ref(two, 6)),
            max(ref(two, 5)),
            min(ref(two, 5))));
    queries.put(
        "groups of two owners",
        group(two, List.of(ref(two, 2), ref(two, 7)), count(), sum(ref(two, 5))));
    Rel flags = group(two, List.of(ref(two, 7)), min(ref(two, 2)), max(ref(two, 2)));
    queries.put("extremes of a boolean", flags);
    queries.put(
        "ORDER BY an extreme boolean",
        new Rel.Limit(
            new Rel.Sort(
                new Rel.Filter(flags, test(Function.IS_NOT_NULL, ref(flags, 1))),
                List.of(
                    new Rel.Sort.Key(ref(flags, 1), false, false),
                    new Rel.Sort.Key(ref(flags, 0), true, true))),
            0,
            4));
    queries.put(
        OWN_GROUPS,
        group(
            two, List.of(ref(two, 7), ref(two, 6)), count(), sum(ref(two, 5)), count(ref(two, 5))));
    queries.put(
        OWN_GROUPS + " and what follows from them",
        group(two, List.of(ref(two, 1), ref(two, 4), ref(two, 2)), count(), sum(ref(two, 5))));
    queries.put(
        "a handful of values",
        group(two, List.of(ref(two, 2)), count(), sum(ref(two, 5)), count(ref(two, 5))));
    queries.put("distinct", group(two, List.of(ref(two, 1), ref(two, 6))));
    queries.put(
        "global",
        group(
            two,
            List.of(),
            count(),
            count(ref(two, 5)),
            sum(ref(two, 5)),
            min(ref(two, 6)),
            max(ref(two, 1))));
    Rel none = new Rel.Filter(two, test(Function.LESS, ref(two, 7), number(DataType.INT, -1)));
    queries.put(
        "global of nothing", group(none, List.of(), count(), sum(ref(two, 5)), max(ref(two, 6))));
    queries.put("groups of nothing", group(none, List.of(ref(two, 1)), count()));

    Rel three = allThree();
    queries.put(
        OWN_GROUPS + " and what follows through two joins",
        group(
            three,
            List.of(ref(three, 8), ref(three, 6), ref(three, 1)),
            count(),
            sum(ref(three, 9)),
            sum(ref(three, 7))));
    Expr product = call(Function.MULTIPLY, DataType.INT, ref(three, 9), ref(three, 7));
    Expr chosen =
        new Expr.Call(
            Function.CASE, List.of(ref(three, 2), product, ref(three, 9)), DataType.INT, true);
    Rel byCity = group(three, List.of(ref(three, 1)), count(), sum(chosen), sum(ref(three, 9)));
    queries.put("three owners, CASE over shares", byCity);
    Rel compared = new Rel.Filter(three, test(Function.LESS, ref(three, 9), ref(three, 7)));
    queries.put(
        "comparison across owners",
        group(compared, List.of(ref(three, 10)), count(), sum(ref(three, 5))));
    Rel disjunction =
        new Rel.Filter(
            three,
            test(
                Function.OR,
                ref(three, 2),
                test(Function.EQUAL, ref(three, 9), number(DataType.INT, 3))));
    queries.put(
        "disjunction across owners",
        group(disjunction, List.of(ref(three, 10)), count(ref(three, 9))));
    Rel having =
        new Rel.Filter(byCity, test(Function.GREATER, ref(byCity, 1), number(DataType.BIGINT, 3)));
    queries.put("HAVING", having);
    queries.put(
        "ORDER BY, LIMIT",
        new Rel.Limit(
            new Rel.Sort(
                having,
                List.of(
                    new Rel.Sort.Key(ref(byCity, 3), false, false),
                    new Rel.Sort.Key(ref(byCity, 0), true, true))),
            0,
            3));
    Expr vip =
        new Expr.Call(
            Function.CASE,
            List.of(ref(two, 2), ref(two, 7), number(DataType.INT, 0)),
            DataType.INT,
            false);
    Expr scaled =
        new Expr.Call(
            Function.CASE,
            List.of(
                ref(two, 2),
                call(Function.MULTIPLY, DataType.INT, ref(two, 7), number(DataType.INT, 9)),
                ref(two, 7)),
            DataType.INT,
            false);
    queries.put(
        "parts of a sum, counted by rows that repeat",
        group(two, List.of(ref(two, 1)), count(), sum(vip), sum(scaled), max(ref(two, 5))));
    queries.put("parts of all rows", group(two, List.of(), sum(vip), sum(scaled)));
    Rel amounts =
        group(two, List.of(ref(two, 1)), sum(ref(two, 5)), count(ref(two, 5)), max(ref(two, 7)));
    Expr average =
        call(
            Function.DIVIDE,
            DataType.decimal(14, 6),
            ref(amounts, 1),
            call(Function.CAST, DataType.decimal(20, 0), ref(amounts, 2)));
    queries.put(
        "averages",
        new Rel.Project(amounts, List.of(ref(amounts, 0), average), List.of("city", "average")));
    queries.put(
        "HAVING and ORDER BY of averages",
        new Rel.Limit(
            new Rel.Sort(
                new Rel.Filter(
                    amounts,
                    test(
                        Function.GREATER,
                        average,
                        new Expr.Literal(DataType.decimal(14, 6), new BigDecimal("-600.000000")))),
                List.of(new Rel.Sort.Key(average, false, false))),
            0,
            4));
    Rel visits = allVisits();
    queries.put(
        "parts of a union",
        group(
            visits,
            List.of(ref(visits, 1)),
            count(),
            sum(ref(visits, 2)),
            sum(
                new Expr.Call(
                    Function.CASE,
                    List.of(
                        test(
                            Function.GREATER,
                            ref(visits, 2),
                            new Expr.Literal(DataType.SMALLINT, 0L)),
                        ref(visits, 2),
                        new Expr.Literal(DataType.SMALLINT, null)),
                    DataType.SMALLINT,
                    true))));
    queries.put(
        "union",
        group(visits, List.of(ref(visits, 1)), count(), sum(ref(visits, 2)), max(ref(visits, 2))));
    queries.put("global union", group(visits, List.of(), count(), sum(ref(visits, 2))));
    Rel revenue =
        group(
            three,
            List.of(),
            sum(
                call(
                    Function.MULTIPLY,
                    DataType.decimal(21, 2),
                    ref(three, 5),
                    new Expr.Call(
                        Function.CAST, List.of(ref(three, 9)), DataType.decimal(10, 0), true))));
    queries.put("product of decimals of two owners", revenue);
    return queries;
  }

  static Stream<String> names() {
    return queries().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void matchesPlaintext(String name) {
    Rel root = queries().get(name);
    boolean ordered = root instanceof Rel.Limit;
    TestWorld world = TestWorld.fresh();
    Prg random = world.data(name);
    int revealed = 0;
    for (int k : new int[] {1, 2, 4}) {
      for (int[] sizes : new int[][] {{12, 30, 40, 25}, {1, 1, 1, 1}, {25, 60, 150, 9}}) {
        Trial trial =
            new Trial(Hospital.catalog(k), Hospital.tables(random, sizes), Hospital.plan(root));
        List<String> expected = Trial.text(trial.clear(), ordered);
        if (k == 1) {
          assertThat(expected).isEqualTo(Trial.text(trial.unsuppressed(), ordered));
        }
        TestWorld.Run<RevealedShares> run = trial.run(world);
        assertThat(Trial.text(trial.opened(run), ordered)).isEqualTo(expected);
        assertThat(run.results.get(0).suppressionMayApply()).isEqualTo(k > 1);
        revealed += expected.size();
      }
    }
    assertThat(revealed).isGreaterThan(name.equals("groups of nothing") ? -1 : 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "every aggregate by a nullable string",
        "comparison across owners",
        "ORDER BY, LIMIT",
        "union"
      })
  void messagesDependOnlyOnPublicSizes(String name) {
    Rel root = queries().get(name);
    Prg random = TestWorld.seeded(3).data(name);
    Map<String, List<List<Object>>> tables = Hospital.tables(random, 15, 60, 120, 30);
    TestWorld.Run<RevealedShares> one = run(root, tables);
    // Other values everywhere that keys are ordered by, in the same order.
    TestWorld.Run<RevealedShares> other = run(root, Hospital.alike(tables));
    assertThat(other.transcript).isEqualTo(one.transcript);
    assertThat(other.opened).isEqualTo(one.opened);
    // Other data under the same shuffles open something else: the comparison can fail.
    TestWorld.Run<RevealedShares> third = run(root, Hospital.tables(random, 15, 60, 120, 30));
    assertThat(third.opened).isNotEqualTo(one.opened);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OWN_GROUPS,
        OWN_GROUPS + " and what follows from them",
        OWN_GROUPS + " and what follows through two joins"
      })
  void groupsThatAnOwnerKnowsAreNotSorted(String name) {
    Map<String, List<List<Object>>> tables =
        Hospital.tables(TestWorld.seeded(3).data(name), 15, 60, 120, 30);
    List<TestWorld.Run<RevealedShares>> runs = new ArrayList<>();
    for (Map<String, List<List<Object>>> of : List.of(tables, Hospital.alike(tables))) {
      Trial trial = new Trial(Hospital.catalog(1), of, Hospital.plan(queries().get(name)));
      assertThat(ownerGroups(trial)).isPresent();
      TestWorld.Run<RevealedShares> run = trial.run(TestWorld.seeded(9));
      assertThat(Trial.text(trial.opened(run), false))
          .isEqualTo(Trial.text(trial.unsuppressed(), false))
          .isNotEmpty();
      assertThat(run.transcript).noneMatch(sent -> sent.step().contains("group/pass"));
      runs.add(run);
    }
    assertThat(runs.get(1).transcript).isEqualTo(runs.get(0).transcript);
    assertThat(runs.get(1).opened).isEqualTo(runs.get(0).opened);
    // Where another table needs a count of distinct rows, they are sorted.
    Trial counted = new Trial(Hospital.catalog(2), tables, Hospital.plan(queries().get(name)));
    assertThat(ownerGroups(counted)).isEmpty();
  }

  @Test
  void aHandfulOfValuesIsNotSorted() {
    Trial trial =
        new Trial(
            Hospital.catalog(1),
            Hospital.tables(TestWorld.seeded(3).data("few"), 15, 60, 120, 30),
            Hospital.plan(queries().get("a handful of values")));
    // Of few rows a sort has fewer rounds: here bytes count.
    TestWorld.Run<RevealedShares> run = trial.run(TestWorld.fresh().with(new Link(0, 1)));
    assertThat(run.transcript).anyMatch(sent -> sent.step().contains("/few/"));
    assertThat(run.transcript).noneMatch(sent -> sent.step().contains("/pass0"));
    assertThat(Trial.text(trial.opened(run), false))
        .isEqualTo(Trial.text(trial.unsuppressed(), false))
        .hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"every aggregate by a nullable string", "union"})
  void tellsHowManyGroupsAreHeldBackWhereEveryPolicyAllowsIt(String name) {
    TestWorld world = TestWorld.fresh();
    Map<String, List<List<Object>>> tables = Hospital.tables(world.data(name), 12, 30, 40, 25);
    Rel root = queries().get(name);
    int heldBack = 0;
    for (int k : new int[] {1, 2, 6, 100}) {
      Trial trial = new Trial(Hospital.telling(k), tables, Hospital.plan(root));
      List<Optional<Sums>> told = trial.run(world).results.stream().map(r -> r.heldBack()).toList();
      if (k == 1) {
        assertThat(told).allMatch(Optional::isEmpty);
      } else {
        List<SharedColumn> shares = told.stream().<SharedColumn>map(Optional::orElseThrow).toList();
        int held = trial.unsuppressed().size() - trial.clear().size();
        assertThat(Reconstruction.open(shares).limbs()[0]).containsExactly(held);
        heldBack += held;
      }
    }
    assertThat(heldBack).isPositive();
    Trial silent = new Trial(Hospital.catalog(2), tables, Hospital.plan(root));
    assertThat(silent.run(world).results).allMatch(r -> r.heldBack().isEmpty());
  }

  private static OptionalInt ownerGroups(Trial trial) {
    Rel rel = trial.split.remainder();
    while (!(rel instanceof Rel.Aggregate)) {
      rel = rel.inputs().get(0);
    }
    return trial.layout.ownerGroups((Rel.Aggregate) rel);
  }

  private static TestWorld.Run<RevealedShares> run(
      Rel root, Map<String, List<List<Object>>> tables) {
    Trial trial = new Trial(Hospital.catalog(2), tables, Hospital.plan(root));
    TestWorld.Run<RevealedShares> run = trial.run(TestWorld.seeded(9));
    boolean ordered = root instanceof Rel.Limit;
    assertThat(Trial.text(trial.opened(run), ordered))
        .isEqualTo(Trial.text(trial.clear(), ordered))
        .isNotEmpty();
    return run;
  }

  @ParameterizedTest
  @MethodSource("names")
  void costsAboutWhatIsEstimated(String name) {
    TestWorld world = TestWorld.fresh();
    Trial trial =
        new Trial(
            Hospital.catalog(2),
            Hospital.tables(world.data(name), 60, 300, 500, 400),
            Hospital.plan(queries().get(name)));
    Cost says = Estimate.of(trial.split, trial.layout, Link.LAN).total();
    Cost sent = trial.run(world).cost();
    assertThat((double) sent.bytes()).isBetween(says.bytes() / 2.0, says.bytes() * 2.0);
    assertThat((double) sent.rounds()).isBetween(says.rounds() / 3.0, says.rounds() * 3.0);
  }

  @Test
  void anOverflowOfTheSqlTypeIsAnError() {
    Rel across = allThree();
    Rel product =
        group(
            across,
            List.of(ref(across, 10)),
            sum(call(Function.MULTIPLY, DataType.INT, ref(across, 9), ref(across, 7))));
    Prg random = TestWorld.fresh().data("overflow");
    Map<String, List<List<Object>>> tables =
        new LinkedHashMap<>(Hospital.tables(random, 12, 60, 200, 1));
    assertThat(run(product, tables).results).hasSize(3);
    tables.put(
        "bank.fees",
        tables.get("bank.fees").stream()
            .map(row -> Arrays.<Object>asList(row.get(0), 2_000_000_000L, row.get(2)))
            .toList());
    assertThatThrownBy(() -> run(product, tables))
        .hasMessageContaining("TREFOIL_ARITHMETIC_OVERFLOW");
  }

  @Test
  void holdsBackGroupsToWhichTooFewOwnersContribute() {
    // Both in Rome, the north alone in Bonn; in Bo the south has no score above 5, and in Rome it
    // alone has one that is not above 5.
    Map<String, List<List<Object>>> tables =
        Map.of(
            "north.visits",
            List.of(
                Arrays.asList(1L, "Rom", 7L),
                Arrays.asList(2L, "Bonn", 8L),
                Arrays.asList(3L, "Bonn", 9L),
                Arrays.asList(4L, "Bo", 9L)),
            "south.visits",
            List.of(
                Arrays.asList(5L, "Rom", 6L),
                Arrays.asList(6L, "Rom", 2L),
                Arrays.asList(7L, "Bo", 1L)));
    Rel visits = allVisits();
    Expr above = test(Function.GREATER, ref(visits, 2), number(DataType.SMALLINT, 5));
    Expr high =
        new Expr.Call(
            Function.CASE,
            List.of(above, ref(visits, 2), new Expr.Literal(DataType.SMALLINT, null)),
            DataType.SMALLINT,
            true);
    Rel root = group(visits, List.of(ref(visits, 1)), count(), sum(ref(visits, 2)), sum(high));
    Trial trial = new Trial(Hospital.ofOwners(1, 2), tables, Hospital.plan(root));
    TestWorld.Run<RevealedShares> run = trial.run(TestWorld.fresh());
    assertThat(Trial.text(trial.opened(run), false))
        .isEqualTo(Trial.text(trial.clear(), false))
        .containsExactly("[Bo, 2, 10, null]", "[Rom, 3, 15, null]");
    Cost says = Estimate.of(trial.split, trial.layout, Link.LAN).total();
    assertThat((double) run.cost().bytes()).isBetween(says.bytes() / 3.0, says.bytes() * 3.0);
    // A recipient does not count: the south alone is one.
    Plan toNorth = new Plan(root, true, "UTC", Release.parse("north", List.of("north", "south")));
    Trial told = new Trial(Hospital.ofOwners(1, 2), tables, toNorth);
    assertThat(told.opened(told.run(TestWorld.fresh()))).isEmpty();
    assertThat(told.clear()).isEmpty();
    Rel overall = group(visits, List.of(), count(), sum(ref(visits, 2)));
    Trial all = new Trial(Hospital.ofOwners(2, 2), tables, Hospital.plan(overall));
    assertThat(Trial.text(all.opened(all.run(TestWorld.fresh())), false))
        .isEqualTo(Trial.text(all.clear(), false))
        .hasSize(1);
  }

  @Test
  void anOwnerCannotPassItsRowsOffAsThoseOfAnother() {
    // Of the north one person in Rome: with k = 3 too few, whatever the south says of its own rows.
    List<List<Object>> north = List.of(Arrays.asList(1L, "Rom", 7L));
    List<List<Object>> south =
        Stream.of(11L, 12L, 13L, 14L).map(p -> Arrays.<Object>asList(p, "Rom", 1L)).toList();
    Rel visits = allVisits();
    Rel bySite = group(visits, List.of(ref(visits, 1)), count(), sum(ref(visits, 2)));
    Rel overall = group(visits, List.of(), count(), sum(ref(visits, 2)));
    for (Rel root : List.of(bySite, overall)) {
      Trial trial =
          new Trial(
                  Hospital.catalog(3),
                  Map.of("north.visits", north, "south.visits", south),
                  Hospital.plan(root))
              .claiming(branch -> 0);
      assertThat(trial.opened(trial.run(TestWorld.fresh()))).isEmpty();
    }
  }
}
