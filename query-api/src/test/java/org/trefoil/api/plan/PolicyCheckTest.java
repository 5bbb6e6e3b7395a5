package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.call;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.min;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.test;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;

class PolicyCheckTest {
  /** {@code a.t}: each column is named after its only verb. */
  private final Catalog catalog =
      Catalog.of(List.of(table("a", Optional.of(List.of("hq"))), table("b", Optional.empty())));

  private final Rows a = Rows.scan(catalog, "a", "t", "j", "f", "g", "s", "r", "none");
  private final Rows b =
      Rows.scan(catalog, "b", "t", "j", "f", "none")
          .select(
              List.of("bj", "bf", "bnone"),
              Rows.scan(catalog, "b", "t", "j", "f", "none").col("j"),
              Rows.scan(catalog, "b", "t", "j", "f", "none").col("f"),
              Rows.scan(catalog, "b", "t", "j", "f", "none").col("none"));

  @Test
  void allowsEachColumnInItsPlace() {
    Rows joined = a.join(b, r -> eq(r.col("j"), r.col("bj")));
    Rows filtered = joined.where(test(Function.LESS, joined.col("f"), integer(3)));
    allowed(
        filtered.group(
            List.of(filtered.col("g")),
            count(),
            sum(filtered.col("s")),
            count(filtered.col("s")),
            min(filtered.col("r")),
            sum(
                call(
                    Function.CASE,
                    DataType.INT,
                    test(Function.LESS, filtered.col("f"), integer(3)),
                    filtered.col("s"),
                    integer(0)))));
  }

  @Test
  void namesColumnTableAndVerb() {
    refused(a.group(List.of(), sum(a.col("none"))), "column none", "a.t", "\"aggregate\"");
    refused(a.group(List.of(), count(a.col("g"))), "column g", "\"aggregate\"", "allows group");
    refused(a.group(List.of(), min(a.col("s"))), "column s", "\"rank\"");
    refused(a.group(List.of(a.col("f")), count()), "column f", "\"group\"");
    refused(
        a.where(test(Function.LESS, a.col("s"), integer(1))).group(List.of(), count()),
        "column s",
        "\"filter\"");
    refused(
        a.where(test(Function.IS_NOT_NULL, a.col("s"))).group(List.of(), sum(a.col("s"))),
        "column s",
        "\"filter\"");
    Rows joined = a.join(b, r -> eq(r.col("f"), r.col("bj")));
    refused(joined.group(List.of(), count()), "column f", "\"join\"");
  }

  @Test
  void looksIntoExpressions() {
    Expr condition = test(Function.LESS, a.col("s"), integer(3));
    refused(
        a.group(
            List.of(), sum(call(Function.CASE, DataType.INT, condition, integer(1), integer(0)))),
        "column s",
        "\"filter\"");
    refused(
        a.group(List.of(), sum(call(Function.NULLIF, DataType.INT, a.col("s"), integer(0)))),
        "column s",
        "\"filter\"");
    Expr other = call(Function.SUBTRACT, DataType.INT, a.col("s"), integer(7));
    for (Function divide : List.of(Function.DIVIDE, Function.INTEGRAL_DIVIDE, Function.REMAINDER)) {
      refused(
          a.group(List.of(), sum(call(divide, DataType.INT, integer(1), other))),
          "column s",
          "\"filter\"");
      allowed(a.group(List.of(), sum(call(divide, DataType.INT, a.col("s"), integer(2)))));
    }
    refused(
        a.group(List.of(), sum(call(Function.NULLIF, DataType.INT, a.col("f"), integer(0)))),
        "column f",
        "\"aggregate\"");
    refused(
        a.group(List.of(call(Function.ADD, DataType.INT, a.col("g"), a.col("s"))), count()),
        "column s",
        "\"group\"");
    refused(
        a.group(
            List.of(
                call(
                    Function.CASE,
                    DataType.INT,
                    test(Function.LESS, a.col("f"), integer(3)),
                    integer(1),
                    integer(2))),
            count()),
        "column f",
        "\"group\"");
  }

