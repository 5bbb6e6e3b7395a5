package org.trefoil.executor.server;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorService;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.executor.governance.AuthorizedMode;
import org.trefoil.executor.governance.Callers;
import org.trefoil.executor.governance.DescriptorRegistry;
import org.trefoil.executor.governance.Gate;
import org.trefoil.executor.store.KeptResults;
import org.trefoil.executor.transport.LinkMeter;
import org.trefoil.executor.transport.PeerLinks;

/**
 * What one executor does for owners and analysts: decides who may ask for what, and hands it to the
 * {@link QueryRun}s. Several queries run at a time, each on its own thread; ended ones are
 * remembered for a while by id and error only.
 */
public final class QueryService implements ExecutorService, AutoCloseable {
  private static final int REMEMBERED = 1000;

  /** Results that wait for recipients; they take memory, and no part of max-queries. */
  private static final int MOST_HELD = 100;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final RunContext context;
  private final DescriptorRegistry registry = new DescriptorRegistry();
  private final Tickets tickets;
  private final Instant started = Instant.now();
  private final Map<QueryId, QueryRun> runs = new LinkedHashMap<>();
  private final Totals forgotten = new Totals();
  private final Object work = new Object();
  private long workVersion;
  private boolean closed;

  /** A service that runs plans with this engine; its links are closed by their maker. */
  public QueryService(PeerLinks links, Limits limits, Timeouts timeouts) {
    this(links, limits, timeouts, Optional.empty());
  }

  /** The same, in authorized mode if there are files for it. */
  public QueryService(
      PeerLinks links, Limits limits, Timeouts timeouts, Optional<AuthorizedMode> authorized) {
    this(links, PlannedComputation::decode, limits, timeouts, Version.SOFTWARE, authorized);
  }

  QueryService(
      PeerLinks links,
      Computation.Decoder decoder,
      Limits limits,
      Timeouts timeouts,
      String version) {
    this(links, decoder, limits, timeouts, version, Optional.empty());
  }

  QueryService(
      PeerLinks links,
      Computation.Decoder decoder,
      Limits limits,
      Timeouts timeouts,
      String version,
      Optional<AuthorizedMode> authorized) {
    KeptResults kept =
        KeptResults.open(links.party(), authorized.map(mode -> mode.folder().resolve("kept")));
    Gate gate =
        authorized
            .map(
                mode ->
                    mode.open(
                        links.party(), Installed.SOFTWARE, () -> tables(kept), Clock.systemUTC()))
            .orElse(Gate.DESIGN);
    SecureRandom random = new SecureRandom();
    this.context =
        new RunContext(
            links,
            decoder,
            limits,
            timeouts,
            version,
            random,
            new OwnerLiveness(),
            gate,
            new LinkMeter(),
            kept);
    this.tickets = new Tickets(random, timeouts.ticket(), Clock.systemUTC());
  }

  @Override
  public int party() {
    return context.links().party();
  }

  @Override
  public void register(Principal caller, String owner, List<TableDescriptor> tables) {
    Callers.requireOwner(caller, owner);
    context.owners().seen(owner);
    context.gate().requireServes(tables);
    registry.register(owner, tables);
    context.gate().registered(tables);
  }

  @Override
  public List<TableDescriptor> descriptors(Principal caller) {
    return all(prunedResults());
  }

  private List<TableDescriptor> all(KeptResults kept) {
    List<TableDescriptor> all = new ArrayList<>(registry.all());
    all.addAll(kept.tables());
    return all;
  }

  private Catalog tables(KeptResults kept) {
    return Catalog.of(all(kept));
  }

  /** The kept results, without those that have expired or whose making was withdrawn. */
  private KeptResults prunedResults() {
    context.kept().prune(Instant.now(), this::mayGoOn);
    return context.kept();
  }

  private boolean mayGoOn(String proposal) {
    try {
      context.gate().requireOpen(proposal);
      return true;
    } catch (TrefoilException e) {
      // A freeze holds it up and no more.
      return e.condition() == Condition.FROZEN;
    }
  }

  @Override
  public CostEstimate estimate(Principal caller, byte[] plan) {
    return context
        .decoder()
        .decode(QueryId.random(), plan, tables(prunedResults()), Callers.analyst(caller))
        .estimate(context.meter().latest());
  }

