package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.executor.plan.Hospital.allThree;
import static org.trefoil.executor.plan.Hospital.call;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.fees;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.max;
import static org.trefoil.executor.plan.Hospital.min;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.patients;
import static org.trefoil.executor.plan.Hospital.patientsStays;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.stays;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Rel.Join.Kind;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/** Aggregates below joins and aggregates, subqueries, outer joins: on shares against the clear. */
class NestedQueriesTest {
  /** Places, running sums and other rows' values, in orders without ties where these would show. */
  private static void windows(Map<String, Rel> queries, Rel two, Rel perPatient) {
    Rel.Sort.Key days = new Rel.Sort.Key(ref(two, 6), false, false);
    Rel.Sort.Key stay = new Rel.Sort.Key(ref(two, 3), true, true);
    Rel.Sort.Key amount = new Rel.Sort.Key(ref(two, 5), true, false);
    Rel places =
        window(
            two,
            List.of(ref(two, 1)),
            List.of(days),
            window(WindowCall.Kind.RANK, DataType.INT),
            window(WindowCall.Kind.DENSE_RANK, DataType.INT),
            new WindowCall(
                WindowCall.Kind.SUM_OF_PEERS, Optional.of(ref(two, 7)), DataType.BIGINT, 0),
            new WindowCall(
                WindowCall.Kind.COUNT_OF_PEERS, Optional.of(ref(two, 5)), DataType.BIGINT, 0),
            new WindowCall(
                WindowCall.Kind.SUM_OF_PEERS,
                Optional.of(ref(two, 5)),
                DataType.decimal(19, 2),
                0));
    queries.put(
        "ranks and what comes up to a day",
        group(
            places,
            List.of(ref(places, 2)),
            sum(ref(places, 8)),
            max(ref(places, 9)),
            sum(ref(places, 10)),
            sum(ref(places, 11)),
            counted(ref(places, 12)),
            sum(ref(places, 12))));
    queries.put(
        "how many there are of each rank",
        group(places, List.of(ref(places, 8), ref(places, 9)), count()));
    Rel rows =
        window(
            two,
            List.of(ref(two, 1)),
            List.of(amount, stay),
            window(WindowCall.Kind.ROW_NUMBER, DataType.INT),
            window(WindowCall.Kind.COUNT, DataType.BIGINT),
            new WindowCall(
                WindowCall.Kind.SUM, Optional.of(ref(two, 5)), DataType.decimal(19, 2), 0),
            new WindowCall(WindowCall.Kind.LAG, Optional.of(ref(two, 5)), Hospital.AMOUNT, 1),
            new WindowCall(WindowCall.Kind.LAG, Optional.of(ref(two, 1)), Hospital.CITY, -2),
            new WindowCall(WindowCall.Kind.LAG, Optional.of(ref(two, 2)), DataType.BOOLEAN, 1),
            new WindowCall(WindowCall.Kind.LAG, Optional.of(ref(two, 3)), DataType.INT, -40));
    Rel few =
        new Rel.Filter(rows, test(Function.LESS_OR_EQUAL, ref(rows, 8), number(DataType.INT, 2)));
    queries.put(
        "the first rows of each partition",
        group(few, List.of(ref(few, 1)), count(), sum(ref(few, 9)), sum(ref(few, 10))));
    queries.put(
        "how many rows have a running sum",
        group(rows, List.of(ref(rows, 1)), counted(ref(rows, 10)), sum(ref(rows, 9))));
    queries.put(
        "other rows' values",
        group(
            rows,
            List.of(ref(rows, 12)),
            count(),
            max(ref(rows, 11)),
            sum(ref(rows, 11)),
            counted(ref(rows, 13)),
            max(ref(rows, 13)),
            counted(ref(rows, 14))));
    Rel alone =
        window(
            stays(),
            List.of(ref(stays(), 1)),
            List.of(new Rel.Sort.Key(ref(stays(), 0), true, true)),
            new WindowCall(WindowCall.Kind.SUM, Optional.of(ref(stays(), 4)), DataType.BIGINT, 0));
    queries.put(
        "a window of one owner's rows",
        group(alone, List.of(ref(alone, 3)), sum(ref(alone, 5)), max(ref(alone, 5))));
    Rel ordered =
        window(
            perPatient,
            List.of(),
            List.of(
                new Rel.Sort.Key(ref(perPatient, 2), false, false),
                new Rel.Sort.Key(ref(perPatient, 0), true, true)),
            window(WindowCall.Kind.ROW_NUMBER, DataType.INT));
    Rel first =
        new Rel.Filter(
            ordered, test(Function.LESS_OR_EQUAL, ref(ordered, 4), number(DataType.INT, 3)));
    queries.put(
        "the first of the groups",
        new Rel.Project(first, List.of(ref(first, 2), ref(first, 4)), List.of("n", "r")));
  }

