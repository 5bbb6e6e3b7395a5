package org.trefoil.executor.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.Parameter;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.OwnKeysRule;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.executor.governance.AuthorizedMode;
import org.trefoil.executor.ledger.DiskPoint;
import org.trefoil.executor.transport.InMemoryPeerLinks;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.PeerLinks;

/**
 * Three executors in authorized mode in one JVM, one owner with one table, one analyst; each with
 * keys of its own. Everything an executor keeps is in its folder and survives {@link #restart}.
 */
final class AuthorizedCluster implements AutoCloseable {
  static final List<String> ROLES =
      List.of("party-0", "party-1", "party-2", "owner:north", "analyst:hq");
  private static final List<Field> FIELDS =
      List.of(
          new Field("city", DataType.string(12), true),
          new Field("amount", DataType.decimal(9, 2), true));

  /** How many keys a run may ask for. */
  static final int LOOKED_UP = 3;

  final Map<String, SigningKey> keys = new HashMap<>();
  final List<QueryService> services = new ArrayList<>();
  Roster roster;
  private final Path folder;
  private final Interceptor interceptor;
  private int negligent = -1;

  /** Told of what executor 1 writes. */
  private final DiskPoint disk;

  AuthorizedCluster(Path folder, Interceptor interceptor) {
    this(folder, interceptor, DiskPoint.NONE);
  }

  AuthorizedCluster(Path folder, Interceptor interceptor, DiskPoint disk) {
    this.disk = disk;
    this.folder = folder;
    this.interceptor = interceptor;
    List<Roster.Signer> signers = new ArrayList<>();
    for (String role : ROLES) {
      SigningKey key = SigningKey.random();
      keys.put(role, key);
      signers.add(new Roster.Signer(role, "person of " + role, key.verificationKey()));
    }
    this.roster = new Roster("test", signers, Map.of(), Set.of());
    writeRoster(roster);
    for (int p = 0; p < 3; p++) {
      keys.get("party-" + p).write(file(p, "sign.key"));
    }
    start();
  }

  void writeRoster(Roster changed) {
    roster = changed;
    for (int p = 0; p < 3; p++) {
      writeRoster(p, changed);
    }
  }