  @Override
  public void submit(Principal caller, QueryId query, byte[] plan) {
    String analyst = Callers.analyst(caller);
    TrefoilException refusal;
    synchronized (runs) {
      QueryRun known = runs.get(query);
      if (known != null) {
        if (known.isFor(plan, analyst)) {
          return;
        }
        throw new TrefoilException(
            Condition.MALFORMED_PLAN,
            "Cannot submit query " + query + ": this id names another query. Use a fresh id.");
      }
      refusal = refusal();
      if (refusal == null) {
        refusal = begin(query, plan, analyst);
      }
      if (refusal == null) {
        return;
      }
    }
    // The peers may have taken it on: they need not wait for this party to find out.
    context.links().abort(query.hex(), refusal);
    throw refusal;
  }

  /** Begins a run; returns why not, if the mode does not let it. */
  private TrefoilException begin(QueryId query, byte[] plan, String analyst) {
    Catalog catalog = tables(prunedResults());
    Gate.Passage passage;
    try {
      passage = context.gate().begin(query, plan, analyst, catalog);
    } catch (TrefoilException e) {
      return e;
    }
    QueryRun run = new QueryRun(query, plan, analyst, catalog, context, passage, this::workChanged);
    runs.put(query, run);
    forgetOldest();
    run.start();
    passage.whenStopped(run::stop);
    return null;
  }

  @Override
  public List<byte[]> govern(Principal caller, String deed, List<byte[]> arguments) {
    List<byte[]> answer = context.gate().govern(caller, deed, arguments);
    // A withdrawal destroys at once what was made under the proposal.
    prunedResults();
    return answer;
  }

  private TrefoilException refusal() {
    if (closed) {
      return new TrefoilException(
          Condition.PEER_UNAVAILABLE,
          "Cannot take on a query: executor " + party() + " is shutting down. Try again later.");
    }
    long active = runs.values().stream().filter(QueryRun::computes).count();
    long held = runs.values().stream().filter(run -> !run.state().isEnd()).count() - active;
    if (held >= MOST_HELD) {
      return new TrefoilException(
          Condition.TOO_MANY_QUERIES,
          "Cannot take on another query: executor "
              + party()
              + " keeps "
              + held
              + " results that have not been fetched. Fetch them, or wait for result-timeout.");
    }
    if (active >= context.limits().queries()) {
      return new TrefoilException(
          Condition.TOO_MANY_QUERIES,
          "Cannot take on another query: executor "
              + party()
              + " runs "
              + active
              + " already. Try again when one has ended, or raise max-queries.");
    }
    return null;
  }

  private void forgetOldest() {
    Iterator<QueryRun> oldest = runs.values().iterator();
    while (runs.size() > REMEMBERED && oldest.hasNext()) {
      QueryRun run = oldest.next();
      if (run.state().isEnd()) {
        forgotten.add(run.state(), run.counters());
        oldest.remove();
      }
    }
  }

  @Override
  public QueryStatus status(Principal caller, QueryId query, QueryState known, Duration wait) {
    QueryRun run =
        find(query, r -> takesPart(caller, r) || r.isFor(caller) || mayContribute(caller, r));
    if (run.state() != QueryState.SUBMITTED) {
      run.owners().stream().filter(caller::owns).forEach(context.owners()::seen);
    }
    return run.statusAfter(known, shorter(wait));
  }

  @Override
  public List<OwnerTask> work(Principal caller, String owner, Duration wait) {
    if (!caller.owns(owner) && caller.contributor().isPresent()) {
      return collections(owner, wait);
    }
    Callers.requireOwner(caller, owner);
    context.owners().seen(owner);
    if (!registry.knows(owner)) {
      throw new TrefoilException(
          Condition.TABLE_NOT_FOUND,
          "Cannot find work for owner "
              + owner
              + ": it has registered no tables at executor "
              + party()
              + " since that started. Register them.");
    }
    long deadline = System.nanoTime() + shorter(wait).toNanos();
    while (true) {
      long version = workVersion();
      List<OwnerTask> tasks = new ArrayList<>();
      boolean news = false;
      for (QueryRun run : runs()) {
        byte[] plan = run.taskOf(owner);
        if (plan != null) {
          tasks.add(new OwnerTask(run.id(), plan, run.analyst()));
          news |= run.tell(owner);
        }
      }
      // Tasks that the owner knows are repeated, in case it has restarted, but not at once.
      if (news || !awaitWork(version, deadline)) {
        context.owners().seen(owner);
        return tasks;
      }
    }
  }

