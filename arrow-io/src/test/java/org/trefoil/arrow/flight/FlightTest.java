package org.trefoil.arrow.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.batch.ShareBatchCodec;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.ShareBatch;

@Timeout(60)
final class FlightTest {
  private static final DevelopmentAuthority AUTHORITY = DevelopmentAuthority.create();
  private static final Identity EXECUTOR = AUTHORITY.issue(Role.party(1));
  private static final Identity ANALYST = AUTHORITY.issue(Role.analyst("hq"), Role.owner("nörd"));

  private final RecordingService service = new RecordingService();
  private final QueryId query = QueryId.random();
  private FlightEndpoint endpoint;
  private FlightConnection connection;

  @BeforeEach
  void start() {
    endpoint = start(0);
    connection = FlightConnection.open(1, "127.0.0.1", endpoint.port(), ANALYST);
  }

  private FlightEndpoint start(int port) {
    return FlightEndpoint.start(
        service, EXECUTOR, new InetSocketAddress("127.0.0.1", port), 256 << 20);
  }

  @AfterEach
  void close() {
    connection.close(); // fails if Arrow memory leaked
    endpoint.close();
    assertThat(endpoint.bytesHeld()).isZero();
  }

  private static ShareBatch batch(int rows) {
    long[] limb = new long[rows];
    for (int r = 0; r < rows; r++) {
      limb[r] = (r * 2654435761L) & 0xfffffL;
    }
    List<long[][]> third = new ArrayList<>();
    third.add(new long[][] {limb});
    byte[] seed = new byte[ShareBatch.SEED_BYTES];
    seed[3] = 7;
    return new ShareBatch(1, rows, List.of(ColumnShape.words(20)), null, seed, third);
  }

  @Test
  void controlCallsArriveWithTheCallersRoles() {
    TableDescriptor table =
        new TableDescriptor(
                "nörd",
                "t",
                List.of(
                    new Field("id", DataType.BIGINT, false),
                    new Field("d", DataType.decimal(12, 2), true)),
                List.of(List.of("id")),
                7,
                TablePolicy.builder(5)
                    .entity(List.of("id"))
                    .minOwners(3)
                    .padding(Padding.POW2)
                    .columns(
                        Map.of(
                            "d",
                            new ColumnPolicy(
                                    Set.of(Verb.AGGREGATE),
                                    Optional.of(
                                        new Range(new BigDecimal("-1.50"), new BigDecimal("1E+9"))),
                                    OptionalInt.of(2),
                                    OptionalLong.of(9))
                                .only(Aggregated.SUM)))
                    .other(ColumnPolicy.of(Verb.JOIN))
                    .analysts(Optional.of(List.of("hq")))
                    .recipients(Optional.of(List.of("owner:nörd")))
                    .tellSuppressed(true)
                    .absencePublic(false)
                    .build())
            .withOthers(Map.of("raw", "ARRAY<INT>"));
    connection.register("nörd", List.of(table));
    assertThat(connection.descriptors()).containsExactly(table);
    connection.submit(query, new byte[] {1, 2, -3});
    assertThat(service.plan).containsExactly(1, 2, -3);
    assertThat(connection.work("nörd", Duration.ofMillis(50)).get(0).plan())
        .containsExactly(1, 2, -3);
    assertThat(connection.held())
        .containsExactly(
            new HeldResult(RecordingService.HELD, new byte[] {1, 2, -3}, "hq", new byte[] {1, 2}));
    assertThat(connection.estimate(new byte[300]))
        .isEqualTo(new CostEstimate(12, 3_000_000_000L, true, 0.75, false));
    connection.announce(query, 1, 2, 1L << 40);
    UploadTicket ticket = connection.ticket(query, 1, 2);
    assertThat(ticket).isEqualTo(new UploadTicket(query, 1, 2, RecordingService.TOKEN));
    UUID attempt = UUID.randomUUID();
    connection.commit(query, 1, 2, List.of(attempt));
    connection.fail(query, "SOURCE_FAILED", "Cannot read.");
    connection.acknowledge(query);
    connection.cancel(query);
    assertThat(connection.health()).containsEntry("version", "1");
    assertThat(service.calls)
        .contains(
            "register nörd by analyst:hq, owner:nörd",
            "announce " + query + " 1 2 1099511627776 by analyst:hq, owner:nörd",
            "commit " + query + " 1 2 [" + attempt + "] by analyst:hq, owner:nörd",
            "fail " + query + " SOURCE_FAILED Cannot read. by analyst:hq, owner:nörd",
            "cancel " + query + " by analyst:hq, owner:nörd");
  }

