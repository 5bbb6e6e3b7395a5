package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyVerdict;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.executor.transport.InMemoryPeerLinks;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.PeerLinks;

/**
 * What {@code EXPLAIN POLICY} and {@code inspect} say from the tables' descriptors is what three
 * running executors do with the plan's bytes: refuse it in the same words, or take it so far that
 * owners share.
 */
@Timeout(180)
final class AgreementTest {
  private static final int PLANS = 1000;
  private static final List<String> OWNERS = List.of("a", "b", "c");
  private static final List<Verb> VERBS =
      List.of(Verb.JOIN, Verb.FILTER, Verb.GROUP, Verb.AGGREGATE, Verb.RANK);
  private static final List<Field> FIELDS =
      List.of(
          new Field("id", DataType.INT, false),
          new Field("g", DataType.INT, true),
          new Field("f", DataType.INT, true),
          new Field("s", DataType.INT, true),
          new Field("r", DataType.INT, true));
  private static final int G = 1;
  private static final int F = 2;
  private static final int S = 3;
  private static final int R = 4;

  private final long seed = Long.getLong("trefoil.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private boolean oneIn(int many) {
    return random.nextInt(many) == 0;
  }

  private TableDescriptor table(String owner) {
    Map<String, ColumnPolicy> columns = new TreeMap<>();
    for (Field field : FIELDS) {
      columns.put(
          field.name(),
          ColumnPolicy.of(VERBS.stream().filter(v -> !oneIn(16)).toArray(Verb[]::new)));
    }
    return new TableDescriptor(
        owner,
        "t",
        FIELDS,
        List.of(List.of("id")),
        10,
        TablePolicy.builder(oneIn(2) ? 1 : 3)
            .minOwners(oneIn(8) ? 2 : 1)
            .entity(oneIn(4) ? List.of("id") : List.of())
            .analysts(oneIn(12) ? Optional.of(List.of("aa")) : Optional.empty())
            .recipients(Optional.of(oneIn(12) ? List.of("owner:b") : List.of("analyst", "none")))
            .columns(columns)
            .build());
  }

  private static Expr column(int index) {
    return new Expr.FieldRef(
        index,
        FIELDS.get(index % FIELDS.size()).type(),
        FIELDS.get(index % FIELDS.size()).nullable());
  }

  private static Expr call(Function function, DataType type, Expr... arguments) {
    return new Expr.Call(function, List.of(arguments), type, true);
  }

  private static Expr integer(long value) {
    return new Expr.Literal(DataType.INT, value);
  }

  private Plan plan() {
    String owner = OWNERS.get(random.nextInt(3));
    String other = OWNERS.get(random.nextInt(3));
    Rel rows = new Rel.Scan(owner, "t", FIELDS);
    int shape = random.nextInt(3);
    if (shape == 1 && !owner.equals(other)) {
      rows =
          new Rel.Join(
              Rel.Join.Kind.INNER,
              rows,
              new Rel.Scan(other, "t", FIELDS),
              call(Function.EQUAL, DataType.BOOLEAN, column(0), column(FIELDS.size() + F)));
    } else if (shape == 2) {
      rows = new Rel.Union(List.of(rows, new Rel.Scan(other, "t", FIELDS)));
    }
    if (oneIn(2)) {
      Expr right = oneIn(3) ? column(G) : integer(5);
      rows =
          new Rel.Filter(
              rows,
              call(
                  oneIn(2) ? Function.EQUAL : Function.LESS,
                  DataType.BOOLEAN,
                  column(random.nextInt(FIELDS.size())),
                  right));
    }
    Expr product = call(Function.MULTIPLY, DataType.INT, column(S), column(S));
    Expr cased =
        call(
            Function.CASE,
            DataType.INT,
            call(Function.LESS, DataType.BOOLEAN, column(F), integer(3)),
            column(S),
            integer(0));
    AggregateCall aggregate =
        switch (random.nextInt(6)) {
          case 0 -> aggregate(AggregateCall.Kind.COUNT, column(S));
          case 1 -> aggregate(AggregateCall.Kind.MIN, column(R));
          case 2 -> aggregate(AggregateCall.Kind.SUM, product);
          case 3 -> aggregate(AggregateCall.Kind.SUM, cased);
          default -> aggregate(AggregateCall.Kind.SUM, column(S));
        };
    if (!oneIn(30)) {
      List<Expr> groups = oneIn(4) ? List.of() : List.of(column(G));
      List<String> names = groups.isEmpty() ? List.of("v") : List.of("g", "v");
      rows = new Rel.Aggregate(rows, groups, List.of(aggregate), names);
    }
    Release release =
        oneIn(10) ? Release.parse(oneIn(2) ? "b" : "none:kept", OWNERS) : Release.TO_ANALYST;
    return new Plan(rows, true, "UTC", release);
  }

