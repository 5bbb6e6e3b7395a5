package org.trefoil.spark.share;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;
import org.trefoil.share.owner.Sharing;

/**
 * Three executors for one query at a time that keep its life and the attempt rule, and compute in
 * the clear what a test tells them to.
 */
final class FakeCluster implements Cluster {
  /** The result, in the shapes of the plan's result columns. */
  interface Computation {
    List<ClearColumn> result(InputLayout layout, List<List<FakeStore>> inputs);
  }

  private final Computation computation;
  private final List<TableDescriptor> tables = new ArrayList<>();
  private final List<ExecutorConnection> connections =
      IntStream.range(0, 3).mapToObj(p -> (ExecutorConnection) new Connection(p)).toList();
  private final SecureRandom random = new SecureRandom();
  private final byte[] hashKey = new byte[32];

  private QueryId query;
  private byte[] plan;
  private QueryState state;
  private TrefoilException error;
  private Split split;
  private long[][] rows;
  private int announced;
  private List<List<FakeStore>> inputs;
  private List<List<List<UUID>>> commits;
  private ShareBatch[] result;
  private int acknowledged;

  FakeCluster(Computation computation) {
    this.computation = computation;
  }

  /** A table of an owner who is not here. */
  void registerForeign(TableDescriptor table) {
    tables.add(table);
  }

  synchronized QueryState state() {
    return state;
  }

  synchronized TrefoilException error() {
    return error;
  }

  synchronized boolean delivered() {
    return acknowledged == 3;
  }