  private static AggregateCall counted(Expr of) {
    return new AggregateCall(AggregateCall.Kind.COUNT, Optional.of(of), DataType.BIGINT);
  }

  private static WindowCall window(WindowCall.Kind kind, DataType type) {
    return new WindowCall(kind, Optional.empty(), type, 0);
  }

  private static Rel window(
      Rel input, List<Expr> partitions, List<Rel.Sort.Key> keys, WindowCall... calls) {
    List<String> names = Stream.of(calls).map(c -> c.kind().name()).toList();
    return new Rel.Window(input, partitions, keys, List.of(calls), names);
  }

  private static Map<String, Rel> queries() {
    Map<String, Rel> queries = new LinkedHashMap<>();
    Rel two = patientsStays();
    Rel three = allThree();

    Rel perPatient = group(two, List.of(ref(two, 0), ref(two, 1)), count(), sum(ref(two, 7)));
    queries.put(
        "how many have so many",
        group(perPatient, List.of(ref(perPatient, 2)), count(), sum(ref(perPatient, 3))));
    queries.put(
        "an aggregate of aggregates by an inner group",
        group(
            new Rel.Filter(
                perPatient, test(Function.GREATER, ref(perPatient, 3), number(DataType.BIGINT, 5))),
            List.of(ref(perPatient, 1)),
            count(),
            max(ref(perPatient, 3)),
            sum(ref(perPatient, 2))));

    Rel distinct = group(three, List.of(ref(three, 10), ref(three, 0)));
    queries.put("count distinct", group(distinct, List.of(ref(distinct, 0)), count()));

    Rel nights = group(two, List.of(ref(two, 0)), sum(ref(two, 7)), max(ref(two, 6)));
    Rel withNights = join(Kind.INNER, nights, two, (l, r) -> equal(l.get(0), r.get(4)));
    queries.put(
        "a join with an aggregate",
        group(withNights, List.of(ref(withNights, 4)), sum(ref(withNights, 1)), count()));
    Rel longest =
        new Rel.Filter(withNights, test(Function.EQUAL, ref(withNights, 2), ref(withNights, 9)));
    queries.put("a correlated extreme", group(longest, List.of(ref(longest, 5)), count()));

    Rel byCity = group(two, List.of(ref(two, 1)), sum(ref(two, 7)));
    Rel all = group(three, List.of(), sum(ref(three, 9)), count());
    Rel crossed = join(Kind.INNER, byCity, all, (l, r) -> test(Function.LESS, l.get(1), r.get(0)));
    queries.put(
        "HAVING with a scalar subquery",
        new Rel.Project(crossed, List.of(ref(crossed, 0), ref(crossed, 1)), List.of("a", "b")));
    Rel least = group(two, List.of(), min(ref(two, 6)));
    Rel late = join(Kind.INNER, two, least, (l, r) -> test(Function.LESS, r.get(0), l.get(6)));
    queries.put("WHERE with a scalar subquery", group(late, List.of(ref(late, 1)), count()));

    for (Kind kind : List.of(Kind.LEFT_SEMI, Kind.LEFT_ANTI)) {
      Rel some = join(kind, patients(), two, (l, r) -> equal(l.get(0), r.get(4)));
      queries.put(kind + " of joined rows", group(some, List.of(ref(some, 1)), count()));
      Rel of = join(kind, stays(), patients(), (l, r) -> equal(l.get(1), r.get(0)));
      queries.put(kind + " by a key that may be NULL", group(of, List.of(ref(of, 4)), count()));
      Rel differs =
          join(
              kind,
              two,
              three,
              (l, r) ->
                  test(
                      Function.AND,
                      equal(l.get(4), r.get(0)),
                      test(Function.NOT, equal(l.get(3), r.get(3)))));
      queries.put(kind + " with another row", group(differs, List.of(ref(differs, 7)), count()));
      Rel later =
          join(
              kind,
              two,
              three,
              (l, r) ->
                  test(
                      Function.AND,
                      equal(l.get(0), r.get(4)),
                      test(Function.LESS, l.get(6), r.get(6))));
      queries.put(kind + " with a later row", group(later, List.of(ref(later, 1)), count()));
      Rel any =
          join(
              kind,
              patients(),
              fees(),
              (l, r) ->
                  test(
                      Function.GREATER,
                      r.get(1),
                      number(DataType.INT, kind == Kind.LEFT_SEMI ? 0 : 7)));
      queries.put(kind + " of anything", group(any, List.of(ref(any, 1)), count()));
    }
    windows(queries, two, perPatient);
    Rel exists = join(Kind.EXISTENCE, stays(), fees(), (l, r) -> equal(l.get(0), r.get(0)));
    Rel either =
        new Rel.Filter(
            exists,
            test(
                Function.OR,
                ref(exists, 5),
                test(Function.GREATER, ref(exists, 4), number(DataType.INT, 6))));
    queries.put("EXISTS or a condition", group(either, List.of(ref(either, 4)), count()));
    Rel notIn =
        join(
            Kind.LEFT_ANTI,
            stays(),
            fees(),
            (l, r) ->
                test(
                    Function.OR,
                    equal(
                        l.get(1),
                        new Expr.Call(Function.CAST, List.of(r.get(0)), DataType.BIGINT, true)),
                    test(
                        Function.IS_NULL,
                        equal(
                            l.get(1),
                            new Expr.Call(
                                Function.CAST, List.of(r.get(0)), DataType.BIGINT, true)))));
    queries.put("NOT IN where there is NULL", group(notIn, List.of(), count()));
    Rel known = new Rel.Filter(fees(), test(Function.IS_NOT_NULL, ref(fees(), 1)));
    Rel notInKnown =
        join(
            Kind.LEFT_ANTI,
            stays(),
            known,
            (l, r) ->
                test(
                    Function.OR,
                    equal(l.get(4), r.get(1)),
                    test(Function.IS_NULL, equal(l.get(4), r.get(1)))));
    queries.put("NOT IN", group(notInKnown, List.of(ref(notInKnown, 4)), count()));

    Rel looked = join(Kind.LEFT, stays(), patients(), (l, r) -> equal(l.get(1), r.get(0)));
    queries.put(
        "LEFT join with a key",
        group(
            looked, List.of(ref(looked, 6)), count(), count(ref(looked, 5)), sum(ref(looked, 4))));
    Rel right =
        join(
            Kind.RIGHT,
            patients(),
            stays(),
            (l, r) ->
                test(
                    Function.AND,
                    equal(l.get(0), r.get(1)),
                    test(
                        Function.AND,
                        l.get(2),
                        test(Function.GREATER, r.get(4), number(DataType.INT, 3)))));
    queries.put(
        "RIGHT join with more conditions",
        group(right, List.of(ref(right, 1)), count(), count(ref(right, 2)), max(ref(right, 0))));
    Rel kept = join(Kind.LEFT, patients(), stays(), (l, r) -> equal(l.get(0), r.get(1)));
    Rel number = group(kept, List.of(ref(kept, 0)), count(ref(kept, 3)));
    queries.put(
        "LEFT join from the side of the key", group(number, List.of(ref(number, 1)), count()));
    Rel some =
        join(
            Kind.LEFT,
            patients(),
            two,
            (l, r) ->
                test(
                    Function.AND,
                    equal(l.get(0), r.get(4)),
                    test(
                        Function.AND,
                        l.get(2),
                        test(Function.LESS, r.get(7), number(DataType.INT, 5)))));
    queries.put(
        "LEFT join with more conditions",
        group(
            some,
            List.of(ref(some, 1), ref(some, 4)),
            count(),
            count(ref(some, 6)),
            sum(ref(some, 8)),
            max(ref(some, 0))));
    Rel full = join(Kind.FULL, patients(), stays(), (l, r) -> equal(l.get(0), r.get(1)));
    queries.put(
        "FULL join",
        group(
            full,
            List.of(ref(full, 1), ref(full, 7)),
            count(),
            count(ref(full, 0)),
            count(ref(full, 2)),
            sum(ref(full, 5)),
            min(ref(full, 6))));
    Rel sides =
        join(
            Kind.FULL,
            group(two, List.of(ref(two, 1)), count()),
            group(three, List.of(ref(three, 1)), sum(ref(three, 9))),
            (l, r) -> equal(l.get(0), r.get(0)));
    queries.put("FULL join of aggregates", sides);
    Rel counts = group(three, List.of(ref(three, 0)), count(), sum(ref(three, 9)));
    Rel counted = join(Kind.LEFT, patients(), counts, (l, r) -> equal(l.get(0), r.get(0)));
    Expr none =
        new Expr.Call(
            Function.COALESCE,
            List.of(ref(counted, 4), number(DataType.BIGINT, 0)),
            DataType.BIGINT,
            false);
    queries.put(
        "LEFT join with an aggregate",
        group(counted, List.of(none), count(), sum(ref(counted, 5))));
    queries.put(
        "groups by what is computed of several tables",
        group(
            three,
            List.of(call(Function.ADD, DataType.INT, ref(three, 9), ref(three, 7))),
            count(),
            max(call(Function.SUBTRACT, DataType.INT, ref(three, 9), ref(three, 7)))));
    Rel united =
        new Rel.Union(
            List.of(
                columns(two, ref(two, 1), ref(two, 7), text("stay"), ref(two, 5)),
                columns(three, ref(three, 1), ref(three, 9), text("fee"), ref(three, 5)),
                columns(
                    stays(),
                    new Expr.Literal(ref(two, 1).type(), null),
                    ref(stays(), 4),
                    text("any"),
                    ref(stays(), 2))));
    queries.put(
        "a union of joins",
        group(
            united,
            List.of(ref(united, 0), ref(united, 2)),
            count(),
            sum(ref(united, 1)),
            max(ref(united, 1)),
            sum(ref(united, 3))));
    Rel ofCities = group(two, List.of(ref(two, 1)), sum(ref(two, 7)), count());
    Rel ofVips = group(three, List.of(ref(three, 1)), sum(ref(three, 9)), count());
    Rel both =
        new Rel.Union(
            List.of(
                columns(
                    ofCities, ref(ofCities, 0), ref(ofCities, 1), text("all"), ref(ofCities, 2)),
                columns(
                    ofVips,
                    ref(ofVips, 0),
                    ref(ofVips, 1),
                    text("known"),
                    number(DataType.BIGINT, 7))));
    queries.put(
        "an aggregate of a union of aggregates",
        group(both, List.of(ref(both, 2)), count(), sum(ref(both, 1)), sum(ref(both, 3))));
    queries.put("a union of aggregates", both);
    Rel kinds = group(both, List.of(ref(both, 0), ref(both, 2)), sum(ref(both, 1)));
    Rel wide =
        join(
            Kind.INNER,
            kinds,
            group(both, List.of(ref(both, 0), ref(both, 2)), count()),
            (l, r) -> test(Function.AND, equal(l.get(0), r.get(0)), equal(l.get(1), r.get(1))));
    queries.put("a join of aggregates on long keys", wide);
    return queries;
  }

