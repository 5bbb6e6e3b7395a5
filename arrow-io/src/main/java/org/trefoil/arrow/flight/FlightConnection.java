package org.trefoil.arrow.flight;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.arrow.batch.MalformedBatch;
import org.trefoil.arrow.batch.ResultSharesCodec;
import org.trefoil.arrow.batch.ShareBatchCodec;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.TlsContexts;
import org.trefoil.share.owner.ShareBatch;

/**
 * An {@link ExecutorConnection} over Flight. Thread-safe; connects on the first call, and again
 * after the executor has restarted. Only the executor of the expected party is talked to.
 */
public final class FlightConnection implements ExecutorConnection {
  /** How long a call may take beyond what it asks to wait for. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final Duration UPLOAD_PATIENCE = Duration.ofMinutes(10);
  private static final long READY_NANOS = 200_000;
  private static final int READY_LOOKS = 1_000;

  private final int party;
  private final String name;
  private final BufferAllocator allocator;
  private final ManagedChannel channel;
  private final FlightClient client;

  private FlightConnection(int party, String host, int port, SslContext tls) {
    this.party = party;
    this.name = "executor " + party + " (" + host + ":" + port + ")";
    this.allocator = new RootAllocator();
    this.channel =
        NettyChannelBuilder.forAddress(host, port)
            .useTransportSecurity()
            .sslContext(tls)
            .maxInboundMessageSize(FlightEndpoint.MOST_MESSAGE_BYTES)
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .build();
    this.client = FlightGrpcUtils.createFlightClient(allocator, channel);
  }

  /** For owners and analysts. */
  public static FlightConnection open(int party, String host, int port, Identity identity) {
    return new FlightConnection(
        party, host, port, TlsContexts.flightClient(identity, Role.party(party)));
  }

  /** For a Spark task that has a ticket and no identity; it can only {@link #upload}. */
  public static FlightConnection openForTask(
      int party, String host, int port, List<X509Certificate> authorities) {
    return new FlightConnection(
        party, host, port, TlsContexts.flightTaskClient(authorities, Role.party(party)));
  }

  @Override
  public int party() {
    return party;
  }

  @Override
  public String name() {
    return name;
  }

  private <T> T call(String action, Object message, Class<T> answer) {
    return call(action, message, answer, Duration.ZERO);
  }

  private <T> T call(String action, Object message, Class<T> answer, Duration wait) {
    try {
      reconnect();
      Iterator<Result> results =
          client.doAction(
              new Action(action, Wire.write(message)),
              CallOptions.timeout(PATIENCE.plus(wait).toMillis(), TimeUnit.MILLISECONDS));
      T read = Wire.read(action, results.next().getBody(), answer);
      results.forEachRemaining(result -> {});
      return read;
    } catch (RuntimeException e) {
      throw FlightErrors.inward(name, action, e);
    }
  }