  @Test
  void asksNothingForWhatSparkInfers() {
    // j and bj: only "join". f and bf are equated too, and f alone may be filtered.
    Catalog onlyLeft =
        Catalog.of(
            List.of(
                new TableDescriptor(
                    "a",
                    "t",
                    SchemaText.parse("j INT").fields(),
                    List.of(List.of("j")),
                    1,
                    Tpch.policy(1, ColumnPolicy.of(Verb.JOIN, Verb.FILTER), Map.of())),
                new TableDescriptor(
                    "b",
                    "t",
                    SchemaText.parse("j INT").fields(),
                    List.of(),
                    1,
                    Tpch.policy(1, ColumnPolicy.of(Verb.JOIN), Map.of()))));
    Rows left = Rows.scan(onlyLeft, "a", "t", "j");
    Rows right = Rows.scan(onlyLeft, "b", "t", "j");
    Rows inferred =
        right
            .where(
                test(Function.IS_NOT_NULL, right.col("j")),
                test(Function.GREATER, right.col("j"), integer(7)))
            .select(List.of("k"), right.col("j"));
    Rows both =
        inferred.join(
            left.where(
                test(Function.IS_NOT_NULL, left.col("j")),
                test(Function.GREATER, left.col("j"), integer(7))),
            r -> eq(r.col("k"), r.col("j")));
    assertThatCode(() -> PolicyCheck.check(both.group(List.of(), count()).plan(), onlyLeft, "hq"))
        .doesNotThrowAnyException();
    Rows alone = inferred.join(left, r -> eq(r.col("k"), r.col("j")));
    assertThatThrownBy(
            () -> PolicyCheck.check(alone.group(List.of(), count()).plan(), onlyLeft, "hq"))
        .hasMessageContaining("column j of table b.t")
        .hasMessageContaining("\"filter\"");
  }

  @Test
  void letsOnlyListedAnalystsAsk() {
    Plan plan = a.group(List.of(), count()).plan();
    assertThatCode(() -> PolicyCheck.check(plan, catalog, "hq")).doesNotThrowAnyException();
    assertThatThrownBy(() -> PolicyCheck.check(plan, catalog, "press"))
        .hasMessageContaining("TREFOIL_ANALYST_NOT_ALLOWED")
        .hasMessageContaining("press")
        .hasMessageContaining("a.t");
    assertThatThrownBy(() -> PolicyCheck.check(a.plan(), catalog, "hq"))
        .hasMessageContaining("TREFOIL_ROW_LEVEL_ACCESS");
  }

  @Test
  void checksEveryBranchOfAUnion() {
    Rows all = Rows.union(Rows.scan(catalog, "a", "t", "s"), Rows.scan(catalog, "b", "t", "none"));
    refused(all.group(List.of(), sum(all.col("s"))), "column none", "b.t");
    Rows fine = Rows.union(Rows.scan(catalog, "a", "t", "s"), Rows.scan(catalog, "b", "t", "s"));
    allowed(fine.group(List.of(), sum(fine.col("s"))));
    Rows scan = Rows.scan(catalog, "b", "t", "s");
    Rows one =
        Rows.union(
            Rows.scan(catalog, "a", "t", "s"),
            scan.where(test(Function.LESS, scan.col("s"), integer(2))));
    refused(one.group(List.of(), count()), "column s", "b.t", "\"filter\"");
  }

  /** Columns of {@code a.p} and {@code b.p}: id names the entity, k = 3. */
  private static final List<String> FREE = List.of("one", "free");

  private static final String PEOPLE = "id INT, ref INT, age INT, pay INT, tax INT, town INT";

  private static TableDescriptor people(String owner, int minOwners) {
    return new TableDescriptor(
        owner,
        "p",
        SchemaText.parse(PEOPLE).fields(),
        owner.equals("one") ? List.of(List.of()) : List.of(List.of("id")),
        10,
        TablePolicy.builder(FREE.contains(owner) ? 1 : 3)
            .entity(FREE.contains(owner) ? List.of() : List.of("id"))
            .minOwners(minOwners)
            .columns(
                Map.of(
                    "pay", ColumnPolicy.of(Verb.AGGREGATE, Verb.RANK).only(Aggregated.SUM),
                    "tax",
                        ColumnPolicy.of(Verb.AGGREGATE, Verb.RANK)
                            .only(Aggregated.MOMENTS, Aggregated.MAX, Aggregated.COUNT)))
            .other(ColumnPolicy.of(Verb.JOIN, Verb.FILTER, Verb.GROUP, Verb.AGGREGATE, Verb.RANK))
            .build());
  }

  private static Catalog people(int minOwners) {
    return Catalog.of(
        List.of(
            people("a", minOwners),
            people("b", 1),
            people("one", 1),
            people("hq", 1),
            people("free", 1)));
  }