  private static Rel columns(Rel rel, Expr... columns) {
    return new Rel.Project(
        rel,
        List.of(columns),
        Stream.iterate(0, i -> i + 1).limit(columns.length).map(i -> "c" + i).toList());
  }

  private static Expr text(String value) {
    return new Expr.Literal(DataType.string(value.length()), value);
  }

  private interface On {
    Expr of(List<Expr> left, List<Expr> right);
  }

  private static Rel join(Kind kind, Rel left, Rel right, On on) {
    List<Expr> l = new ArrayList<>();
    List<Expr> r = new ArrayList<>();
    for (Field f : left.fields()) {
      l.add(new Expr.FieldRef(l.size(), f.type(), f.nullable()));
    }
    for (Field f : right.fields()) {
      r.add(new Expr.FieldRef(l.size() + r.size(), f.type(), f.nullable()));
    }
    return new Rel.Join(kind, left, right, on.of(l, r));
  }

  private static Expr equal(Expr left, Expr right) {
    return test(Function.EQUAL, left, right);
  }

  static Stream<String> names() {
    return queries().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void matchesPlaintext(String name) {
    Rel root = queries().get(name);
    TestWorld world = TestWorld.fresh();
    Prg random = world.data(name);
    int revealed = 0;
    int[][] tables = {{12, 30, 40, 1}, {1, 1, 1, 1}, {20, 45, 90, 1}};
    // Few rows may have no answer to a rare question: then more tables are drawn.
    for (int i = 0; i < tables.length || (revealed == 0 && i < 20); i++) {
      int[] sizes = tables[i % tables.length];
      Trial trial =
          new Trial(Hospital.catalog(1), Hospital.tables(random, sizes), Hospital.plan(root));
      List<String> expected = Trial.text(trial.unsuppressed(), false);
      assertThat(Trial.text(trial.clear(), false)).isEqualTo(expected);
      assertThat(Trial.text(trial.opened(trial.run(world)), false)).isEqualTo(expected);
      revealed += expected.size();
    }
    assertThat(revealed).isGreaterThan(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "how many have so many",
        "a join with an aggregate",
        "the first rows of each partition",
        "LEFT_ANTI with a later row",
        "LEFT join with a key",
        "LEFT join from the side of the key"
      })
  void messagesDependOnlyOnPublicSizes(String name) {
    Rel root = queries().get(name);
    Prg random = TestWorld.seeded(3).data(name);
    Map<String, List<List<Object>>> tables = Hospital.tables(random, 15, 40, 60, 1);
    TestWorld.Run<RevealedShares> one = run(root, tables);
    // Other values everywhere that keys are ordered by, in the same order.
    TestWorld.Run<RevealedShares> other = run(root, Hospital.alike(tables));
    assertThat(other.transcript).isEqualTo(one.transcript);
    assertThat(other.opened).isEqualTo(one.opened);
    TestWorld.Run<RevealedShares> third = run(root, Hospital.tables(random, 15, 40, 60, 1));
    assertThat(third.opened).isNotEqualTo(one.opened);
  }

  /** A row's place tells of the rows before it, which nobody counts. */
  @ParameterizedTest
  @ValueSource(strings = {"the first rows of each partition", "a window of one owner's rows"})
  void refusesWindowsOverTablesWithAMinimum(String name) {
    Plan plan = Hospital.plan(queries().get(name));
    assertThatThrownBy(() -> Fragments.split(plan, Hospital.catalog(2)))
        .hasMessageContaining("UNSUPPORTED_OPERATION")
        .hasMessageContaining("in a window with an order");
  }

  private static TestWorld.Run<RevealedShares> run(
      Rel root, Map<String, List<List<Object>>> tables) {
    return new Trial(Hospital.catalog(1), tables, Hospital.plan(root)).run(TestWorld.seeded(9));
  }

  @ParameterizedTest
  @MethodSource("names")
  void costsAboutWhatIsEstimated(String name) {
    TestWorld world = TestWorld.fresh();
    Trial trial =
        new Trial(
            Hospital.catalog(1),
            Hospital.tables(world.data(name), 60, 300, 500, 1),
            Hospital.plan(queries().get(name)));
    Cost says = Estimate.of(trial.split, trial.layout, Link.LAN).total();
    Cost sent = trial.run(world).cost();
    assertThat((double) sent.bytes()).isBetween(says.bytes() / 2.5, says.bytes() * 2.5);
    assertThat((double) sent.rounds()).isBetween(says.rounds() / 3.0, says.rounds() * 3.0);
  }

  @Test
  void refusesWhatIsNotCountedByName() {
    Map<String, Rel> queries = queries();
    for (String name :
        List.of(
            "how many have so many",
            "count distinct",
            "LEFT_ANTI of joined rows",
            "a union of joins",
            "a union of aggregates")) {
      assertThatThrownBy(
              () ->
                  new Trial(
                      Hospital.catalog(2),
                      Hospital.tables(TestWorld.seeded(1).data(name), 2, 2, 2, 1),
                      Hospital.plan(queries.get(name))))
          .hasMessageContaining("TREFOIL_UNSUPPORTED_OPERATION")
          .hasMessageContaining("min-group-size is above 1");
    }
  }
}
