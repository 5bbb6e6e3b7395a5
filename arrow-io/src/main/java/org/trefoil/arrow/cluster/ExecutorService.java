package org.trefoil.arrow.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.trefoil.api.descriptor.TableDescriptor;

/**
 * The server side of {@link ExecutorConnection}: what one executor does for authenticated callers.
 * Calls come on many threads; {@code status} and {@code work} may block for {@code wait}. Whether a
 * caller may do what it asks is decided here, not by the plumbing, which only vouches for the
 * principal. A {@code TrefoilException} reaches the caller with its condition and reason; anything
 * else becomes INTERNAL without its message.
 */
public interface ExecutorService {
  int party();

  void register(Principal caller, String owner, List<TableDescriptor> tables);

  List<TableDescriptor> descriptors(Principal caller);

  CostEstimate estimate(Principal caller, byte[] plan);

  void submit(Principal caller, QueryId query, byte[] plan);

  QueryStatus status(Principal caller, QueryId query, QueryState known, Duration wait);

  List<OwnerTask> work(Principal caller, String owner, Duration wait);

  void announce(Principal caller, QueryId query, int source, int branch, long rows);

  UploadTicket ticket(Principal caller, QueryId query, int source, int branch);

  /**
   * Begins an attempt; the ticket is all that the caller has shown. The batch sent has been checked
   * to be well-formed in itself and at most a chunk long, not against the layout of the query.
   */
  ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt);

  void commit(Principal caller, QueryId query, int source, int branch, List<UUID> attempts);

  void fail(Principal caller, QueryId query, String condition, String reason);

  List<HeldResult> held(Principal caller);

  ResultShares result(Principal caller, QueryId query);

  void acknowledge(Principal caller, QueryId query);

  void cancel(Principal caller, QueryId query);

  /** A governance call; see {@link Governance}. */
  default List<byte[]> govern(Principal caller, String deed, List<byte[]> arguments) {
    throw Governance.notServed("executor " + party());
  }

  Map<String, String> health(Principal caller);
}