  private static Rows people(String owner) {
    Rows scan = Rows.scan(people(1), owner, "p", "id", "ref", "age", "pay", "tax", "town");
    return scan.select(
        List.of("id", "ref", "age", "pay", "tax", "town").stream().map(n -> owner + n).toList(),
        scan.col("id"),
        scan.col("ref"),
        scan.col("age"),
        scan.col("pay"),
        scan.col("tax"),
        scan.col("town"));
  }

  private static void fine(Rows rows) {
    assertThatCode(() -> PolicyCheck.check(rows.plan(), people(1), "hq"))
        .doesNotThrowAnyException();
  }

  private static void forbidden(Rows rows, String... words) {
    assertThatThrownBy(() -> PolicyCheck.check(rows.plan(), people(1), "hq"))
        .hasMessageContaining("TREFOIL_POLICY_VIOLATION")
        .hasMessageContainingAll(words);
  }

  @Test
  void computesOnlyTheAggregatesThatAColumnLists() {
    Rows p = people("a");
    Expr pay = p.col("apay");
    Expr tax = p.col("atax");
    fine(p.group(List.of(), sum(pay), sum(call(Function.MULTIPLY, DataType.INT, pay, integer(3)))));
    fine(
        p.group(
            List.of(),
            sum(
                call(
                    Function.CASE,
                    DataType.INT,
                    test(Function.LESS, p.col("aage"), integer(30)),
                    pay,
                    integer(0)))));
    forbidden(p.group(List.of(), count(pay)), "\"count\" of column pay", "a.p", "only sum");
    forbidden(p.group(List.of(), min(pay)), "\"min\" of column pay");
    Expr square = call(Function.MULTIPLY, DataType.INT, pay, pay);
    forbidden(p.group(List.of(), sum(square)), "\"moments\" of column pay");
    forbidden(
        p.group(List.of(), sum(call(Function.ABS, DataType.INT, pay))),
        "\"moments\" of column pay");
    fine(
        p.group(
            List.of(), sum(call(Function.MULTIPLY, DataType.INT, tax, p.col("aage"))), count(tax)));
    forbidden(p.group(List.of(), sum(tax)), "\"sum\" of column tax", "count, max, moments");
    // Through an inner aggregate as well.
    Rows inner = p.group(List.of(p.col("atown")), min(pay));
    forbidden(inner.group(List.of(), count()), "\"min\" of column pay");
  }

  @Test
  void picksNoEntitiesByValue() {
    Rows p = people("a");
    Rows q = people("b");
    Expr id = p.col("aid");
    String[] clause = {"column id of table a.p", "under entity"};
    forbidden(p.where(test(Function.EQUAL, id, integer(7))).group(List.of(), count()), clause);
    forbidden(p.where(test(Function.LESS, id, integer(7))).group(List.of(), count()), clause);
    forbidden(
        p.where(test(Function.IN, id, integer(7), integer(8))).group(List.of(), count()), clause);
    forbidden(
        p.where(test(Function.NOT, test(Function.EQUAL, id, integer(7)))).group(List.of(), count()),
        clause);
    Expr one = test(Function.EQUAL, call(Function.ADD, DataType.INT, id, integer(1)), integer(7));
    forbidden(
        p.group(List.of(), sum(call(Function.CASE, DataType.INT, one, p.col("apay"), integer(0)))),
        clause);
    forbidden(
        p.group(List.of(call(Function.NULLIF, DataType.INT, id, integer(7))), count()), clause);
    fine(p.where(test(Function.IS_NOT_NULL, id)).group(List.of(), count()));
    fine(p.where(test(Function.EQUAL, p.col("atown"), integer(7))).group(List.of(), count()));
    fine(p.where(test(Function.LESS, p.col("aage"), p.col("atown"))).group(List.of(), count()));
    // What is equated with it, directly or through others, is the same.
    Rows both = p.join(q, r -> eq(r.col("aid"), r.col("bref")));
    fine(both.group(List.of(both.col("btown")), count()));
    forbidden(
        both.where(test(Function.LESS, both.col("bref"), integer(5))).group(List.of(), count()),
        "anything by order",
        "under entity");
    Rows self = p.where(test(Function.EQUAL, id, p.col("aage")));
    forbidden(
        self.where(test(Function.EQUAL, self.col("aage"), integer(5))).group(List.of(), count()),
        clause);
    // A table of one row is a parameter, the analyst's table is the analyst's list.
    Rows single = people("one");
    forbidden(
        p.join(single, r -> eq(r.col("aid"), r.col("oneage"))).group(List.of(), count()),
        "one.p, which has one row at most");
    fine(p.join(single, r -> eq(r.col("aage"), r.col("oneage"))).group(List.of(), count()));
    forbidden(
        p.join(people("hq"), r -> eq(r.col("aid"), r.col("hqref"))).group(List.of(), count()),
        "hq.p of the analyst who asks");
  }