  /** Tries at once: gRPC would wait, longer and longer, after an executor was down. */
  private void reconnect() {
    if (channel.getState(false) != ConnectivityState.TRANSIENT_FAILURE) {
      return;
    }
    CountDownLatch changed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.TRANSIENT_FAILURE, changed::countDown);
    channel.resetConnectBackoff();
    try {
      changed.await(RECONNECT.toMillis(), TimeUnit.MILLISECONDS); // the call itself tells the rest
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void register(String owner, List<TableDescriptor> tables) {
    call(
        "register",
        new Wire.Register(owner, tables.stream().map(Wire.Table::of).toList()),
        Wire.Nothing.class);
  }

  @Override
  public List<TableDescriptor> descriptors() {
    return call("descriptors", new Wire.Nothing(), Wire.Tables.class).tables().stream()
        .map(Wire.Table::descriptor)
        .toList();
  }

  @Override
  public List<HeldResult> held() {
    return call("held", new Wire.Nothing(), Wire.Held.class).results().stream()
        .map(Wire.Result::held)
        .toList();
  }

  @Override
  public CostEstimate estimate(byte[] plan) {
    return call("estimate", new Wire.Estimate(plan), CostEstimate.class);
  }

  @Override
  public void submit(QueryId query, byte[] plan) {
    call("submit", new Wire.Submit(query.hex(), plan), Wire.Nothing.class);
  }

  @Override
  public QueryStatus status(QueryId query, QueryState known, Duration wait) {
    return call(
            "status",
            new Wire.StatusOf(query.hex(), known, wait.toMillis()),
            Wire.Status.class,
            wait)
        .status();
  }

  @Override
  public List<OwnerTask> work(String owner, Duration wait) {
    return call("work", new Wire.WorkFor(owner, wait.toMillis()), Wire.Work.class, wait)
        .tasks()
        .stream()
        .map(Wire.Task::task)
        .toList();
  }

  @Override
  public void announce(QueryId query, int source, int branch, long rows) {
    call("announce", new Wire.Announce(query.hex(), source, branch, rows), Wire.Nothing.class);
  }

  @Override
  public UploadTicket ticket(QueryId query, int source, int branch) {
    return call("ticket", new Wire.Fragment(query.hex(), source, branch), Wire.Ticket.class)
        .ticket();
  }

  @Override
  public void commit(QueryId query, int source, int branch, List<UUID> attempts) {
    call("commit", new Wire.Commit(query.hex(), source, branch, attempts), Wire.Nothing.class);
  }

  @Override
  public void fail(QueryId query, String condition, String reason) {
    call("fail", new Wire.Fail(query.hex(), condition, reason), Wire.Nothing.class);
  }

  @Override
  public void acknowledge(QueryId query) {
    call("acknowledge", new Wire.Query(query.hex()), Wire.Nothing.class);
  }

  @Override
  public void cancel(QueryId query) {
    call("cancel", new Wire.Query(query.hex()), Wire.Nothing.class);
  }

  @Override
  public List<byte[]> govern(String deed, List<byte[]> arguments) {
    return call("govern", new Wire.Govern(deed, arguments), Wire.Governed.class).answers();
  }

  @Override
  public Map<String, String> health() {
    return call("health", new Wire.Nothing(), Wire.Health.class).facts();
  }

  @Override
  public ResultShares result(QueryId query) {
    String batch = "result of query " + query + " from " + name;
    reconnect();
    try (FlightStream stream =
        client.getStream(
            new Ticket(Wire.write(new Wire.Query(query.hex()))),
            CallOptions.timeout(UPLOAD_PATIENCE.toMillis(), TimeUnit.MILLISECONDS))) {
      if (!stream.next()) {
        throw MalformedBatch.missing(batch);
      }
      Wire.ResultHeader header =
          Wire.read(
              "result",
              ExecutorProducer.bytes(stream.getLatestMetadata()),
              Wire.ResultHeader.class);
      if (header.party() != party) {
        throw MalformedBatch.missing(batch);
      }
      ResultShares result =
          ResultSharesCodec.decode(
              batch,
              party,
              header.rows(),
              header.suppressionMayApply(),
              header.number(),
              header.metrics(),
              stream.getRoot());
      if (stream.next()) {
        throw MalformedBatch.tooMany(batch);
      }
      return result;
    } catch (Exception e) {
      throw FlightErrors.inward(name, "result", e);
    }
  }

  @Override
  public ShareUpload upload(UploadTicket ticket, int chunk, UUID attempt) {
    Wire.Upload descriptor =
        new Wire.Upload(
            ticket.query().hex(), ticket.source(), ticket.branch(), ticket.token(), chunk, attempt);
    return new Upload(FlightDescriptor.command(Wire.write(descriptor)));
  }

  private final class Upload implements ShareUpload {
    private final FlightDescriptor descriptor;
    private VectorSchemaRoot root;
    private FlightClient.ClientStreamListener stream;
    private boolean done;

    Upload(FlightDescriptor descriptor) {
      this.descriptor = descriptor;
    }

    @Override
    public void send(ShareBatch batch) {
      if (stream != null) {
        throw new IllegalStateException("a chunk is one batch");
      }
      try {
        reconnect();
        root = ShareBatchCodec.encode(batch, allocator);
        stream =
            client.startPut(
                descriptor,
                root,
                new AsyncPutListener(),
                CallOptions.timeout(UPLOAD_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        awaitReady();
        stream.putNext(ExecutorProducer.buffer(allocator, ShareBatchCodec.header(batch)));
      } catch (RuntimeException e) {
        throw FlightErrors.inward(name, "upload", e);
      }
    }

    /** Arrow waits in a loop that burns a core, as long as the link takes; this sleeps first. */
    private void awaitReady() {
      for (int i = 0; i < READY_LOOKS && !stream.isReady(); i++) {
        LockSupport.parkNanos(READY_NANOS);
      }
    }

    @Override
    public void complete() {
      if (stream == null || done) {
        throw new IllegalStateException("an upload is completed once, after its batch");
      }
      try {
        done = true;
        stream.completed();
        stream.getResult();
      } catch (RuntimeException e) {
        throw FlightErrors.inward(name, "upload", e);
      }
    }

    @Override
    public void close() {
      if (stream != null && !done) {
        done = true;
        stream.error(new IllegalStateException("the attempt was abandoned"));
      }
      if (root != null) {
        root.close();
        root = null;
      }
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    allocator.close();
  }
}