  /** At one executor only. */
  void writeRoster(int party, Roster changed) {
    try {
      Files.createDirectories(folder.resolve("party-" + party));
      Files.writeString(file(party, "roster.yaml"), changed.yaml());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file(int party, String name) {
    return folder.resolve("party-" + party).resolve(name);
  }

  private void start() {
    List<PeerLinks> links = InMemoryPeerLinks.three(interceptor, Timeouts.DEFAULT.peer());
    for (int p = 0; p < 3; p++) {
      services.add(
          new QueryService(
              links.get(p),
              Limits.DEFAULT,
              TestCluster.SHORT,
              p == negligent
                  ? Optional.empty()
                  : Optional.of(
                      new AuthorizedMode(
                          file(p, "roster.yaml"),
                          file(p, "sign.key"),
                          folder.resolve("party-" + p),
                          p == 1 ? disk : DiskPoint.NONE))));
    }
    register(3);
  }

  void restart() {
    close();
    start();
  }

  /** Starts again with an executor that asks for no approvals. */
  void restartWithNegligent(int party) {
    negligent = party;
    restart();
  }

  @Override
  public void close() {
    services.forEach(QueryService::close);
    services.clear();
  }

  static TableDescriptor table(int k) {
    TablePolicy policy =
        TablePolicy.builder(k)
            .columns(
                Map.of(
                    "city", ColumnPolicy.of(Verb.GROUP), "amount", ColumnPolicy.of(Verb.AGGREGATE)))
            .absencePublic(false)
            .recipients(Optional.of(List.of("analyst", "none")))
            .ownKeys(Optional.of(new OwnKeysRule(List.of("north"), LOOKED_UP, OptionalInt.of(1))))
            .build();
    return new TableDescriptor("north", "orders", FIELDS, List.of(), 4, policy);
  }

  void register(int k) {
    connections().forEach(c -> c.register("north", List.of(registered(k))));
  }

  private TableDescriptor registered(int k) {
    TableDescriptor table = table(k);
    return privacy.isEmpty()
        ? table
        : new TableDescriptor(
            table.owner(),
            table.table(),
            table.fields(),
            table.keys(),
            table.rows(),
            table
                .policy()
                .change()
                .recipients(Optional.empty())
                .ownKeys(Optional.empty())
                .approvalNeeded(true)
                .privacy(privacy)
                .build());
  }

  /** Of somebody who is both the analyst and the owner. */
  List<ExecutorConnection> connections() {
    List<ExecutorConnection> all = new ArrayList<>();
    for (QueryService service : services) {
      InProcessConnection connection = new InProcessConnection(service, "hq");
      connection.register("north", List.of(registered(currentK)));
      all.add(connection);
    }
    return all;
  }

  int currentK = 3;

  /** Of what the owner registers from now on. */
  Optional<PrivacyRule> privacy = Optional.empty();

  /** A proposal of the number of all orders. */
  static Proposal counted(int runs) {
    Rel all =
        new Rel.Aggregate(
            ((Rel.Aggregate) plan().root()).input(),
            List.of(),
            List.of(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("orders"));
    return proposal(
        runs,
        Duration.ZERO,
        List.of("analyst:hq"),
        SubstraitPlans.encode(new Plan(all, true, "UTC")));
  }

  List<Governance> governance() {
    return connections().stream().map(Governance::new).toList();
  }

  static Plan plan() {
    Rel orders = new Rel.Scan("north", "orders", FIELDS);
    return new Plan(
        new Rel.Aggregate(
            orders,
            List.of(new Expr.FieldRef(0, DataType.string(12), true)),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM,
                    Optional.of(new Expr.FieldRef(1, DataType.decimal(9, 2), true)),
                    DataType.decimal(19, 2))),
            List.of("city", "total")),
        true,
        "UTC");
  }

  static byte[] planBytes() {
    return SubstraitPlans.encode(plan());
  }

  static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  static Proposal proposal(int runs, Duration interval) {
    return proposal(runs, interval, List.of("analyst:hq"), planBytes());
  }

  /** Of a result for the north's own keys, which may be asked for once a day. */
  static Proposal lookup(int runs) {
    Plan plan = plan();
    List<String> north = List.of("owner:north");
    return proposal(
        runs,
        Duration.ZERO,
        north,
        SubstraitPlans.encode(
            new Plan(plan.root(), plan.ansi(), plan.timeZone(), new Release(north, true))));
  }

  static Proposal proposal(int runs, Duration interval, List<String> recipients, byte[] plan) {
    return proposal(runs, interval, recipients, plan, List.of());
  }

  private static Proposal proposal(
      int runs,
      Duration interval,
      List<String> recipients,
      byte[] plan,
      List<Parameter> parameters) {
    byte[] nonce = new byte[16];
    new SecureRandom().nextBytes(nonce);
    return new Proposal(
        "hq",
        List.of("hq"),
        List.of("north"),
        recipients,
        "Totals by city",
        "SELECT city, sum(amount) FROM trefoil.north.orders GROUP BY city",
        plan,
        parameters,
        now().minusSeconds(60),
        now().plus(Duration.ofDays(1)),
        runs,
        interval,
        Optional.empty(),
        nonce);
  }

  byte[] signed(String by, Statement statement) {
    return SignedStatement.sign(keys.get(by), statement).encode();
  }

  Catalog catalog() {
    return Catalog.of(connections().get(0).descriptors());
  }

  byte[] approval(Proposal proposal) {
    Authorization authorization =
        new Authorization(roster, Installed.SOFTWARE, Clock.system(ZoneOffset.UTC));
    return signed(
        "owner:north",
        new Approval(
            "north",
            proposal.id(),
            authorization.binding(proposal, catalog()),
            now(),
            proposal.until()));
  }

  /** A proposal that all three know and that is approved at all three. */
  Proposal approved(int runs) {
    return approved(proposal(runs, Duration.ZERO));
  }

  Proposal approved(Proposal proposal) {
    governance().forEach(g -> g.propose(proposal.encode()));
    byte[] approval = approval(proposal);
    governance().forEach(g -> g.approve(approval));
    return proposal;
  }

  byte[] request(Proposal proposal, QueryId query) {
    return signed(
        "analyst:hq",
        new RunRequest("hq", proposal.id(), new TreeMap<>(), query.hex(), "test", now()));
  }

  /** Of a run of {@link #havingAtLeast} that may be asked for again. */
  RunRequest request(Proposal proposal, QueryId query, String least, String retry) {
    return request(proposal, query, Map.of("least", least), retry);
  }

  RunRequest request(Proposal proposal, QueryId query, Map<String, String> values, String retry) {
    return new RunRequest(
        "hq",
        proposal.id(),
        new TreeMap<>(values),
        query.hex(),
        "test",
        now(),
        Optional.of(new Retry(retry, keys.get("analyst:hq").openingKey().recipientKey())));
  }

  /** Whose result is of cities with at least so many orders, 1 or 2. */
  static Proposal havingAtLeast(int runs) {
    Plan plan = plan();
    Rel counted =
        new Rel.Aggregate(
            ((Rel.Aggregate) plan.root()).input(),
            ((Rel.Aggregate) plan.root()).groups(),
            List.of(
                ((Rel.Aggregate) plan.root()).calls().get(0),
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("city", "total", "orders"));
    Rel having =
        new Rel.Filter(
            counted,
            new Expr.Call(
                Function.GREATER_OR_EQUAL,
                List.of(
                    new Expr.FieldRef(2, DataType.BIGINT, false),
                    new Expr.Literal(DataType.BIGINT, 1L)),
                DataType.BOOLEAN,
                false));
    Parameter least =
        new Parameter(
            "least",
            List.of("1", "2"),
            Optional.empty(),
            List.of(new Parameter.Place(0, Parameter.Part.VALUE)));
    return proposal(
        runs,
        Duration.ZERO,
        List.of("analyst:hq"),
        SubstraitPlans.encode(new Plan(having, plan.ansi(), plan.timeZone())),
        List.of(least));
  }

  /** Stages and submits at all three. */
  QueryId submit(Proposal proposal) {
    QueryId query = QueryId.random();
    return submit(proposal, query, request(proposal, query));
  }

  private QueryId submit(Proposal proposal, QueryId query, byte[] request) {
    governance().forEach(g -> g.stage(request));
    connections().forEach(c -> c.submit(query, proposal.plan()));
    return query;
  }

  /** The owner's part; waits for nothing else. */
  CompletableFuture<Void> share(QueryId query) {
    return share(query, planBytes());
  }

  CompletableFuture<Void> share(QueryId query, byte[] plan) {
    HandMadeOwner owner =
        new HandMadeOwner(
            "north",
            "orders",
            List.of(
                row("Oss", "1.50"), row("Oss", "2.50"), row("Oss", "3.00"), row("Ede", "9.00")));
    return CompletableFuture.runAsync(
        () -> owner.share(connections(), new OwnerTask(query, plan, "hq")));
  }

  private static List<Object> row(String city, String amount) {
    return List.of(city, new BigDecimal(amount));
  }

  /** How the query ends at an executor: READY, or the state that it failed in. */
  QueryStatus end(int party, QueryId query) {
    return TestCluster.await(connections().get(party), query, QueryState.READY);
  }

  /** A whole run, acknowledged; returns how many rows were revealed. */
  int run(Proposal proposal) {
    return run(submit(proposal));
  }

  /** The same; the result may be asked for again. */
  int run(Proposal proposal, String retry) {
    QueryId query = QueryId.random();
    byte[] request = signed("analyst:hq", request(proposal, query, Map.of(), retry));
    return run(submit(proposal, query, request));
  }

  private int run(QueryId query) {
    share(query).join();
    int rows = -1;
    for (ExecutorConnection c : connections()) {
      QueryStatus status = TestCluster.await(c, query, QueryState.READY);
      if (status.error() != null) {
        throw status.error();
      }
      rows = c.result(query).rows();
    }
    connections().forEach(c -> c.acknowledge(query));
    return rows;
  }

  AuditTrail trail(int party) {
    return AuditTrail.read(party, governance().get(party).audit(), roster);
  }
}
