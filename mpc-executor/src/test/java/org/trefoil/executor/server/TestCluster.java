package org.trefoil.executor.server;

import java.math.BigDecimal;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.executor.transport.PeerLinks;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;
import org.trefoil.share.recipient.Reconstruction;

/** Three executors in one JVM that run {@link ToyComputation}s, and what owners and analysts do. */
final class TestCluster implements AutoCloseable {
  static final Timeouts SHORT =
      new Timeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofMinutes(5));
  static final Duration LONG = Duration.ofSeconds(30);

  final List<PeerLinks> links;
  final List<QueryService> services = new ArrayList<>();
  private final SecureRandom random = new SecureRandom();

  TestCluster(List<PeerLinks> links, Limits limits, Timeouts timeouts, List<String> versions) {
    this.links = links;
    for (int p = 0; p < 3; p++) {
      services.add(
          new QueryService(links.get(p), ToyComputation.at(p), limits, timeouts, versions.get(p)));
    }
  }

  /** Connections of somebody who is an analyst and has registered the tables of these owners. */
  List<ExecutorConnection> connect(String analyst, String... owners) {
    List<ExecutorConnection> connections = new ArrayList<>();
    for (QueryService service : services) {
      ExecutorConnection connection = new InProcessConnection(service, analyst);
      for (String owner : owners) {
        connection.register(owner, List.of(table(owner, "orders", 1)));
      }
      connections.add(connection);
    }
    return connections;
  }

  static TableDescriptor table(String owner, String name, int minGroupSize) {
    ColumnPolicy amounts =
        new ColumnPolicy(
            Set.of(Verb.AGGREGATE),
            Optional.of(new Range(BigDecimal.ZERO, BigDecimal.TEN)),
            OptionalInt.empty(),
            OptionalLong.empty());
    return new TableDescriptor(
        owner,
        name,
        List.of(new Field("id", DataType.BIGINT, false), new Field("amount", DataType.INT, false)),
        List.of(List.of("id")),
        100,
        TablePolicy.builder(minGroupSize)
            .columns(Map.of("amount", amounts))
            .absencePublic(false)
            .build());
  }

  QueryId submit(List<ExecutorConnection> cluster, String plan) {
    QueryId id = QueryId.random();
    cluster.forEach(executor -> executor.submit(id, ToyComputation.plan(plan)));
    return id;
  }

  /** Waits until the query is {@code wanted} or has ended at an executor. */
  static QueryStatus await(ExecutorConnection executor, QueryId id, QueryState wanted) {
    long deadline = System.nanoTime() + LONG.toNanos();
    QueryState known = null;
    while (System.nanoTime() < deadline) {
      QueryStatus status = executor.status(id, known, LONG);
      known = status.state();
      if (known == wanted || known.isEnd()) {
        return status;
      }
    }
    throw new AssertionError("still " + known + " at executor " + executor.party());
  }

  /** Announces, shares and commits the amounts of one fragment, as an owner does. */
  void share(List<ExecutorConnection> owner, QueryId id, int source, int branch, long... amounts) {
    owner.forEach(executor -> executor.announce(id, source, branch, amounts.length));
    List<UUID> attempts = new ArrayList<>();
    for (int chunk = 0; chunk < Chunks.count(amounts.length); chunk++) {
      attempts.add(upload(owner, id, source, branch, chunk, batches(amounts, chunk)));
    }
    owner.forEach(executor -> executor.commit(id, source, branch, attempts));
  }

  UUID upload(
      List<ExecutorConnection> owner,
      QueryId id,
      int source,
      int branch,
      int chunk,
      ShareBatch[] batches) {
    UUID attempt = UUID.randomUUID();
    for (ExecutorConnection executor : owner) {
      try (ShareUpload upload =
          executor.upload(executor.ticket(id, source, branch), chunk, attempt)) {
        upload.send(batches[executor.party()]);
        upload.complete();
      }
    }
    return attempt;
  }

  ShareBatch[] batches(long[] amounts, int chunk) {
    int rows = Chunks.rows(amounts.length, chunk);
    ClearColumn valid = ClearColumn.zero(ColumnShape.BIT, rows);
    Arrays.fill(valid.limbs()[0], -1);
    for (int r = rows; r < 64 * Bits.longs(rows); r++) {
      valid.limbs()[0][r >> 6] &= ~(1L << r);
    }
    int first = (int) Chunks.first(chunk);
    ClearColumn sums =
        new ClearColumn(
            ColumnShape.sums(64),
            rows,
            new long[][] {Arrays.copyOfRange(amounts, first, first + rows)});
    return Sharing.share(List.of(valid, sums), random);
  }

  /** Fetches, opens and acknowledges: one sum per source. */
  static List<Long> fetch(List<ExecutorConnection> analyst, QueryId id) {
    List<ResultShares> shares = analyst.stream().map(executor -> executor.result(id)).toList();
    List<List<SharedColumn>> views = shares.stream().map(ResultShares::columns).toList();
    List<Long> sums =
        Reconstruction.openAll(views).stream().map(column -> column.limbs()[0][0]).toList();
    analyst.forEach(executor -> executor.acknowledge(id));
    return sums;
  }

  long active() {
    return services.stream().mapToLong(QueryService::activeRuns).sum();
  }

  @Override
  public void close() {
    services.forEach(QueryService::close);
    links.forEach(PeerLinks::close);
  }
}