  /** The queries that wait for contributions to a table of this owner. */
  private List<OwnerTask> collections(String owner, Duration wait) {
    long deadline = System.nanoTime() + shorter(wait).toNanos();
    while (true) {
      long version = workVersion();
      List<OwnerTask> tasks =
          runs().stream()
              .filter(run -> run.collects(owner))
              .map(QueryRun::task)
              .flatMap(Optional::stream)
              .toList();
      if (!tasks.isEmpty() || !awaitWork(version, deadline)) {
        return tasks;
      }
    }
  }

  /** Whether the caller is a contributor, and the query is about contributions. */
  private static boolean mayContribute(Principal caller, QueryRun run) {
    return caller.contributor().isPresent() && run.isContributed();
  }

  @Override
  public void announce(Principal caller, QueryId query, int source, int branch, long rows) {
    QueryRun run = find(query);
    requireFragment(caller, run, source, branch);
    run.announce(source, branch, rows);
  }

  @Override
  public UploadTicket ticket(Principal caller, QueryId query, int source, int branch) {
    QueryRun run = find(query);
    if (mayContribute(caller, run) && !caller.owns(run.branch(source, branch).owner())) {
      run.awaitState(state -> state != QueryState.ADMITTED);
      String name = caller.contributor().orElseThrow();
      return tickets.issueToContributor(query, source, branch, name);
    }
    String owner = requireFragment(caller, run, source, branch);
    run.awaitState(state -> state != QueryState.ADMITTED);
    return tickets.issue(query, source, branch, owner);
  }

