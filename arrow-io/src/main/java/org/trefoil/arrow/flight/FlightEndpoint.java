package org.trefoil.arrow.flight;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.auth.ServerAuthHandler;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorService;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.TlsContexts;

/**
 * Where owners and analysts find an executor: a Flight server over TLS 1.3 with X25519MLKEM768
 * only. A connection without a certificate may upload with a ticket and nothing else.
 */
public final class FlightEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlightEndpoint.class);
  static final int MOST_MESSAGE_BYTES = 256 << 20;
  private static final int MOST_HEADER_BYTES = 64 << 10;

  private final BufferAllocator allocator;
  private final java.util.concurrent.ExecutorService threads;
  private final Server server;

  private FlightEndpoint(
      BufferAllocator allocator, java.util.concurrent.ExecutorService threads, Server server) {
    this.allocator = allocator;
    this.threads = threads;
    this.server = server;
  }

  /**
   * Begins to serve. INVALID_CONFIGURATION if TLS would let a classical client in, or the address
   * is taken.
   *
   * @param mostBytes Arrow memory that all calls under way may hold together
   */
  public static FlightEndpoint start(
      ExecutorService service, Identity identity, InetSocketAddress address, long mostBytes) {
    TlsContexts.selfTest(identity);
    SslContext tls = TlsContexts.flightServer(identity);
    BufferAllocator allocator = new RootAllocator(mostBytes);
    java.util.concurrent.ExecutorService threads =
        CallerContext.carrying(
            Executors.newCachedThreadPool(
                task -> {
                  Thread thread = new Thread(task, "trefoil-flight-" + service.party());
                  thread.setDaemon(true);
                  return thread;
                }));
    try {
      Server server =
          NettyServerBuilder.forAddress(address)
              .sslContext(tls)
              .executor(threads)
              .maxInboundMessageSize(MOST_MESSAGE_BYTES)
              .maxInboundMetadataSize(MOST_HEADER_BYTES)
              .permitKeepAliveTime(10, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true)
              .addService(
                  ServerInterceptors.intercept(
                      FlightGrpcUtils.createFlightService(
                          allocator,
                          new ExecutorProducer(service, allocator),
                          ServerAuthHandler.NO_OP,
                          threads),
                      new CallerContext()))
              .build()
              .start();
      return new FlightEndpoint(allocator, threads, server);
    } catch (IOException e) {
      threads.shutdownNow();
      allocator.close();
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot listen on " + address + ": " + e.getMessage() + ". Choose a free port.",
          e);
    }
  }

  public int port() {
    return server.getPort();
  }

  /**
   * Arrow memory that is held now. None once calls have ended, except that Arrow loses the buffers
   * of some messages that it cannot parse; the limit bounds that.
   */
  long bytesHeld() {
    return allocator.getAllocatedMemory();
  }

  /** Ends all calls; returns when none runs any more, or after a few seconds. */
  @Override
  public void close() {
    server.shutdownNow();
    threads.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
      threads.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      allocator.close();
    } catch (IllegalStateException e) {
      LOG.warn("closed while {} bytes of Arrow memory were held", bytesHeld());
    }
  }
}
