package org.trefoil.api.approval;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;

/** A bank, a shop, an analyst and three executors, with keys; the revenue per segment and month. */
final class Scene {
  static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  static final String NONCE = "00112233445566778899aabbccddeeff";
  static final String SOFTWARE = "1.0";
  static final List<String> ROLES =
      List.of("party-0", "party-1", "party-2", "owner:bank", "owner:shop", "analyst:hq");

  final Map<String, SigningKey> keys = new HashMap<>();
  final Roster roster;

  Scene() {
    List<Roster.Signer> signers = new ArrayList<>();
    for (String role : ROLES) {
      SigningKey key = SigningKey.random();
      keys.put(role, key);
      signers.add(new Roster.Signer(role, "person of " + role, key.verificationKey()));
    }
    roster = new Roster("test", signers, Map.of(), Set.of());
  }

  static TablePolicy policy(int k) {
    return TablePolicy.builder(k)
        .other(ColumnPolicy.of(Verb.values()))
        .analysts(Optional.of(List.of("hq", "lab")))
        .absencePublic(false)
        .build();
  }

  static Catalog catalog(int k) {
    return Catalog.of(
        List.of(
            new TableDescriptor(
                "bank",
                "customers",
                SchemaText.parse("id BIGINT NOT NULL, segment VARCHAR(20)").fields(),
                List.of(List.of("id")),
                10,
                policy(k)),
            new TableDescriptor(
                "shop",
                "orders",
                SchemaText.parse("customer BIGINT NOT NULL, amount DECIMAL(12,2), day DATE")
                    .fields(),
                List.of(),
                10,
                policy(k))));
  }

  /** Literals 0 and 1 are the first and the last day. */
  static byte[] plan() {
    Catalog catalog = catalog(3);
    Rel customers = new Rel.Scan("bank", "customers", catalog.table("bank", "customers").fields());
    Rel orders = new Rel.Scan("shop", "orders", catalog.table("shop", "orders").fields());
    Expr day = new Expr.FieldRef(2, DataType.DATE, true);
    Rel month =
        new Rel.Filter(
            orders,
            call(
                Function.AND,
                call(Function.GREATER_OR_EQUAL, day, date("2026-01-01")),
                call(Function.LESS, day, date("2026-02-01"))));
    Rel join =
        new Rel.Join(
            Rel.Join.Kind.INNER,
            customers,
            month,
            call(
                Function.EQUAL,
                new Expr.FieldRef(0, DataType.BIGINT, false),
                new Expr.FieldRef(2, DataType.BIGINT, false)));
    Rel groups =
        new Rel.Aggregate(
            join,
            List.of(new Expr.FieldRef(1, DataType.string(20), true)),
            List.of(
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT),
                new AggregateCall(
                    AggregateCall.Kind.SUM,
                    Optional.of(new Expr.FieldRef(3, DataType.decimal(12, 2), true)),
                    DataType.decimal(22, 2))),
            List.of("segment", "orders", "revenue"));
    return SubstraitPlans.encode(new Plan(groups, true, "UTC"));
  }

  private static Expr call(Function function, Expr... arguments) {
    return new Expr.Call(function, List.of(arguments), DataType.BOOLEAN, true);
  }

  private static Expr date(String day) {
    return new Expr.Literal(DataType.DATE, LocalDate.parse(day).toEpochDay());
  }

  static Proposal proposal() {
    return new Proposal(
        "hq",
        List.of("hq"),
        List.of("bank", "shop"),
        List.of("analyst:hq"),
        "Revenue per segment",
        "SELECT segment, count(*) AS orders, sum(amount) AS revenue FROM ...",
        plan(),
        List.of(
            new Parameter(
                "month",
                List.of(),
                Optional.of(
                    new Parameter.Calendar(
                        Parameter.Unit.MONTH,
                        LocalDate.parse("2026-01-01"),
                        LocalDate.parse("2026-12-01"))),
                List.of(
                    new Parameter.Place(0, Parameter.Part.START),
                    new Parameter.Place(1, Parameter.Part.END)))),
        Instant.parse("2026-11-01T00:00:00Z"),
        Instant.parse("2027-01-01T00:00:00Z"),
        12,
        Duration.ofHours(1),
        Optional.empty(),
        new byte[16]);
  }

  static SortedMap<String, String> month(String first) {
    return new TreeMap<>(Map.of("month", first));
  }

  Authorization authorization() {
    return authorization(roster, SOFTWARE, NOW);
  }

  static Authorization authorization(Roster roster, String software, Instant now) {
    return new Authorization(roster, software, Clock.fixed(now, ZoneOffset.UTC));
  }

  Approval approval(String owner, Proposal proposal) {
    return new Approval(
        owner,
        proposal.id(),
        authorization().binding(proposal, catalog(3)),
        NOW.minusSeconds(60),
        proposal.until());
  }

  RunRequest request(Proposal proposal) {
    return new RunRequest("hq", proposal.id(), month("2026-10-01"), NONCE, "test", NOW);
  }

  /** By the key of the role that the statement names. */
  byte[] signed(Statement statement) {
    return SignedStatement.sign(keys.get(statement.signer()), statement).encode();
  }

  Evidence evidence() {
    Proposal proposal = proposal();
    return new Evidence(
        proposal.encode(),
        List.of(signed(approval("bank", proposal)), signed(approval("shop", proposal))),
        signed(request(proposal)));
  }

  Evidence withRun(RunRequest run) {
    Evidence good = evidence();
    return new Evidence(good.proposal(), good.approvals(), signed(run));
  }

  Evidence withBank(byte[] approval) {
    Evidence good = evidence();
    return new Evidence(good.proposal(), List.of(approval, good.approvals().get(1)), good.run());
  }
}