  @Override
  public ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt) {
    QueryRun run = byId(ticket.query());
    if (run == null || run.state().isEnd()) {
      throw Tickets.refused(ticket, "the query has ended");
    }
    Computation.Branch branch = run.branch(ticket.source(), ticket.branch());
    if (branch.contributors().isPresent()) {
      String name = tickets.contributor(ticket);
      return run.contribute(ticket.source(), ticket.branch(), name, attempt);
    }
    String owner = branch.owner();
    tickets.check(ticket, owner);
    context.owners().seen(owner);
    return run.upload(ticket.source(), ticket.branch(), chunk, attempt);
  }

  @Override
  public void commit(Principal caller, QueryId query, int source, int branch, List<UUID> attempts) {
    QueryRun run = find(query);
    if (mayContribute(caller, run) && !caller.owns(run.branch(source, branch).owner())) {
      for (UUID attempt : attempts) {
        run.confirm(source, branch, caller.contributor().orElseThrow(), attempt);
      }
      return;
    }
    requireFragment(caller, run, source, branch);
    run.commit(source, branch, attempts);
  }

  @Override
  public void fail(Principal caller, QueryId query, String condition, String reason) {
    QueryRun run = find(query);
    if (run.owners().stream().noneMatch(caller::owns)) {
      throw unknown(query);
    }
    run.stop(OwnerFailure.of(condition, reason));
  }

  @Override
  public List<HeldResult> held(Principal caller) {
    return runs().stream().flatMap(run -> run.held(caller).stream()).toList();
  }

  @Override
  public ResultShares result(Principal caller, QueryId query) {
    QueryRun run = find(query, r -> r.isFor(caller));
    // The other executors may have been a moment faster.
    run.awaitState(state -> state != QueryState.RUNNING);
    return run.result();
  }

  @Override
  public void acknowledge(Principal caller, QueryId query) {
    find(query, run -> run.isFor(caller)).acknowledge(caller);
  }

  @Override
  public void cancel(Principal caller, QueryId query) {
    find(query, run -> takesPart(caller, run))
        .stop(
            new TrefoilException(
                Condition.QUERY_CANCELLED,
                "Cannot finish query " + query + ": cancelled by " + caller + "."));
  }

  @Override
  public Map<String, String> health(Principal caller) {
    Map<String, String> health = new TreeMap<>();
    health.put("party", Integer.toString(party()));
    health.put("version", context.version());
    health.put("mode", context.gate().mode());
    health.put("software", context.gate().software());
    health.put("clock", Instant.now().toString());
    health.put("uptime", Duration.between(started, Instant.now()).toSeconds() + " s");
    health.put("java", Runtime.version().toString());
    long active = runs().stream().filter(run -> !run.state().isEnd()).count();
    health.put("queries", active + " of " + context.limits().queries());
    health.put("owners", String.join(", ", registry.owners()));
    Totals totals = totals();
    health.put("rows-received", Long.toString(totals.counter("rowsReceived")));
    health.put("bytes-received", Long.toString(totals.counter("bytesReceived")));
    return health;
  }

  /** Over all queries since the executor started. */
  Totals totals() {
    Totals totals = new Totals();
    synchronized (runs) {
      totals.add(forgotten);
      runs.values().forEach(run -> totals.add(run.state(), run.counters()));
    }
    return totals;
  }

  /** How many queries may be under way at a time. */
  int limit() {
    return context.limits().queries();
  }

  /** {@code design} or {@code authorized}. */
  String mode() {
    return context.gate().mode();
  }

  /** Owners that have registered tables since the executor started. */
  int ownersRegistered() {
    return registry.owners().size();
  }

  /** Ends all runs with PEER_UNAVAILABLE, at the peers too, and takes on no more. */
  @Override
  public void close() {
    synchronized (runs) {
      closed = true;
    }
    for (QueryRun run : runs()) {
      run.stop(
          new TrefoilException(
              Condition.PEER_UNAVAILABLE,
              "Cannot finish query "
                  + run.id()
                  + ": executor "
                  + party()
                  + " is shutting down. Run the query again."));
    }
    try {
      for (QueryRun run : runs()) {
        run.join(CLOSE_PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    workChanged();
    context.gate().close();
  }

  /** The runs that still hold something. */
  long activeRuns() {
    return runs().stream().filter(run -> !run.state().isEnd()).count();
  }

  private static Duration shorter(Duration wait) {
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  private List<QueryRun> runs() {
    synchronized (runs) {
      return List.copyOf(runs.values());
    }
  }

  private QueryRun byId(QueryId query) {
    synchronized (runs) {
      return runs.get(query);
    }
  }

  private QueryRun find(QueryId query) {
    QueryRun run = byId(query);
    if (run == null) {
      throw unknown(query);
    }
    return run;
  }

  /** Whether the caller is its analyst or an owner that shares a fragment. */
  private static boolean takesPart(Principal caller, QueryRun run) {
    return caller.is(Role.analyst(run.analyst())) || run.owners().stream().anyMatch(caller::owns);
  }

  private QueryRun find(QueryId query, Predicate<QueryRun> mayKnow) {
    QueryRun run = find(query);
    if (!mayKnow.test(run)) {
      throw unknown(query);
    }
    return run;
  }

  /** The same words whether it does not exist or is none of the caller's business. */
  private TrefoilException unknown(QueryId query) {
    return new TrefoilException(
        Condition.UNKNOWN_QUERY,
        "Cannot find query "
            + query
            + " at executor "
            + party()
            + ": it has ended, the executor has restarted, or it is another's. Submit it again.");
  }

  private String requireFragment(Principal caller, QueryRun run, int source, int branch) {
    if (run.owners().stream().noneMatch(caller::owns)) {
      throw unknown(run.id());
    }
    String owner = run.branch(source, branch).owner();
    Callers.requireOwner(caller, owner);
    context.owners().seen(owner);
    return owner;
  }

  private void workChanged() {
    synchronized (work) {
      workVersion++;
      work.notifyAll();
    }
  }

  private long workVersion() {
    synchronized (work) {
      return workVersion;
    }
  }

  /** Waits for work to change; false if the deadline has passed. */
  private boolean awaitWork(long version, long deadline) {
    synchronized (work) {
      try {
        while (workVersion == version) {
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          TimeUnit.NANOSECONDS.timedWait(work, left + 999_999);
        }
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
