package org.trefoil.arrow.flight;

import io.grpc.Context;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.batch.MalformedBatch;
import org.trefoil.arrow.batch.ResultSharesCodec;
import org.trefoil.arrow.batch.ShareBatchCodec;
import org.trefoil.arrow.cluster.ExecutorService;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.owner.Chunks;

/**
 * Maps Flight's calls to an {@link ExecutorService}: DoAction for control, DoPut for one chunk of
 * shares, DoGet for result shares. Only DoPut is served without a certificate; there the ticket in
 * the descriptor counts.
 */
final class ExecutorProducer extends NoOpFlightProducer {
  private static final long LONGEST_WAIT_MILLIS = 60_000;

  private final ExecutorService service;
  private final BufferAllocator allocator;

  ExecutorProducer(ExecutorService service, BufferAllocator allocator) {
    this.service = service;
    this.allocator = allocator;
  }

  private Principal caller(String what) {
    Optional<Principal> caller = CallerContext.caller();
    return caller.orElseThrow(
        () ->
            new TrefoilException(
                Condition.PEER_REFUSED,
                "Cannot "
                    + what
                    + ": the caller shows no certificate. Configure an identity with a role."));
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    String what = action.getType().matches("[a-z]{1,20}") ? action.getType() : "an unknown action";
    try {
      Object answer = answer(caller(what), what, action.getBody());
      listener.onNext(new Result(Wire.write(answer)));
      listener.onCompleted();
    } catch (RuntimeException e) {
      listener.onError(FlightErrors.outward(what, e));
    }
  }

  private Object answer(Principal caller, String what, byte[] body) {
    switch (what) {
      case "register" -> {
        Wire.Register in = Wire.read(what, body, Wire.Register.class);
        service.register(
            caller, in.owner(), in.tables().stream().map(Wire.Table::descriptor).toList());
      }
      case "descriptors" -> {
        Wire.read(what, body, Wire.Nothing.class);
        return new Wire.Tables(service.descriptors(caller).stream().map(Wire.Table::of).toList());
      }
      case "estimate" -> {
        return service.estimate(caller, Wire.read(what, body, Wire.Estimate.class).plan());
      }
      case "submit" -> {
        Wire.Submit in = Wire.read(what, body, Wire.Submit.class);
        service.submit(caller, Wire.id(in.query()), in.plan());
      }
      case "status" -> {
        Wire.StatusOf in = Wire.read(what, body, Wire.StatusOf.class);
        return Wire.Status.of(
            service.status(caller, Wire.id(in.query()), in.known(), patience(in.waitMillis())));
      }
      case "work" -> {
        Wire.WorkFor in = Wire.read(what, body, Wire.WorkFor.class);
        return new Wire.Work(
            service.work(caller, in.owner(), patience(in.waitMillis())).stream()
                .map(Wire.Task::of)
                .toList());
      }
      case "announce" -> {
        Wire.Announce in = Wire.read(what, body, Wire.Announce.class);
        service.announce(caller, Wire.id(in.query()), in.source(), in.branch(), in.rows());
      }
      case "ticket" -> {
        Wire.Fragment in = Wire.read(what, body, Wire.Fragment.class);
        return Wire.Ticket.of(
            service.ticket(caller, Wire.id(in.query()), in.source(), in.branch()));
      }
      case "commit" -> {
        Wire.Commit in = Wire.read(what, body, Wire.Commit.class);
        service.commit(
            caller, Wire.id(in.query()), in.source(), in.branch(), List.copyOf(in.attempts()));
      }
      case "fail" -> {
        Wire.Fail in = Wire.read(what, body, Wire.Fail.class);
        service.fail(caller, Wire.id(in.query()), in.condition(), in.reason());
      }
      case "held" -> {
        Wire.read(what, body, Wire.Nothing.class);
        return new Wire.Held(service.held(caller).stream().map(Wire.Result::of).toList());
      }
      case "acknowledge" ->
          service.acknowledge(caller, Wire.id(Wire.read(what, body, Wire.Query.class).query()));
      case "cancel" ->
          service.cancel(caller, Wire.id(Wire.read(what, body, Wire.Query.class).query()));
      case "govern" -> {
        Wire.Govern in = Wire.read(what, body, Wire.Govern.class);
        return new Wire.Governed(service.govern(caller, in.deed(), List.copyOf(in.arguments())));
      }
      case "health" -> {
        Wire.read(what, body, Wire.Nothing.class);
        return new Wire.Health(service.health(caller));
      }
      default ->
          throw new TrefoilException(
              Condition.INTERNAL,
              "Cannot serve an unknown action. Install the same version of Trefoil everywhere.");
    }
    return new Wire.Nothing();
  }

