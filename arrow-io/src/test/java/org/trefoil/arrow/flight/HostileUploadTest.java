package org.trefoil.arrow.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.arrow.flight.impl.Flight.FlightData;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;
import org.apache.arrow.flight.impl.Flight.PutResult;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trefoil.api.error.Condition;
import org.trefoil.arrow.batch.ShareBatchCodec;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.TlsContexts;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.owner.ShareBatch;

/** Sends an executor what Flight's own client never would. */
@Timeout(120)
final class HostileUploadTest {
  private static final int ROUNDS = 300;
  private static final Logger GRPC = Logger.getLogger("io.grpc.internal.SerializingExecutor");

  static {
    GRPC.setLevel(Level.OFF); // it logs a stack trace for every message that Flight cannot parse
  }

  private final long seed =
      System.getProperty("trefoil.seed", "").isEmpty()
          ? System.nanoTime()
          : Long.parseLong(System.getProperty("trefoil.seed"));
  private final Random random = new Random(seed);

  private record Messages(byte[] schema, byte[] header, byte[] metadata, byte[] body) {}

  private static Messages messages() throws Exception {
    long[][] bits = {new long[] {5, 6}};
    long[][] wide = {new long[100], new long[100]};
    byte[] seed1 = new byte[ShareBatch.SEED_BYTES];
    ShareBatch batch =
        new ShareBatch(
            1,
            100,
            List.of(ColumnShape.BIT, ColumnShape.sums(128)),
            null,
            seed1,
            List.of(bits, wide));
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = ShareBatchCodec.encode(batch, allocator);
        ArrowRecordBatch record = new VectorUnloader(root).getRecordBatch()) {
      byte[] schema =
          bytes(MessageSerializer.serializeMetadata(root.getSchema(), IpcOption.DEFAULT));
      byte[] header = bytes(MessageSerializer.serializeMetadata(record, IpcOption.DEFAULT));
      byte[] body = new byte[(int) record.computeBodyLength()];
      int at = 0;
      for (ArrowBuf buffer : record.getBuffers()) {
        int length = (int) buffer.readableBytes();
        buffer.getBytes(buffer.readerIndex(), body, at, length);
        at += (length + 7) / 8 * 8;
      }
      return new Messages(schema, header, ShareBatchCodec.header(batch), body);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private byte[] harmed(byte[] good) {
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(good, random.nextInt(good.length));
    }
    byte[] bad = good.clone();
    for (int n = random.nextInt(3); n >= 0; n--) {
      bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
    }
    return bad;
  }

  @Test
  void harmedBatchesAreRefusedAndTheNextUploadWorks() throws Exception {
    Messages good = messages();
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    Identity executor = authority.issue(Role.party(1));
    RecordingService service = new RecordingService();
    List<Condition> refusals = new ArrayList<>();
    try (FlightEndpoint endpoint =
        FlightEndpoint.start(service, executor, new InetSocketAddress("127.0.0.1", 0), 64 << 20)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", endpoint.port())
              .sslContext(TlsContexts.flightTaskClient(executor.authorities(), Role.party(1)))
              .build();
      try {
        assertThat(upload(channel, good)).as("the unharmed upload").isNull();
        for (int i = 0; i < ROUNDS; i++) {
          int which = random.nextInt(4);
          Messages bad =
              new Messages(
                  which == 0 ? harmed(good.schema()) : good.schema(),
                  which == 1 ? harmed(good.header()) : good.header(),
                  which == 2 ? harmed(good.metadata()) : good.metadata(),
                  which == 3 ? harmed(good.body()) : good.body());
          Throwable error = upload(channel, bad);
          if (error != null) {
            refusals.add(FlightErrors.inward("it", "upload", error).condition());
          }
        }
        assertThat(upload(channel, good)).as("the next upload, seed %d", seed).isNull();
        assertThat(service.completed.size() + refusals.size()).isEqualTo(ROUNDS + 2);
        assertThat(endpoint.bytesHeld()).as("bounded loss, seed %d", seed).isLessThan(1 << 20);
      } finally {
        channel.shutdownNow();
        channel.awaitTermination(10, TimeUnit.SECONDS);
      }
    }
    assertThat(refusals).as("seed %d", seed).isNotEmpty();
  }

  /** Returns the error, or null if the executor took it. */
  private static Throwable upload(ManagedChannel channel, Messages messages) throws Exception {
    CompletableFuture<Throwable> done = new CompletableFuture<>();
    StreamObserver<FlightData> stream =
        FlightServiceGrpc.newStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .doPut(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PutResult result) {}

                  @Override
                  public void onError(Throwable error) {
                    done.complete(error);
                  }

                  @Override
                  public void onCompleted() {
                    done.complete(null);
                  }
                });
    byte[] command =
        Wire.write(
            new Wire.Upload(
                QueryId.random().hex(), 0, 0, RecordingService.TOKEN, 0, UUID.randomUUID()));
    stream.onNext(
        FlightData.newBuilder()
            .setFlightDescriptor(
                FlightDescriptor.newBuilder()
                    .setType(FlightDescriptor.DescriptorType.CMD)
                    .setCmd(ByteString.copyFrom(command)))
            .setDataHeader(ByteString.copyFrom(messages.schema()))
            .build());
    stream.onNext(
        FlightData.newBuilder()
            .setDataHeader(ByteString.copyFrom(messages.header()))
            .setAppMetadata(ByteString.copyFrom(messages.metadata()))
            .setDataBody(ByteString.copyFrom(messages.body()))
            .build());
    stream.onCompleted();
    return done.get(30, TimeUnit.SECONDS);
  }
}
