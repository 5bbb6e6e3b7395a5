package org.trefoil.executor.server;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorConnection;
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

/**
 * A connection to an executor in the same JVM. There is no certificate: the caller is an analyst,
 * and speaks for the owners whose tables it registers through this connection.
 */
final class InProcessConnection implements ExecutorConnection {
  private final ExecutorService service;
  private final Set<Role> roles = new HashSet<>();

  InProcessConnection(ExecutorService service, String analyst) {
    this.service = service;
    this.roles.add(Role.analyst(analyst));
  }

  @Override
  public int party() {
    return service.party();
  }

  @Override
  public String name() {
    return "executor " + party() + " (embedded)";
  }

  @Override
  public void register(String owner, List<TableDescriptor> tables) {
    synchronized (roles) {
      roles.add(Role.owner(owner));
    }
    service.register(caller(), owner, tables);
  }

  @Override
  public List<TableDescriptor> descriptors() {
    return service.descriptors(caller());
  }

  @Override
  public CostEstimate estimate(byte[] plan) {
    return service.estimate(caller(), plan);
  }

  @Override
  public void submit(QueryId query, byte[] plan) {
    service.submit(caller(), query, plan);
  }

  @Override
  public QueryStatus status(QueryId query, QueryState known, Duration wait) {
    return service.status(caller(), query, known, wait);
  }

  @Override
  public List<OwnerTask> work(String owner, Duration wait) {
    return service.work(caller(), owner, wait);
  }

  @Override
  public void announce(QueryId query, int source, int branch, long rows) {
    service.announce(caller(), query, source, branch, rows);
  }

  @Override
  public UploadTicket ticket(QueryId query, int source, int branch) {
    return service.ticket(caller(), query, source, branch);
  }

  @Override
  public ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt) {
    return service.upload(ticket, chunk, attempt);
  }

  @Override
  public void commit(QueryId query, int source, int branch, List<UUID> attempts) {
    service.commit(caller(), query, source, branch, attempts);
  }

  @Override
  public void fail(QueryId query, String condition, String reason) {
    service.fail(caller(), query, condition, reason);
  }

  @Override
  public List<HeldResult> held() {
    return service.held(caller());
  }

  @Override
  public ResultShares result(QueryId query) {
    return service.result(caller(), query);
  }

  @Override
  public void acknowledge(QueryId query) {
    service.acknowledge(caller(), query);
  }

  @Override
  public void cancel(QueryId query) {
    service.cancel(caller(), query);
  }

  @Override
  public List<byte[]> govern(String deed, List<byte[]> arguments) {
    return service.govern(caller(), deed, arguments);
  }

  @Override
  public Map<String, String> health() {
    return service.health(caller());
  }

  /** The executor goes on. */
  @Override
  public void close() {}

  private Principal caller() {
    synchronized (roles) {
      return new Principal(roles);
    }
  }
}