  @Test
  void letsNoRecipientWeighTheRowsOfOthers() {
    Rows both = people("a").join(people("hq"), r -> eq(r.col("atown"), r.col("hqref")));
    Expr age = both.col("aage");
    Expr weight = both.col("hqage");
    Expr times = call(Function.MULTIPLY, DataType.INT, age, weight);
    String[] words = {"columns of hq.p, whose owner gets the result, and of a.p", "dominance"};
    forbidden(both.group(List.of(), sum(times)), words);
    Expr other = call(Function.MULTIPLY, DataType.INT, age, both.col("hqtown"));
    forbidden(
        both.group(List.of(), sum(call(Function.SUBTRACT, DataType.INT, integer(1), other))),
        words);
    Expr chosen = test(Function.GREATER, weight, integer(5));
    forbidden(
        both.group(List.of(), sum(call(Function.CASE, DataType.INT, chosen, times, integer(0)))),
        words);
    forbidden(both.group(List.of(), sum(call(Function.LEAST, DataType.INT, age, weight))), words);
    Rows named = both.select(List.of("x"), times);
    forbidden(named.group(List.of(), sum(named.col("x"))), words);
    // What is added or chosen by is no factor, nor what everybody has the same.
    fine(both.group(List.of(), sum(call(Function.ADD, DataType.INT, age, weight))));
    fine(both.group(List.of(), sum(call(Function.CASE, DataType.INT, chosen, age, integer(0)))));
    fine(both.group(List.of(), sum(call(Function.MULTIPLY, DataType.INT, age, age))));
    Rows parameter = people("a").join(people("one"), r -> Rows.bool(true));
    fine(
        parameter.group(
            List.of(),
            sum(
                call(
                    Function.MULTIPLY,
                    DataType.INT,
                    parameter.col("aage"),
                    parameter.col("oneage")))));
    Rows foreign = people("a").join(people("free"), r -> eq(r.col("atown"), r.col("freeref")));
    Plan weighed =
        foreign
            .group(
                List.of(),
                sum(
                    call(
                        Function.MULTIPLY,
                        DataType.INT,
                        foreign.col("aage"),
                        foreign.col("freeage"))))
            .plan();
    PolicyCheck.check(weighed, people(1), "hq");
    Plan toOwner =
        new Plan(weighed.root(), true, "UTC", Release.parse("analyst,free", List.of("a", "free")));
    assertThatThrownBy(() -> PolicyCheck.check(toOwner, people(1), "hq"))
        .hasStackTraceContaining("free.p, whose owner gets the result");
  }

  @Test
  void refusesTotalsBesideGroupsThatMayBeHeldBack() {
    Rows p = people("a");
    Rows twice = Rows.union(p, people("a"));
    forbidden(
        twice.group(List.of(twice.col("atown")), sum(twice.col("apay"))),
        "table a.p in several branches of a union",
        "ask owner a");
    Rows two = Rows.union(p, people("b"));
    fine(two.group(List.of(two.col("atown")), sum(two.col("apay"))));
    // A self-join is in one aggregate.
    fine(
        p.join(people("b"), r -> eq(r.col("aid"), r.col("bid")))
            .group(List.of(p.col("atown")), count()));
    Rows total = people("a").group(List.of(), sum(p.col("apay")));
    Rows groups = people("a").group(List.of(p.col("atown")), sum(p.col("apay")));
    forbidden(
        groups.join(total, r -> new Expr.Literal(DataType.BOOLEAN, true)),
        "table a.p in several aggregates");
    // The total comes with an inner aggregate, or with the rows that the table is joined with.
    Rows number = people("a").group(List.of(), count());
    Rows crossed = people("b").join(number, r -> new Expr.Literal(DataType.BOOLEAN, true));
    fine(crossed.group(List.of(crossed.col("btown")), min(crossed.col("agg0"))));
    Rows beside = p.join(number, r -> new Expr.Literal(DataType.BOOLEAN, true));
    forbidden(
        beside.group(List.of(beside.col("atown")), count(), min(beside.col("agg0"))),
        "table a.p in an aggregate that is shown beside others");
    fine(
        beside
            .where(test(Function.LESS, beside.col("aage"), beside.col("agg0")))
            .group(List.of(beside.col("atown")), count()));
    Rows marks = Rows.scan(people(1), "free", "p", "id", "town");
    Rows levels =
        Rows.union(
            marks.select(List.of("of", "label"), marks.col("id"), marks.col("town")),
            marks.select(List.of("of", "label"), marks.col("id"), integer(-1)));
    Rows labelled = p.join(levels, r -> eq(r.col("aid"), r.col("of")));
    forbidden(
        labelled.group(List.of(labelled.col("label")), count()),
        "table a.p beside table free.p, which stands in several branches");
    Rows free = Rows.scan(catalog, "a", "t", "g", "s");
    Rows freeTwice = Rows.union(free, free);
    allowed(freeTwice.group(List.of(freeTwice.col("g")), sum(freeTwice.col("s"))));
  }

