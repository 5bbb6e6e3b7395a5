package org.trefoil.spark.share;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
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
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.recipient.Reconstruction;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.result.QueryExecution;
import org.trefoil.spark.result.RevealedRows;

/**
 * Runs queries on the three executors: submits the plan, shares the tables that this Spark holds,
 * waits, and rebuilds the result from the three executors' shares, which are compared on the way.
 */
public final class ClusterQuery implements QueryExecution {
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
    register(session);
    long began = System.nanoTime();
    Deadline deadline = new Deadline(options.timeout());
    QueryId query = QueryId.random();
    try (JobDescription description = new JobDescription(session.sparkContext());
        CancelOnExit exit = new CancelOnExit(executors, query)) {
      description.set("query " + query + ": submit");
      Catalog catalog = executors.catalog();
      Split split = Fragments.split(plan, catalog);
      stage(query, options, planBytes);
      executors.onAll(c -> c.submit(query, planBytes));
      SharedTotals shared = SharedTotals.NONE;
      if (split.sources().stream().flatMap(s -> s.branches().stream()).anyMatch(this::isOwn)) {
        shared =
            new OwnersPart(session, cluster, tables, options.timeout())
                .run(new OwnerTask(query, planBytes, analyst()));
      }
      List<QueryStatus> ready = awaitReady(session, query, split, deadline, description);
      InputLayout layout = InputLayout.of(split, catalog, ready.get(0).rows());
      RevealedRows revealed = fetch(query, plan, layout, shared, began);
      executors.tellAll(c -> c.acknowledge(query));
      return revealed;
    } catch (RuntimeException e) {
      throw failed(query, e);
    }
  }

  /** In mode authorized: signs the run and brings the request, before anything is submitted. */
  private void stage(QueryId query, TrefoilOptions options, byte[] planBytes) {
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
      cluster
          .approvals()
          .get()
          .stage(
              cluster.connections(),
              query,
              analyst(),
              id,
              ParameterText.values(options.parameters()),
              planBytes);
    }
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

  private RevealedRows fetch(
      QueryId query, Plan plan, InputLayout layout, SharedTotals shared, long began) {
    List<ResultShares> shares = executors.fromAll(c -> c.result(query));
    for (ResultShares one : shares) {
      if (one.rows() != shares.get(0).rows()
          || one.suppressionMayApply() != shares.get(0).suppressionMayApply()) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot rebuild the result of query "
                + query
                + ": the executors deliver different numbers of rows. Run the query again.");
      }
    }
    List<ClearColumn> opened =
        Reconstruction.openAll(shares.stream().map(ResultShares::columns).toList());
    List<Object[]> rows = new ResultDecoder(layout.result()).rows(opened);
    Map<Counter, Long> counters = counters(shares);
    counters.put(Counter.ROWS_SHARED, shared.rows());
    counters.put(Counter.BYTES_SHARED, shared.bytes());
    counters.put(Counter.ROWS_REVEALED, (long) rows.size());
    counters.put(Counter.RUN_MILLIS, (System.nanoTime() - began) / 1_000_000);
    return new RevealedRows(
        plan.root().fields(), new ArrayList<>(rows), shares.get(0).suppressionMayApply(), counters);
  }

  private static Map<Counter, Long> counters(List<ResultShares> shares) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    Map<String, Long> first = shares.get(0).metrics();
    put(counters, Counter.ROUNDS, first.get("rounds"));
    put(counters, Counter.ROWS_RECEIVED, first.get("rowsReceived"));
    long bytes = shares.stream().mapToLong(s -> s.metrics().getOrDefault("bytesSent", 0L)).sum();
    counters.put(Counter.BYTES_EXCHANGED, bytes);
    put(counters, Counter.WAIT_MILLIS_0, shares.get(0).metrics().get("waitMillis"));
    put(counters, Counter.WAIT_MILLIS_1, shares.get(1).metrics().get("waitMillis"));
    put(counters, Counter.WAIT_MILLIS_2, shares.get(2).metrics().get("waitMillis"));
    return counters;
  }

  private static void put(Map<Counter, Long> counters, Counter counter, Long value) {
    if (value != null) {
      counters.put(counter, value);
    }
  }

  @Override
  public void close() {
    cluster.close();
  }
}