  /** Waits until the query is in {@code wanted}, or a minute. */
  synchronized void awaitState(QueryState wanted) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (state != wanted && System.nanoTime() < end) {
      wait(1000);
    }
    if (state != wanted) {
      throw new AssertionError("still " + state + ", error " + error);
    }
  }

  @Override
  public List<ExecutorConnection> connections() {
    return connections;
  }

  @Override
  public UploadRoute route(List<UploadTicket> tickets) {
    UploadTicket ticket = tickets.get(0);
    return inputs.get(ticket.source()).get(ticket.branch()).route();
  }

  @Override
  public String mode() {
    return "fake";
  }

  @Override
  public String analyst() {
    return "hq";
  }

  @Override
  public void close() {}

  private synchronized void become(QueryState next) {
    if (state == null || !state.isEnd()) {
      state = next;
      notifyAll();
    }
  }

  private synchronized void end(QueryState end, TrefoilException cause) {
    if (state != null && !state.isEnd()) {
      error = cause;
      become(end);
    }
  }

  private synchronized void submit(QueryId id, byte[] bytes) {
    if (id.equals(query)) {
      return;
    }
    query = id;
    plan = bytes.clone();
    state = null;
    error = null;
    announced = 0;
    acknowledged = 0;
    Plan decoded = SubstraitPlans.decode(bytes);
    split = Fragments.split(decoded, Catalog.of(tables));
    rows = new long[split.sources().size()][];
    inputs = new ArrayList<>();
    commits = new ArrayList<>();
    for (int s = 0; s < rows.length; s++) {
      List<Fragment> branches = split.sources().get(s).branches();
      rows[s] = new long[branches.size()];
      Arrays.fill(rows[s], -1);
      inputs.add(branches.stream().map(b -> new FakeStore()).toList());
      commits.add(new ArrayList<>());
      branches.forEach(b -> commits.get(commits.size() - 1).add(null));
    }
    become(QueryState.ADMITTED);
  }

  private synchronized void announce(int source, int branch, long count) {
    if (rows[source][branch] >= 0 && rows[source][branch] != count) {
      throw new AssertionError("sizes differ");
    }
    rows[source][branch] = count;
    announced++;
    if (announced == 3 * split.sources().stream().mapToInt(s -> s.branches().size()).sum()) {
      become(QueryState.INPUTS);
    }
  }

  private synchronized void commit(int party, int source, int branch, List<UUID> attempts) {
    List<UUID> before = commits.get(source).get(branch);
    if (party > 0 && !attempts.equals(before)) {
      throw new AssertionError("executors are told different attempts");
    }
    commits.get(source).set(branch, attempts);
    inputs.get(source).get(branch).commit(attempts);
    boolean all = party == 2 && commits.stream().allMatch(s -> s.stream().allMatch(b -> b != null));
    if (all) {
      InputLayout layout = InputLayout.of(split, Catalog.of(tables), sizes());
      List<ClearColumn> clear = computation.result(layout, inputs);
      if (clear == null) {
        become(QueryState.RUNNING);
        return;
      }
      result = Sharing.share(clear, random);
      become(QueryState.READY);
    }
  }

  private List<List<Long>> sizes() {
    return Arrays.stream(rows).map(s -> Arrays.stream(s).boxed().toList()).toList();
  }

  private synchronized QueryStatus status(QueryState known, Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    try {
      while (state == known && System.nanoTime() < end) {
        TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new QueryStatus(query, state, "q/sort/level1", sizes(), hashKey, error, Map.of());
  }

  /** One of the three. */
  private final class Connection implements ExecutorConnection {
    private final int party;

    Connection(int party) {
      this.party = party;
    }

    @Override
    public int party() {
      return party;
    }

    @Override
    public String name() {
      return "executor " + party + " (fake)";
    }

    @Override
    public void register(String owner, List<TableDescriptor> registered) {
      synchronized (FakeCluster.this) {
        tables.removeIf(t -> t.owner().equals(owner));
        tables.addAll(registered);
      }
    }

    @Override
    public List<TableDescriptor> descriptors() {
      synchronized (FakeCluster.this) {
        return List.copyOf(tables);
      }
    }

    @Override
    public CostEstimate estimate(byte[] plan) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void submit(QueryId id, byte[] bytes) {
      FakeCluster.this.submit(id, bytes);
    }

    @Override
    public QueryStatus status(QueryId id, QueryState known, Duration wait) {
      return FakeCluster.this.status(known, wait);
    }

    @Override
    public List<OwnerTask> work(String owner, Duration wait) {
      synchronized (FakeCluster.this) {
        try {
          if (state != QueryState.ADMITTED) {
            FakeCluster.this.wait(Math.max(1, wait.toMillis()));
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return state == QueryState.ADMITTED ? List.of(new OwnerTask(query, plan, "hq")) : List.of();
      }
    }

    @Override
    public void announce(QueryId id, int source, int branch, long count) {
      FakeCluster.this.announce(source, branch, count);
    }

    @Override
    public UploadTicket ticket(QueryId id, int source, int branch) {
      return new UploadTicket(id, source, branch, "token" + party);
    }

    @Override
    public ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt) {
      return inputs.get(ticket.source()).get(ticket.branch()).upload(party, chunk, attempt);
    }

    @Override
    public void commit(QueryId id, int source, int branch, List<UUID> attempts) {
      FakeCluster.this.commit(party, source, branch, attempts);
    }

    @Override
    public void fail(QueryId id, String condition, String reason) {
      end(QueryState.FAILED, new TrefoilException(Condition.valueOf(condition), reason));
    }

    @Override
    public List<HeldResult> held() {
      return List.of();
    }

    @Override
    public ResultShares result(QueryId id) {
      ShareBatch mine = result[party];
      return new ResultShares(
          party,
          mine.rows(),
          ShareBatches.expand(mine),
          false,
          Optional.empty(),
          Map.of("rounds", 7L));
    }

    @Override
    public void acknowledge(QueryId id) {
      synchronized (FakeCluster.this) {
        acknowledged++;
      }
    }

    @Override
    public void cancel(QueryId id) {
      end(
          QueryState.CANCELLED,
          new TrefoilException(Condition.QUERY_CANCELLED, "Cannot go on: cancelled."));
    }

    @Override
    public Map<String, String> health() {
      return Map.of();
    }

    @Override
    public void close() {}
  }
}