  @Test
  void refusesWhatWindowsBringFromOtherRows() {
    Expr lag =
        call(Function.COALESCE, DataType.INT, new Expr.FieldRef(6, DataType.INT, true), integer(0));
    for (String owner : List.of("a", "free")) {
      Rows last = windowed(owner, WindowCall.Kind.LAG);
      Rows telescope =
          last.group(
              List.of(), sum(call(Function.SUBTRACT, DataType.INT, last.col(owner + "age"), lag)));
      Rows numbered = windowed(owner, WindowCall.Kind.ROW_NUMBER);
      Rows greatest = numbered.group(List.of(numbered.col(owner + "town")), sum(numbered.col("w")));
      Rows first =
          numbered
              .where(test(Function.LESS, numbered.col("w"), integer(2)))
              .group(List.of(numbered.col(owner + "town")), count());
      for (Rows query : List.of(telescope, greatest, first)) {
        if (owner.equals("free")) {
          fine(query);
        } else {
          forbidden(query, "a window with ORDER BY over table a.p");
        }
      }
    }
  }

  /** People of an owner, and {@code w}: a window in the order of their towns. */
  private static Rows windowed(String owner, WindowCall.Kind kind) {
    Rows p = people(owner);
    boolean lag = kind == WindowCall.Kind.LAG;
    return new Rows(
        new Rel.Window(
            p.rel(),
            List.of(),
            List.of(Rows.asc(p.col(owner + "town"))),
            List.of(
                new WindowCall(
                    kind,
                    lag ? Optional.of(p.col(owner + "age")) : Optional.empty(),
                    DataType.INT,
                    lag ? 1 : 0)),
            List.of("w")));
  }

