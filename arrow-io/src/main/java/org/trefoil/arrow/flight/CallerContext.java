package org.trefoil.arrow.flight;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.tls.PeerRole;

/** Knows, on the thread that serves a call, whose certificate the connection has shown. */
final class CallerContext implements ServerInterceptor {
  private static final Context.Key<Optional<Principal>> CALLER =
      Context.keyWithDefault("trefoil-caller", Optional.empty());

  /** The caller of the current call; empty if its connection has shown no certificate. */
  static Optional<Principal> caller() {
    return CALLER.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      call.close(Status.UNAUTHENTICATED.withDescription("TLS is required"), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    Optional<Principal> caller;
    try {
      caller = PeerRole.of(session);
    } catch (TrefoilException e) {
      call.close(Status.UNAUTHENTICATED.withDescription(e.getMessage()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
  }

  /** Hands the context of a call on to the threads that Flight serves it with. */
  static ExecutorService carrying(ExecutorService threads) {
    return new AbstractExecutorService() {
      @Override
      public void execute(Runnable task) {
        threads.execute(Context.current().wrap(task));
      }

      @Override
      public void shutdown() {
        threads.shutdown();
      }

      @Override
      public List<Runnable> shutdownNow() {
        return threads.shutdownNow();
      }

      @Override
      public boolean isShutdown() {
        return threads.isShutdown();
      }

      @Override
      public boolean isTerminated() {
        return threads.isTerminated();
      }

      @Override
      public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return threads.awaitTermination(timeout, unit);
      }
    };
  }
}