  @Test
  void statusArrivesWhole() {
    service.status =
        new QueryStatus(
            query,
            QueryState.FAILED,
            "join1/sort",
            List.of(List.of(1L, -1L), List.of(5L)),
            new byte[] {9, 8},
            new TrefoilException(Condition.KEY_NOT_UNIQUE, "Cannot join: twice."),
            Map.of("rounds", 3L));
    QueryStatus read = connection.status(query, QueryState.RUNNING, Duration.ofSeconds(1));
    assertThat(read.state()).isEqualTo(QueryState.FAILED);
    assertThat(read.rows()).isEqualTo(service.status.rows());
    assertThat(read.hashKey()).containsExactly(9, 8);
    assertThat(read.error().condition()).isEqualTo(Condition.KEY_NOT_UNIQUE);
    assertThat(read.error().reason()).isEqualTo("Cannot join: twice.");
    assertThat(read.metrics()).isEqualTo(Map.of("rounds", 3L));
    service.status =
        new QueryStatus(query, QueryState.SUBMITTED, null, List.of(), null, null, Map.of());
    assertThat(connection.status(query, null, Duration.ZERO).hashKey()).isNull();
  }

  @Test
  void errorsKeepConditionAndReason() {
    service.failure =
        new TrefoilException(Condition.POLICY_VIOLATION, "Cannot use größe: [x] 100%\nno.");
    assertThatThrownBy(() -> connection.submit(query, new byte[1]))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> {
              assertThat(e.condition()).isEqualTo(Condition.POLICY_VIOLATION);
              assertThat(e.reason()).isEqualTo("Cannot use größe: [x] 100%\nno.");
            });
    service.failure = new IllegalStateException("secret detail");
    assertThatThrownBy(() -> connection.cancel(query))
        .satisfies(e -> assertCondition(e, Condition.INTERNAL, "cancel"))
        .hasMessageNotContaining("secret detail");
  }

  @Test
  void aTaskUploadsWithItsTicketAndDoesNothingElse() {
    try (FlightConnection task =
        FlightConnection.openForTask(1, "127.0.0.1", endpoint.port(), ANALYST.authorities())) {
      UploadTicket ticket = new UploadTicket(query, 0, 0, RecordingService.TOKEN);
      UUID attempt = UUID.randomUUID();
      ShareBatch batch = batch(65_536);
      try (ShareUpload upload = task.upload(ticket, 3, attempt)) {
        upload.send(batch);
        upload.complete();
      }
      assertThat(service.completed).containsExactly(attempt);
      assertThat(service.closed).containsExactly(attempt);
      ShareBatch read = service.batches.remove();
      assertThat(read.third().get(0)).isDeepEqualTo(batch.third().get(0));
      assertThat(read.seed1()).isEqualTo(batch.seed1());

      assertThatThrownBy(() -> task.submit(query, new byte[1]))
          .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "submit", "certificate"));
      assertThatThrownBy(() -> task.result(query))
          .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "result", "certificate"));
      assertThatThrownBy(() -> task.ticket(query, 0, 0))
          .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "ticket", "certificate"));
    }
  }

  @Test
  void anotherTicketIsRefusedWithoutTellingIt() {
    UploadTicket forged = new UploadTicket(query, 0, 0, "forged-token");
    assertThatThrownBy(
            () -> {
              try (ShareUpload upload = connection.upload(forged, 0, UUID.randomUUID())) {
                upload.send(batch(100));
                upload.complete();
              }
            })
        .satisfies(e -> assertCondition(e, Condition.TICKET_REFUSED, "chunk 0"))
        .hasMessageNotContaining("forged-token");
    assertThat(service.batches).isEmpty();
  }

  @Test
  void anAbandonedUploadDoesNotComplete() {
    UploadTicket ticket = new UploadTicket(query, 0, 0, RecordingService.TOKEN);
    try (ShareUpload upload = connection.upload(ticket, 0, UUID.randomUUID())) {
      upload.send(batch(100));
    }
    UUID next = UUID.randomUUID();
    try (ShareUpload upload = connection.upload(ticket, 0, next)) {
      upload.send(batch(100));
      upload.complete();
    }
    assertThat(service.completed).containsExactly(next);
  }

  @Test
  void aMalformedBatchIsNamedAndRefused() throws Exception {
    ShareBatch good = batch(10);
    try (BufferAllocator allocator = new RootAllocator();
        FlightClient raw = raw(allocator, "X25519MLKEM768");
        VectorSchemaRoot root = ShareBatchCodec.encode(good, allocator)) {
      ((UInt4Vector) root.getVector(0)).setNull(4);
      FlightDescriptor descriptor =
          FlightDescriptor.command(
              Wire.write(
                  new Wire.Upload(
                      query.hex(), 2, 1, RecordingService.TOKEN, 5, UUID.randomUUID())));
      FlightClient.ClientStreamListener stream =
          raw.startPut(descriptor, root, new AsyncPutListener());
      stream.putNext(ExecutorProducer.buffer(allocator, ShareBatchCodec.header(good)));
      stream.completed();
      assertThatThrownBy(stream::getResult)
          .satisfies(
              e ->
                  assertCondition(
                      FlightErrors.inward("x", "upload", e),
                      Condition.MALFORMED_BATCH,
                      "chunk 5 of source 2 branch 1",
                      "column c0 has NULLs"));
    }
    assertThat(service.batches).isEmpty();
    assertThat(service.closed).hasSize(1);
    assertThat(service.completed).isEmpty();
  }

  @Test
  void unknownFieldsAndActionsAreRefused() throws Exception {
    try (BufferAllocator allocator = new RootAllocator();
        FlightClient raw = raw(allocator, "X25519MLKEM768")) {
      for (String body :
          new String[] {
            "{\"query\":\"" + query + "\",\"extra\":1}", "{}", "", "null", "{\"query\":17} x"
          }) {
        assertThatThrownBy(() -> act(raw, "cancel", body))
            .satisfies(
                e ->
                    assertCondition(
                        FlightErrors.inward("x", "cancel", e), Condition.INTERNAL, "cancel"));
      }
      assertThatThrownBy(() -> act(raw, "destroy", "{}"))
          .satisfies(
              e ->
                  assertCondition(
                      FlightErrors.inward("x", "it", e), Condition.INTERNAL, "unknown action"));
    }
    assertThat(service.calls).isEmpty();
  }

  @Test
  void resultSharesArrive() {
    Bits bits = new Bits(3, new long[] {5}, new long[] {2});
    Words words =
        new Words(
            70, 3, new long[][] {{1, 2, 3}, {4, 5, 6}}, new long[][] {{-1, -2, -3}, {0, 1, 2}});
    Sums number = new Sums(1, new long[][] {{Long.MIN_VALUE}}, new long[][] {{3}});
    service.result =
        new ResultShares(
            1, 3, List.of(bits, words), true, Optional.of(number), Map.of("rounds", 5L));
    assertThat(connection.result(query)).usingRecursiveComparison().isEqualTo(service.result);
    service.result =
        new ResultShares(1, 0, List.of(Bits.zero(0)), false, Optional.empty(), Map.of());
    assertThat(connection.result(query)).usingRecursiveComparison().isEqualTo(service.result);
    service.failure = new TrefoilException(Condition.UNKNOWN_QUERY, "Cannot find it.");
    assertThatThrownBy(() -> connection.result(query))
        .satisfies(e -> assertCondition(e, Condition.UNKNOWN_QUERY, "Cannot find it."));
  }

  @Test
  void aClassicalClientIsRefused() throws Exception {
    try (BufferAllocator allocator = new RootAllocator()) {
      try (FlightClient old = raw(allocator, "X25519")) {
        assertThatThrownBy(() -> act(old, "health", "{}"))
            .isInstanceOf(FlightRuntimeException.class);
      }
      assertThat(service.calls).isEmpty();
      try (FlightClient hybrid = raw(allocator, "X25519MLKEM768")) {
        act(hybrid, "health", "{}");
      }
      assertThat(service.calls).hasSize(1);
    }
  }

  @Test
  void anotherPartyOrAuthorityIsRefused() {
    try (FlightConnection wrong = FlightConnection.open(2, "127.0.0.1", endpoint.port(), ANALYST)) {
      assertThatThrownBy(wrong::health)
          .satisfies(e -> assertCondition(e, Condition.PEER_REFUSED, "executor 2", "party-1"));
    }
    Identity stranger = DevelopmentAuthority.create().issue(Role.analyst("hq"));
    Identity forged = new Identity(stranger.key(), stranger.certificate(), ANALYST.authorities());
    try (FlightConnection wrong = FlightConnection.open(1, "127.0.0.1", endpoint.port(), forged)) {
      assertThatThrownBy(wrong::health)
          .satisfies(
              e ->
                  assertThat(((TrefoilException) e).condition())
                      .isIn(Condition.PEER_REFUSED, Condition.PEER_UNAVAILABLE));
    }
    assertThat(service.calls).isEmpty();
  }

  @Test
  void anExecutorThatIsDownIsNamedAndFoundAgain() {
    int port = endpoint.port();
    connection.health();
    endpoint.close();
    assertThatThrownBy(connection::health)
        .satisfies(
            e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "executor 1 (127.0.0.1:" + port));
    UploadTicket ticket = new UploadTicket(query, 0, 0, RecordingService.TOKEN);
    assertThatThrownBy(
            () -> {
              try (ShareUpload upload = connection.upload(ticket, 0, UUID.randomUUID())) {
                upload.send(batch(100));
                upload.complete();
              }
            })
        .satisfies(e -> assertCondition(e, Condition.PEER_UNAVAILABLE, "executor 1"));
    endpoint = start(port);
    assertThat(connection.health()).isNotEmpty();
  }

  private FlightClient raw(BufferAllocator allocator, String group) throws Exception {
    return FlightGrpcUtils.createFlightClient(
        allocator,
        NettyChannelBuilder.forAddress("127.0.0.1", endpoint.port())
            .sslContext(
                GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.OPENSSL)
                    .sslProvider(SslProvider.OPENSSL)
                    .protocols("TLSv1.3")
                    .keyManager(ANALYST.key(), ANALYST.certificate())
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .option(OpenSslContextOption.GROUPS, new String[] {group})
                    .build())
            .overrideAuthority("localhost")
            .build());
  }

  private static void act(FlightClient client, String action, String body) {
    client
        .doAction(
            new Action(action, body.getBytes(StandardCharsets.UTF_8)),
            CallOptions.timeout(20, TimeUnit.SECONDS))
        .forEachRemaining(result -> {});
  }

  private static void assertCondition(Throwable error, Condition condition, String... words) {
    TrefoilException found =
        TrefoilException.in(error).orElseThrow(() -> new AssertionError(error));
    assertThat(found.condition()).as(found.getMessage()).isEqualTo(condition);
    assertThat(found.reason()).contains(words);
  }
}
