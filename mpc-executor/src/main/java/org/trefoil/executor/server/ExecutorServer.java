package org.trefoil.executor.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.arrow.flight.FlightEndpoint;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.executor.transport.LinkPatience;
import org.trefoil.executor.transport.NettyPeerLinks;
import org.trefoil.share.random.Prg;

/**
 * One executor as a process runs it: links to its peers, the service, and the endpoint where owners
 * and analysts find it.
 */
public final class ExecutorServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorServer.class);
  private static final long LEAST_ARROW_BYTES = 256L << 20;
  private static final Duration CONNECT = Duration.ofSeconds(15);

  private final NettyPeerLinks links;
  private final QueryService service;
  private final FlightEndpoint endpoint;
  private final Optional<MetricsEndpoint> metrics;

  private ExecutorServer(
      NettyPeerLinks links,
      QueryService service,
      FlightEndpoint endpoint,
      Optional<MetricsEndpoint> metrics) {
    this.links = links;
    this.service = service;
    this.endpoint = endpoint;
    this.metrics = metrics;
  }

  /**
   * Starts an executor; returns once it listens. Port 0 means any free one.
   *
   * @throws org.trefoil.api.error.TrefoilException INVALID_CONFIGURATION if the identity is not
   *     that of the party, TLS would let a classical peer in, or an address is taken
   */
  public static ExecutorServer start(ExecutorConfig config) {
    ExecutorServer server = listen(config);
    server.peers(config.peers());
    return server;
  }

  /** Starts an executor that learns with {@link #peers} where its peers are. */
  static ExecutorServer listen(ExecutorConfig config) {
    double gigabytesPerSecond = Prg.warmUp();
    if (gigabytesPerSecond < Prg.SLOW_GIGABYTES_PER_SECOND) {
      LOG.warn(
          "AES-256-CTR runs at {} GB/s only: this Java or processor lacks the fast path",
          String.format("%.1f", gigabytesPerSecond));
    }
    Identity identity = Identity.load(config.identity());
    NettyPeerLinks links =
        NettyPeerLinks.listen(
            config.party(),
            identity,
            address(config.peerListen()),
            new LinkPatience(CONNECT, config.timeouts().peer()),
            config.limits().threads());
    Optional<MetricsEndpoint> metrics = Optional.empty();
    try {
      QueryService service =
          new QueryService(links, config.limits(), config.timeouts(), config.authorized());
      metrics = config.metricsListen().map(at -> MetricsEndpoint.start(service, at));
      FlightEndpoint endpoint =
          FlightEndpoint.start(
              service,
              identity,
              address(config.listen()),
              Math.max(LEAST_ARROW_BYTES, config.limits().uploadBytes()));
      LOG.info(
          "executor {} {} (mode: {}) listens on port {}, for its peers on port {}",
          config.party(),
          Version.SOFTWARE,
          config.authorized().isPresent() ? "authorized" : "design",
          endpoint.port(),
          links.port());
      return new ExecutorServer(links, service, endpoint, metrics);
    } catch (RuntimeException | Error e) {
      metrics.ifPresent(MetricsEndpoint::close);
      links.close();
      throw e;
    }
  }

  /** Says where the three executors listen for each other. */
  void peers(List<ExecutorConfig.HostPort> three) {
    // Unresolved: a peer's address may change, or not be known yet.
    links.peers(
        three.stream().map(p -> InetSocketAddress.createUnresolved(p.host(), p.port())).toList());
  }

  private static InetSocketAddress address(ExecutorConfig.HostPort at) {
    return new InetSocketAddress(at.host(), at.port());
  }

  /** The port where owners and analysts find it. */
  public int port() {
    return endpoint.port();
  }

  /** The port where the previous party finds it. */
  public int peerPort() {
    return links.port();
  }

  /** The port where Prometheus finds its figures, if it does. */
  Optional<Integer> metricsPort() {
    return metrics.map(MetricsEndpoint::port);
  }

  QueryService service() {
    return service;
  }

  /** Ends the queries under way, here and at the peers, then stops listening. */
  @Override
  public void close() {
    metrics.ifPresent(MetricsEndpoint::close);
    service.close();
    endpoint.close();
    links.close();
  }
}
