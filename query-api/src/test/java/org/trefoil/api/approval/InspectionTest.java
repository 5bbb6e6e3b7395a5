package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;

/** Whoever inspects a proposal sees every clause against it, for everybody who may run it. */
final class InspectionTest {
  private static TableDescriptor with(TableDescriptor table, TablePolicy policy) {
    return new TableDescriptor(
        table.owner(), table.table(), table.fields(), table.keys(), table.rows(), policy);
  }

  @Test
  void namesEveryClauseOfEveryOwner() {
    Catalog before = Scene.catalog(3);
    byte[] bytes = Scene.proposal().encode();
    assertThat(Inspection.of(bytes, before).allowed()).isTrue();
    assertThat(Inspection.of(bytes, before).lines()).hasSize(1);
    TablePolicy strict =
        TablePolicy.builder(3)
            .other(ColumnPolicy.of(Verb.JOIN))
            .analysts(Optional.of(List.of("lab")))
            .absencePublic(false)
            .build();
    Catalog now =
        Catalog.of(
            List.of(
                with(before.table("bank", "customers"), strict),
                with(before.table("shop", "orders"), strict)));
    Inspection inspection = Inspection.of(bytes, now);
    assertThat(inspection.allowed()).isFalse();
    assertThat(inspection.lines())
        .anyMatch(l -> l.contains("ANALYST_NOT_ALLOWED") && l.contains("bank.customers"))
        .anyMatch(l -> l.contains("column segment") && l.contains("ask owner bank"))
        .anyMatch(l -> l.contains("column amount") && l.contains("ask owner shop"))
        .anyMatch(l -> l.contains("column day") && l.contains("\"filter\""))
        .doesNotHaveDuplicates();
    assertThat(inspection.faults())
        .extracting(TrefoilException::condition)
        .containsOnly(Condition.ANALYST_NOT_ALLOWED, Condition.POLICY_VIOLATION);
    assertThat(Inspection.of(bytes, Catalog.of(List.of())).faults())
        .extracting(TrefoilException::condition)
        .containsOnly(Condition.TABLE_NOT_FOUND);
  }

  /** A value further down in a list, which would fail when it is first run with. */
  @Test
  void looksAtEveryValueOfAList() {
    Rel.Scan orders =
        new Rel.Scan("shop", "orders", Scene.catalog(3).table("shop", "orders").fields());
    Expr quotient =
        new Expr.Call(
            Function.INTEGRAL_DIVIDE,
            List.of(
                new Expr.FieldRef(0, DataType.BIGINT, false),
                new Expr.Literal(DataType.BIGINT, -1L)),
            DataType.BIGINT,
            true);
    Plan plan =
        new Plan(
            new Rel.Aggregate(
                orders,
                List.of(),
                List.of(
                    new AggregateCall(
                        AggregateCall.Kind.SUM, Optional.of(quotient), DataType.BIGINT)),
                List.of("s")),
            true,
            "UTC");
    Proposal scene = Scene.proposal();
    Proposal proposal =
        new Proposal(
            "hq",
            List.of("hq"),
            List.of("shop"),
            List.of("analyst:hq"),
            "a test",
            "SELECT ...",
            SubstraitPlans.encode(plan),
            List.of(
                new Parameter(
                    "by",
                    List.of("-1", "0", "2"),
                    Optional.empty(),
                    List.of(new Parameter.Place(0, Parameter.Part.VALUE)))),
            scene.from(),
            scene.until(),
            1,
            Duration.ZERO,
            Optional.empty(),
            new byte[16]);
    proposal.check(Scene.catalog(3));
    assertThat(Inspection.of(proposal.encode(), Scene.catalog(3)).lines())
        .hasSize(2)
        .last()
        .asString()
        .contains("POLICY_VIOLATION", "zero");
  }
}