  private static AggregateCall aggregate(AggregateCall.Kind kind, Expr of) {
    DataType type = kind == AggregateCall.Kind.MIN ? DataType.INT : DataType.BIGINT;
    return new AggregateCall(kind, Optional.of(of), type);
  }

  @Test
  void executorsDoWhatIsSaidOfAThousandPlans() {
    System.out.println("AgreementTest: -Dtrefoil.seed=" + seed);
    Map<String, Integer> seen = new TreeMap<>();
    List<PeerLinks> links = InMemoryPeerLinks.three(Interceptor.NONE, Timeouts.DEFAULT.peer());
    List<QueryService> services = new ArrayList<>();
    links.forEach(l -> services.add(new QueryService(l, Limits.DEFAULT, TestCluster.SHORT)));
    List<ExecutorConnection> executors =
        services.stream().<ExecutorConnection>map(s -> new InProcessConnection(s, "hq")).toList();
    try {
      for (int i = 0; i < PLANS; i++) {
        if (i % 4 == 0) {
          List<TableDescriptor> tables = OWNERS.stream().map(this::table).toList();
          for (ExecutorConnection executor : executors) {
            tables.forEach(t -> executor.register(t.owner(), List.of(t)));
          }
        }
        Catalog catalog = Catalog.of(executors.get(i % 3).descriptors());
        String as = "seed " + seed + ", plan " + i;
        seen.merge(agreed(executors, plan(), catalog, as), 1, Integer::sum);
      }
    } finally {
      services.forEach(QueryService::close);
      links.forEach(PeerLinks::close);
    }
    System.out.println("AgreementTest: " + seen);
    assertThat(seen).as("seed %s", seed).containsOnlyKeys("allowed", "one", "several");
    assertThat(seen.values()).as("seed %s", seed).allMatch(n -> n > 50);
  }

  private static String agreed(
      List<ExecutorConnection> executors, Plan plan, Catalog catalog, String as) {
    PolicyVerdict verdict = PolicyVerdict.of(plan, catalog, "hq");
    byte[] bytes = SubstraitPlans.encode(plan);
    QueryId query = QueryId.random();
    executors.forEach(e -> e.submit(query, bytes));
    List<QueryStatus> admitted =
        executors.stream().map(e -> TestCluster.await(e, query, QueryState.ADMITTED)).toList();
    if (!verdict.allowed()) {
      for (QueryStatus status : admitted) {
        assertThat(status.error()).as(as).isNotNull();
        assertThat(status.error().getMessage())
            .as(as)
            .isEqualTo(verdict.faults().get(0).getMessage());
      }
      return verdict.faults().size() == 1 ? "one" : "several";
    }
    assertThat(admitted).as(as).allMatch(status -> status.error() == null);
    // What an owner announces is enough for the rest: no plan is refused later than said.
    Split split = Fragments.split(plan, catalog);
    for (int s = 0; s < split.sources().size(); s++) {
      for (Fragment fragment : split.sources().get(s).branches()) {
        for (ExecutorConnection executor : executors) {
          executor.announce(query, s, fragment.branch(), 10);
        }
      }
    }
    for (ExecutorConnection executor : executors) {
      QueryStatus status = TestCluster.await(executor, query, QueryState.INPUTS);
      assertThat(status.error()).as(as).isNull();
    }
    executors.get(0).cancel(query);
    for (ExecutorConnection executor : executors) {
      assertThat(TestCluster.await(executor, query, QueryState.READY).state())
          .as(as)
          .isEqualTo(QueryState.CANCELLED);
    }
    return "allowed";
  }
}