  @Test
  void refusesWhatFailsForSingleRows() {
    Rows p = people("a");
    Expr age = p.col("aage");
    Expr other = call(Function.SUBTRACT, DataType.INT, age, integer(30));
    for (Function divide : List.of(Function.DIVIDE, Function.INTEGRAL_DIVIDE, Function.REMAINDER)) {
      forbidden(
          p.group(List.of(), sum(call(divide, DataType.INT, integer(1), other))),
          "a division by what may be zero over table a.p",
          "nullif");
      fine(p.group(List.of(), sum(call(divide, DataType.INT, age, integer(2)))));
      Expr orNull = call(Function.NULLIF, DataType.INT, other, integer(0));
      fine(p.group(List.of(), sum(call(divide, DataType.INT, integer(1), orNull))));
      Expr cased =
          call(
              Function.CASE,
              DataType.INT,
              test(Function.EQUAL, other, integer(0)),
              new Expr.Literal(DataType.INT, null),
              other);
      fine(p.group(List.of(), sum(call(divide, DataType.INT, integer(1), cased))));
    }
    Expr within =
        call(
            Function.CASE,
            DataType.INT,
            test(Function.LESS, age, integer(30)),
            call(Function.INTEGRAL_DIVIDE, DataType.INT, integer(1), integer(0)),
            integer(0));
    forbidden(p.group(List.of(), sum(within)), "a division by what may be zero");
    forbidden(
        p.where(
                test(
                    Function.LESS,
                    call(Function.REMAINDER, DataType.INT, integer(1), age),
                    integer(3)))
            .group(List.of(), count()),
        "a division by what may be zero");
    forbidden(
        p.group(List.of(), sum(call(Function.CAST, DataType.TINYINT, age))),
        "a cast of INT to TINYINT over table a.p");
    fine(p.group(List.of(), sum(call(Function.CAST, DataType.BIGINT, age))));
    fine(p.group(List.of(), sum(call(Function.CAST, DataType.decimal(12, 2), age))));
    forbidden(
        p.group(List.of(), sum(call(Function.CAST, DataType.decimal(11, 2), age))),
        "a cast of INT to DECIMAL(11,2)");
    Expr exact = call(Function.CAST, DataType.decimal(12, 2), age);
    fine(p.group(List.of(), sum(call(Function.CAST, DataType.decimal(12, 1), exact))));
    fine(p.group(List.of(), sum(call(Function.CAST, DataType.BIGINT, exact))));
    for (DataType narrow : List.of(DataType.INT, DataType.decimal(11, 1))) {
      forbidden(
          p.group(List.of(), sum(call(Function.CAST, narrow, exact))),
          "a cast of DECIMAL(12,2) to " + narrow.sql());
    }
    Expr real = call(Function.CAST, DataType.fixedPoint(2), age);
    forbidden(
        p.group(List.of(), sum(call(Function.CAST, DataType.BIGINT, real))),
        "a cast of DOUBLE to BIGINT");
    // What is not zero may be zero once it is cut off.
    Expr fraction =
        call(
            Function.CAST,
            DataType.BIGINT,
            call(
                Function.NULLIF,
                DataType.decimal(12, 2),
                exact,
                new Expr.Literal(DataType.decimal(2, 1), new BigDecimal("0.0"))));
    forbidden(
        p.group(List.of(), sum(call(Function.INTEGRAL_DIVIDE, DataType.BIGINT, age, fraction))),
        "a division by what may be zero");
    Rows free = people("free");
    fine(
        free.group(
            List.of(),
            sum(call(Function.REMAINDER, DataType.INT, integer(1), free.col("freeage")))));
    // Without ANSI it is NULL.
    Plan lenient =
        new Plan(
            p.group(List.of(), sum(call(Function.REMAINDER, DataType.INT, integer(1), age))).rel(),
            false,
            "UTC");
    assertThatCode(() -> PolicyCheck.check(lenient, people(1), "hq")).doesNotThrowAnyException();
  }

  @Test
  void asksForOwnersBesidesTheRecipients() {
    Rows two = Rows.union(people("a"), people("b"));
    Rel root = two.group(List.of(two.col("atown")), count()).plan().root();
    Plan toAnalyst = new Plan(root, true, "UTC");
    assertThatCode(() -> PolicyCheck.check(toAnalyst, people(2), "hq")).doesNotThrowAnyException();
    assertThatThrownBy(() -> PolicyCheck.check(toAnalyst, people(3), "hq"))
        .hasMessageContaining("TREFOIL_POLICY_VIOLATION")
        .hasMessageContainingAll("table a.p", "over 2 owners besides", "min-owners: 3");
    Plan toOwner = new Plan(root, true, "UTC", Release.parse("analyst:b", List.of("a", "b")));
    Catalog open =
        (owner, name) -> {
          TableDescriptor table = people(2).table(owner, name);
          return new TableDescriptor(
              owner,
              name,
              table.fields(),
              table.keys(),
              table.rows(),
              table.policy().change().recipients(Optional.of(List.of("analyst:b"))).build());
        };
    assertThatThrownBy(() -> PolicyCheck.check(toOwner, open, "hq"))
        .hasMessageContaining("over 1 owner besides the recipients");
  }

  private void allowed(Rows rows) {
    assertThatCode(() -> PolicyCheck.check(rows.plan(), catalog, "hq")).doesNotThrowAnyException();
  }

  private void refused(Rows rows, String... words) {
    assertThatThrownBy(() -> PolicyCheck.check(rows.plan(), catalog, "hq"))
        .hasMessageContaining("TREFOIL_POLICY_VIOLATION")
        .hasMessageContainingAll(words);
  }

  private static TableDescriptor table(String owner, Optional<List<String>> analysts) {
    return new TableDescriptor(
        owner,
        "t",
        SchemaText.parse("j INT, f INT, g INT, s INT, r INT, none INT").fields(),
        List.of(List.of("j")),
        10,
        TablePolicy.builder(1)
            .columns(
                Map.of(
                    "j", ColumnPolicy.of(Verb.JOIN),
                    "f", ColumnPolicy.of(Verb.FILTER),
                    "g", ColumnPolicy.of(Verb.GROUP),
                    "s", ColumnPolicy.of(Verb.AGGREGATE),
                    "r", ColumnPolicy.of(Verb.RANK)))
            .analysts(analysts)
            .absencePublic(false)
            .build());
  }
}