  private static Duration patience(long millis) {
    return Duration.ofMillis(Math.max(0, Math.min(millis, LONGEST_WAIT_MILLIS)));
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    String what = "result";
    try {
      Principal caller = caller(what);
      Wire.Query in = Wire.read(what, ticket.getBytes(), Wire.Query.class);
      ResultShares result = service.result(caller, Wire.id(in.query()));
      byte[] header = Wire.write(Wire.ResultHeader.of(result));
      try (VectorSchemaRoot root = ResultSharesCodec.encode(result, allocator)) {
        listener.start(root);
        listener.putNext(buffer(allocator, header)); // takes the buffer over
        listener.completed();
      }
    } catch (RuntimeException e) {
      listener.error(FlightErrors.outward(what, e));
    }
  }

  static ArrowBuf buffer(BufferAllocator allocator, byte[] bytes) {
    ArrowBuf buffer = allocator.buffer(Math.max(1, bytes.length));
    buffer.writeBytes(bytes);
    return buffer;
  }

  static byte[] bytes(ArrowBuf buffer) {
    if (buffer == null || buffer.readableBytes() > 1 << 20) {
      return new byte[0];
    }
    byte[] bytes = new byte[(int) buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    return bytes;
  }

  @Override
  public Runnable acceptPut(
      CallContext context, FlightStream stream, StreamListener<PutResult> acknowledgements) {
    return () -> {
      try (InterruptWhenCancelled ignored = new InterruptWhenCancelled()) {
        accept(stream);
        acknowledgements.onCompleted();
      } catch (RuntimeException e) {
        if (!Context.current().isCancelled()) {
          acknowledgements.onError(FlightErrors.outward("upload", e));
        }
      }
    };
  }

  /**
   * Frees the thread of an upload when its call is cancelled: Flight cancels it without a word to
   * the reader when it meets a message that it cannot parse.
   */
  private static final class InterruptWhenCancelled
      implements AutoCloseable, Context.CancellationListener {
    private final Thread thread = Thread.currentThread();
    private final Context context = Context.current();
    private boolean over;

    InterruptWhenCancelled() {
      context.addListener(this, Runnable::run);
    }

    @Override
    public synchronized void cancelled(Context cancelled) {
      if (!over) {
        thread.interrupt();
      }
    }

    @Override
    public void close() {
      synchronized (this) {
        over = true;
      }
      context.removeListener(this);
      Thread.interrupted();
    }
  }

  private void accept(FlightStream stream) {
    byte[] command = stream.getDescriptor().getCommand();
    Wire.Upload in =
        Wire.read("upload", command == null ? new byte[0] : command, Wire.Upload.class);
    String name =
        "chunk %d of source %d branch %d of query %s"
            .formatted(in.chunk(), in.source(), in.branch(), Wire.id(in.query()));
    try (ShareUpload upload = service.upload(in.ticket(), in.chunk(), in.attempt())) {
      boolean found = MalformedBatch.guard(name, stream::next);
      upload.send(
          MalformedBatch.guard(
              name,
              () ->
                  ShareBatchCodec.decode(
                      name,
                      service.party(),
                      Chunks.CHUNK_ROWS,
                      stream.getRoot(),
                      found ? bytes(stream.getLatestMetadata()) : null)));
      if (MalformedBatch.guard(name, stream::next)) {
        throw MalformedBatch.tooMany(name);
      }
      upload.complete();
    }
  }
}
