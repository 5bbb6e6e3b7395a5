package org.trefoil.arrow.flight;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorService;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.share.owner.ShareBatch;

/** An executor that keeps what it is told and answers with what the test has put there. */
final class RecordingService implements ExecutorService {
  static final String TOKEN = "only-this-token";

  final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<ShareBatch> batches = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<UUID> completed = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<UUID> closed = new ConcurrentLinkedQueue<>();
  volatile List<TableDescriptor> tables = List.of();
  static final QueryId HELD = QueryId.random();

  volatile QueryStatus status;
  volatile ResultShares result;
  volatile byte[] plan;
  volatile RuntimeException failure;

  private void note(String call, Principal caller) {
    if (failure != null) {
      throw failure;
    }
    calls.add(call + " by " + caller);
  }

  @Override
  public int party() {
    return 1;
  }

  @Override
  public void register(Principal caller, String owner, List<TableDescriptor> descriptors) {
    note("register " + owner, caller);
    tables = descriptors;
  }

  @Override
  public List<TableDescriptor> descriptors(Principal caller) {
    note("descriptors", caller);
    return tables;
  }

  @Override
  public CostEstimate estimate(Principal caller, byte[] plan) {
    note("estimate of " + plan.length + " bytes", caller);
    return new CostEstimate(12, 3_000_000_000L, true, 0.75, false);
  }

  @Override
  public void submit(Principal caller, QueryId query, byte[] bytes) {
    note("submit " + query, caller);
    plan = bytes;
  }

  @Override
  public QueryStatus status(Principal caller, QueryId query, QueryState known, Duration wait) {
    note("status " + query + " " + known + " " + wait, caller);
    return status;
  }

  @Override
  public List<OwnerTask> work(Principal caller, String owner, Duration wait) {
    note("work " + owner + " " + wait, caller);
    return List.of(new OwnerTask(QueryId.random(), plan, "hq"));
  }

  @Override
  public List<HeldResult> held(Principal caller) {
    note("held", caller);
    return List.of(new HeldResult(HELD, plan, "hq", new byte[] {1, 2}));
  }

  @Override
  public void announce(Principal caller, QueryId query, int source, int branch, long rows) {
    note("announce " + query + " " + source + " " + branch + " " + rows, caller);
  }

  @Override
  public UploadTicket ticket(Principal caller, QueryId query, int source, int branch) {
    note("ticket " + query + " " + source + " " + branch, caller);
    return new UploadTicket(query, source, branch, TOKEN);
  }

  @Override
  public ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt) {
    if (!ticket.token().equals(TOKEN)) {
      throw new TrefoilException(
          Condition.TICKET_REFUSED, "Cannot upload chunk " + chunk + ": the ticket is unknown.");
    }
    return new ShareUpload() {
      @Override
      public void send(ShareBatch batch) {
        batches.add(batch);
      }

      @Override
      public void complete() {
        completed.add(attempt);
      }

      @Override
      public void close() {
        closed.add(attempt);
      }
    };
  }

  @Override
  public void commit(Principal caller, QueryId query, int source, int branch, List<UUID> attempts) {
    note("commit " + query + " " + source + " " + branch + " " + attempts, caller);
  }

  @Override
  public void fail(Principal caller, QueryId query, String condition, String reason) {
    note("fail " + query + " " + condition + " " + reason, caller);
  }

  @Override
  public ResultShares result(Principal caller, QueryId query) {
    note("result " + query, caller);
    return result;
  }

  @Override
  public void acknowledge(Principal caller, QueryId query) {
    note("acknowledge " + query, caller);
  }

  @Override
  public void cancel(Principal caller, QueryId query) {
    note("cancel " + query, caller);
  }

  @Override
  public Map<String, String> health(Principal caller) {
    note("health", caller);
    return Map.of("version", "1", "clock", "now");
  }
}
