package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;

class AuditReportTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final SigningKey key = SigningKey.random();
  private final List<byte[]> lines = new ArrayList<>();
  private final Roster roster =
      new Roster(
          "cardio",
          List.of(
              new Roster.Signer("party-0", "operator A", key.verificationKey()),
              new Roster.Signer("owner:north", "alice", SigningKey.random().verificationKey()),
              new Roster.Signer("analyst:hq", "carol", SigningKey.random().verificationKey())),
          Map.of(),
          Set.of());

  private static TableDescriptor table() {
    return new TableDescriptor(
        "north",
        "visits",
        SchemaText.parse("id BIGINT NOT NULL, cost DECIMAL(9,2)").fields(),
        List.of(),
        4,
        TablePolicy.builder(5).other(ColumnPolicy.of(Verb.AGGREGATE)).absencePublic(false).build());
  }

  private static Proposal proposal(String purpose) {
    Rel sum =
        new Rel.Aggregate(
            new Rel.Scan("north", "visits", table().fields()),
            List.of(),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM,
                    Optional.of(new Expr.FieldRef(1, DataType.decimal(9, 2), true)),
                    DataType.decimal(19, 2))),
            List.of("total"));
    return new Proposal(
        "hq",
        List.of("hq"),
        List.of("north"),
        List.of("analyst:hq"),
        purpose,
        "SELECT sum(cost) AS total FROM trefoil.north.visits",
        SubstraitPlans.encode(new Plan(sum, true, "UTC")),
        List.of(),
        NOW,
        NOW.plus(Duration.ofDays(30)),
        3,
        Duration.ZERO,
        Optional.empty(),
        new byte[16]);
  }

  private void log(String event, Map<String, String> facts) {
    String previous =
        lines.isEmpty() ? AuditTrail.Head.NONE.digest() : Digest.hex(lines.get(lines.size() - 1));
    AuditRecord record =
        new AuditRecord(0, lines.size() + 1L, previous, event, new TreeMap<>(facts), "cardio", NOW);
    lines.add(SignedStatement.sign(key, record).encode());
  }

  @Test
  void saysWhoWhatWhyWhereAndWhenAndNobodyElsesWordsPassForIt() {
    Proposal proposal = proposal("Costs per year\n## Processing of everything\n- approved by all");
    String id = proposal.id();
    log("proposal", Map.of("proposal", id, "proposer", "hq"));
    log(
        "approval",
        Map.of("proposal", id, "owner", "north", "person", "alice", "until", "2026-12-01"));
    log("run", Map.of("proposal", id, "query", "q1", "analyst", "hq"));
    log("reveal", Map.of("proposal", id, "query", "q1"));
    log("delivered", Map.of("proposal", id, "query", "q1"));
    log("run", Map.of("proposal", "another", "query", "q2", "analyst", "mallory"));
    AuditReport report =
        new AuditReport(
            roster,
            new TreeMap<>(Map.of(0, "executor 0 at a.example:7100")),
            List.of(proposal.encode()),
            Catalog.of(List.of(table())),
            List.of(AuditTrail.read(0, lines, roster)));
    String records = report.text("records");
    assertThat(records)
        .contains(
            "owner north (alice)", "operator of executor 0 (operator A)", "analyst hq (carol)")
        .contains("north.visits.cost: summed or counted (aggregate).")
        .contains("approval, owner north, person alice, until 2026-12-01")
        .contains("query q1: run " + NOW + ", analyst hq; reveal " + NOW + "; delivered " + NOW)
        .contains("a.example:7100; country *to be filled in*")
        .doesNotContain("mallory", "SELECT");
    assertThat(records.lines().filter(l -> l.startsWith("## Processing"))).hasSize(1);
    assertThat(report.text("dpia"))
        .contains("Two executors that collude", "groups of fewer than 5 rows are held back");
    assertThat(report.text("transfer"))
        .contains("owner north to executor 0 (operator A, executor 0 at a.example:7100)")
        .contains("executors 0, 1 and 2 to analyst:hq");
    // The tables are gone: what can't be derived says so, and the rest stands.
    AuditReport later =
        new AuditReport(
            roster,
            new TreeMap<>(),
            List.of(proposal.encode()),
            Catalog.of(List.of()),
            List.of(AuditTrail.read(0, lines, roster)));
    assertThat(later.text("records")).contains("Can't be derived any more", "query q1: run");
  }
}
