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

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
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
