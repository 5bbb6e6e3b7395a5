package org.trefoil.arrow.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.trefoil.api.descriptor.TableDescriptor;

/**
 * What one executor offers to owners and analysts, over Flight or, when embedded, in the same JVM.
 * Every call may throw a {@code TrefoilException}; one that does not answer in time is {@code
 * PEER_UNAVAILABLE} and names the executor.
 */
public interface ExecutorConnection extends AutoCloseable {
  int party();

  /** How messages name it: {@code executor 1 (host:port)}. */
  String name();

  /** Owner: replaces the descriptors of its tables. */
  void register(String owner, List<TableDescriptor> tables);

  /** The descriptors of all owners. */
  List<TableDescriptor> descriptors();

  /**
   * Analyst: what the query would cost; nothing runs. Checked against the policies as {@link
   * #submit} checks it.
   */
  CostEstimate estimate(byte[] plan);

  /** Analyst: starts a query. The same id and bytes go to all three executors. */
  void submit(QueryId query, byte[] plan);

  /**
   * Returns at once if the state is not {@code known}, else when it changes or after {@code wait}.
   */
  QueryStatus status(QueryId query, QueryState known, Duration wait);

  /** Owner: the admitted queries that still wait for its fragments; waits up to {@code wait}. */
  List<OwnerTask> work(String owner, Duration wait);

  /** Owner: the padded row count of a fragment. */
  void announce(QueryId query, int source, int branch, long rows);

  /** Owner: a ticket for the tasks that share a fragment. */
  UploadTicket ticket(QueryId query, int source, int branch);

  /** Task: begins an attempt at chunk {@code chunk}; {@code attempt} is fresh and random. */
  ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt);

  /**
   * Owner: chooses the attempts that count, one per chunk, all chunks, once; the same call goes to
   * all three executors. Attempts that complete later are refused.
   */
  void commit(QueryId query, int source, int branch, List<UUID> attempts);

  /** Owner: a fragment can't be shared; the query fails with this error everywhere. */
  void fail(QueryId query, String condition, String reason);

  /** The results that wait for the caller, who is one of their recipients. */
  List<HeldResult> held();

  /** Recipient: result shares of a query that is READY. */
  ResultShares result(QueryId query);

  /** Recipient: has the result; the executor erases the query once all recipients have it. */
  void acknowledge(QueryId query);

  /** Analyst or owner: stops the query everywhere. */
  void cancel(QueryId query);

  /**
   * A governance call; {@link Governance} gives them names and types.
   *
   * @throws org.trefoil.api.error.TrefoilException INVALID_CONFIGURATION in design mode
   */
  default List<byte[]> govern(String deed, List<byte[]> arguments) {
    throw Governance.notServed(name());
  }

  /** What {@code bin/trefoil doctor} prints: version, clock, uptime. */
  Map<String, String> health();

  @Override
  void close();
}
