package org.trefoil.executor.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryState;

/**
 * Figures of one executor for Prometheus: {@code GET /metrics}, in the clear and without a
 * password, so it listens where {@code metrics-listen} says and by default nowhere. What it shows
 * every executor knows anyway: how many queries ended how, sizes, rounds, waits, the JVM. No label
 * and no value names an owner, an analyst, a table, a query or a proposal.
 */
final class MetricsEndpoint implements AutoCloseable {
  private static final List<QueryState> ENDS =
      List.of(QueryState.DELIVERED, QueryState.REFUSED, QueryState.FAILED, QueryState.CANCELLED);

  /** Counters of {@link org.trefoil.arrow.cluster.QueryStatus} under the names that are shown. */
  private static final Map<String, String> COUNTERS =
      Map.of(
          "rowsReceived", "trefoil.rows.received",
          "bytesReceived", "trefoil.shares.received.bytes",
          "revealedRows", "trefoil.rows.revealed",
          "rounds", "trefoil.peers.rounds",
          "bytesSent", "trefoil.peers.sent.bytes");

  private static final double MILLIS_PER_SECOND = 1000;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final HttpServer server;

  private MetricsEndpoint(QueryService service, HttpServer server) {
    this.server = server;
    bind(service, registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /**
   * Starts to listen; port 0 means any free one.
   *
   * @throws TrefoilException INVALID_CONFIGURATION if the address is taken or not this machine's
   */
  static MetricsEndpoint start(QueryService service, ExecutorConfig.HostPort at) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(at.host(), at.port()), 0);
    } catch (IOException | IllegalArgumentException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot listen on metrics-listen " + at + ": " + e.getMessage() + ". Choose another.",
          e);
    }
    MetricsEndpoint endpoint = new MetricsEndpoint(service, server);
    server.createContext("/metrics", endpoint::answer);
    server.start();
    return endpoint;
  }

  private static void bind(QueryService service, MeterRegistry registry) {
    for (QueryState end : ENDS) {
      FunctionCounter.builder("trefoil.queries.ended", service, s -> s.totals().ended(end))
          .tag("state", end.name().toLowerCase(Locale.ROOT))
          .description("Queries that ended, by how")
          .register(registry);
    }
    COUNTERS.forEach(
        (counter, name) ->
            FunctionCounter.builder(name, service, s -> s.totals().counter(counter))
                .description("Over all queries since the executor started")
                .register(registry));
    FunctionCounter.builder(
            "trefoil.peers.wait.seconds",
            service,
            s -> s.totals().counter("waitMillis") / MILLIS_PER_SECOND)
        .description("Time that queries waited for a peer's message")
        .register(registry);
    Gauge.builder("trefoil.queries.active", service, QueryService::activeRuns)
        .description("Queries under way")
        .register(registry);
    Gauge.builder("trefoil.queries.limit", service, QueryService::limit)
        .description("Queries that may be under way at a time: max-queries")
        .register(registry);
    Gauge.builder("trefoil.owners.registered", service, QueryService::ownersRegistered)
        .description("Owners that have registered tables since the executor started")
        .register(registry);
    Gauge.builder("trefoil.executor.info", () -> 1)
        .tag("party", Integer.toString(service.party()))
        .tag("mode", service.mode())
        .tag("version", Version.SOFTWARE)
        .description("Which executor this is")
        .register(registry);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean known = exchange.getRequestURI().getPath().equals("/metrics");
      if (!known || !exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(known ? 405 : 404, -1);
        return;
      }
      byte[] body = registry.scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    collections.close();
    registry.close();
  }
}
