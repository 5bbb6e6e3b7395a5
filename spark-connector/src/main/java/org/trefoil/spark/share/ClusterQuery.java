package org.trefoil.spark.share;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.approval.ParameterText;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Split;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.plan.ProposalDraft;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.result.QueryExecution;
import org.trefoil.spark.result.RevealedRows;

/**
 * Runs queries on the three executors: submits the plan, shares the tables that this Spark holds,
 * waits, and rebuilds the result from the three executors' shares, which are compared on the way.
 */
public final class ClusterQuery implements QueryExecution {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterQuery.class);

  private final Cluster cluster;
  private final ExecutorTriple executors;
  private final OwnerTables tables;
  private boolean registered;

  /** Queries over {@code cluster}, which is closed with this; {@code tables} are shared here. */
  public ClusterQuery(Cluster cluster, OwnerTables tables) {
    this.cluster = cluster;
    this.executors = new ExecutorTriple(cluster.connections());
    this.tables = tables;
  }

  @Override
  public List<TableDescriptor> descriptors(SparkSession session) {
    register(session);
    return executors.descriptors();
  }

  private synchronized void register(SparkSession session) {
    if (registered) {
      return;
    }
    for (String owner : tables.owners()) {
      List<TableDescriptor> own = tables.descriptors(session, owner);
      executors.onAll(c -> c.register(owner, own));
    }
    registered = true;
  }

  @Override
  public String analyst() {
    return cluster.analyst();
  }

  @Override
  public String mode() {
    return cluster.mode();
  }

  @Override
  public CostEstimate estimate(byte[] planBytes) {
    return executors.connections().get(0).estimate(planBytes);
  }

  @Override
  public RevealedRows run(
      SparkSession session, TrefoilOptions options, byte[] planBytes, Plan plan) {
    if (options.result().isPresent()) {
      return new Delivery(executors, id(options.result().get())).take();
    }
    register(session);
    long began = System.nanoTime();
    Deadline deadline = new Deadline(options.timeout());
    QueryId query = QueryId.random();
    try (JobDescription description = new JobDescription(session.sparkContext());
        CancelOnExit exit = new CancelOnExit(executors, query)) {
      description.set("query " + query + ": submit");
      Catalog catalog = executors.catalog();
      Split split = Fragments.split(plan, catalog);
      Optional<Repeat> repeat = stage(query, options, planBytes);
      if (repeat.isPresent()) {
        return again(repeat.get(), plan);
      }
      executors.onAll(c -> c.submit(query, planBytes));
      SharedTotals shared = SharedTotals.NONE;
      if (split.sources().stream().flatMap(s -> s.branches().stream()).anyMatch(this::isOwn)) {
        shared =
            new OwnersPart(session, cluster, tables, options.timeout())
                .run(new OwnerTask(query, planBytes, analyst()));
      }
      List<QueryStatus> ready = awaitReady(session, query, split, deadline, description);
      InputLayout layout = InputLayout.of(split, catalog, ready.get(0).rows());
      RevealedRows revealed = delivered(query, plan, layout);
      Map<Counter, Long> counters = new EnumMap<>(Counter.class);
      counters.putAll(revealed.metrics());
      counters.put(Counter.ROWS_SHARED, shared.rows());
      counters.put(Counter.BYTES_SHARED, shared.bytes());
      counters.put(Counter.RUN_MILLIS, (System.nanoTime() - began) / 1_000_000);
      return new RevealedRows(
          revealed.fields(), revealed.rows(), revealed.suppressionMayApply(), counters);
    } catch (RuntimeException e) {
      throw failed(query, e);
    }
  }

  /** The rows, if they are for this caller; those that are for others stay where they are. */
  private RevealedRows delivered(QueryId query, Plan plan, InputLayout layout) {
    boolean mine =
        plan.release().roles(analyst()).contains("analyst:" + analyst())
            || executors.connections().get(0).held().stream()
                .anyMatch(held -> held.query().equals(query));
    if (mine) {
      RevealedRows revealed = new Delivery(executors, query).fetch(plan, layout);
      executors.tellAll(c -> c.acknowledge(query));
      return revealed;
    }
    if (plan.release().kept().isPresent()) {
      LOG.info("the result of query {} goes to {}", query, plan.release().words());
      return new RevealedRows(plan.root().fields(), List.of(), false, Map.of());
    }
    LOG.info(
        "the result of query {} is not for this analyst and no row of it is here: {} can fetch it"
            + " for a while, with bin/trefoil result {}",
        query,
        plan.release().words(),
        query);
    return new RevealedRows(plan.root().fields(), List.of(), false, Map.of());
  }

  /** The rows of a run that was asked for again; none if they went to others. */
  private RevealedRows again(Repeat repeat, Plan plan) {
    LOG.info(
        "query {} was run before under this retry key: its result is read again, nothing runs",
        repeat.query());
    return plan.release().roles(analyst()).contains("analyst:" + analyst())
        ? new Delivery(executors, repeat.query()).read(plan, repeat)
        : new RevealedRows(plan.root().fields(), List.of(), false, Map.of());
  }

  /**
   * In mode authorized: signs the run and brings the request, before anything is submitted; answers
   * what is kept of a run that is asked for again.
   */
  private Optional<Repeat> stage(QueryId query, TrefoilOptions options, byte[] planBytes) {
    Optional<String> proposal = options.proposal();
    if (cluster.approvals().isEmpty() && proposal.isPresent()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot run a proposal in mode "
              + mode()
              + ": set spark.sql.catalog."
              + options.catalog()
              + ".mode to authorized.");
    }
    if (cluster.approvals().isPresent()) {
      String id =
          proposal.orElseThrow(
              () ->
                  new TrefoilException(
                      Condition.NOT_APPROVED,
                      "Cannot run this query: mode authorized runs approved proposals only. Propose"
                          + " it with bin/trefoil propose, have it approved, and read it by"
                          + " option(\"proposal\", ID)."));
      return cluster
          .approvals()
          .get()
          .stage(
              cluster.connections(),
              query,
              analyst(),
              id,
              ParameterText.values(options.parameters()),
              options.retry(),
              planBytes);
    }
    if (options.retry().isPresent()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot use the option retry in mode "
              + mode()
              + ": it goes with runs of approved proposals.");
    }
    return Optional.empty();
  }

  @Override
  public List<Object[]> system(String table) {
    return deeds().rows(table);
  }

  @Override
  public List<String> call(String procedure, List<String> arguments) {
    return deeds().call(procedure, arguments);
  }

  @Override
  public List<String> propose(SparkSession session, String catalog, ProposalDraft draft) {
    return deeds().propose(session, catalog, draft);
  }

  private Deeds deeds() {
    return new Deeds(
        cluster.connections(),
        cluster
            .approvals()
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.INVALID_CONFIGURATION,
                        "Cannot govern in mode " + mode() + ": it asks for no approvals.")));
  }

  @Override
  public byte[] proposal(String id) {
    return Approvals.proposal(cluster.connections().get(0), id);
  }

  private TrefoilException failed(QueryId query, RuntimeException e) {
    TrefoilException error =
        TrefoilException.in(e)
            .orElseGet(
                () ->
                    new TrefoilException(
                        Condition.INTERNAL,
                        "Cannot finish query "
                            + query
                            + ": unexpected "
                            + e.getClass().getSimpleName()
                            + ". See the log of this Spark application.",
                        e));
    TrefoilException cause = executors.cause(query, error);
    executors.tellAll(c -> c.cancel(query));
    return cause;
  }

  private boolean isOwn(Fragment fragment) {
    return tables.holds(fragment.owner(), fragment.table());
  }

  private List<QueryStatus> awaitReady(
      SparkSession session,
      QueryId query,
      Split split,
      Deadline deadline,
      JobDescription description) {
    String[] shown = {"run"};
    WatchJob[] watch = {watch(session, query, "run", description)};
    try {
      return executors.await(
          query,
          QueryState.READY,
          (connection, status) -> {
            watch[0].requireAlive(query.hex());
            if (deadline.passed()) {
              throw tooLate(query, connection, status, split, deadline);
            }
            String phase = phase(status);
            if (!phase.equals(shown[0])) {
              // A job's description is fixed when it starts: the next one shows the next phase.
              WatchJob next = watch(session, query, phase, description);
              watch[0].close();
              watch[0] = next;
              shown[0] = phase;
            }
          });
    } finally {
      watch[0].close();
    }
  }

  private static WatchJob watch(
      SparkSession session, QueryId query, String phase, JobDescription description) {
    description.set("query " + query + ": executors " + phase);
    return new WatchJob(session);
  }

  /** The state and the first part of the step, such as {@code run join1}. */
  private static String phase(QueryStatus status) {
    if (status.state() != QueryState.RUNNING) {
      return "wait for inputs";
    }
    String[] step = status.step() == null ? new String[0] : status.step().split("/");
    return step.length > 1 ? "run " + step[1] : "run";
  }

  private TrefoilException tooLate(
      QueryId query,
      ExecutorConnection connection,
      QueryStatus status,
      Split split,
      Deadline deadline) {
    String start = "Cannot finish query " + query + " within " + deadline + ": ";
    return switch (status.state()) {
      case SUBMITTED ->
          new TrefoilException(
              Condition.PEER_UNAVAILABLE,
              start
                  + connection.name()
                  + " still waits for its peers. Check the executors, then run the query again.");
      case ADMITTED, INPUTS ->
          new TrefoilException(
              Condition.OWNER_UNAVAILABLE,
              start
                  + "rows are missing of "
                  + String.join(", ", missing(status, split))
                  + ". Check that the owners' agents run, then run the query again.");
      default ->
          new TrefoilException(
              Condition.TIMEOUT,
              start
                  + connection.name()
                  + " is "
                  + status.state()
                  + " at step "
                  + status.step()
                  + ". Allow it more time with the option timeout.");
    };
  }

  /** The tables whose sizes are not announced; all foreign ones if all sizes are. */
  private TreeSet<String> missing(QueryStatus status, Split split) {
    TreeSet<String> unannounced = new TreeSet<>();
    TreeSet<String> foreign = new TreeSet<>();
    for (int s = 0; s < split.sources().size(); s++) {
      for (Fragment fragment : split.sources().get(s).branches()) {
        String table = "owner " + fragment.owner() + " (" + fragment.table() + ")";
        if (!isOwn(fragment)) {
          foreign.add(table);
        }
        if (s < status.rows().size() && status.rows().get(s).get(fragment.branch()) < 0) {
          unannounced.add(table);
        }
      }
    }
    return unannounced.isEmpty() ? foreign : unannounced;
  }

  @Override
  public byte[] held(String query) {
    return new Delivery(executors, id(query)).held().plan();
  }

  private static QueryId id(String query) {
    if (!query.matches("[0-9a-f]{32}")) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY,
          "Cannot find a result of query "
              + query
              + ": this is no query's id. See bin/trefoil result --list.");
    }
    return new QueryId(query);
  }

  @Override
  public void close() {
    cluster.close();
  }
}
