package org.trefoil.spark.share;

import java.io.Serializable;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.TlsContexts;

/**
 * Three executors over Flight. This process proves who it is with its identity; its Spark tasks
 * authenticate the executors, present tickets and have no identity.
 */
public final class FlightCluster implements Cluster {
  private final List<Address> addresses;
  private final Identity identity;
  private final Optional<Approvals> approvals;
  private final List<ExecutorConnection> connections = new ArrayList<>();

  /**
   * Connects on the first call, not before.
   *
   * @param executors three {@code host:port}, by party
   * @param approvals present in mode authorized
   */
  public FlightCluster(List<String> executors, Identity identity, Optional<Approvals> approvals) {
    this.approvals = approvals;
    TlsContexts.selfTest(identity);
    this.addresses = executors.stream().map(Address::parse).toList();
    this.identity = identity;
    for (int party = 0; party < addresses.size(); party++) {
      Address address = addresses.get(party);
      connections.add(FlightConnection.open(party, address.host(), address.port(), identity));
    }
  }

  @Override
  public List<ExecutorConnection> connections() {
    return List.copyOf(connections);
  }

  @Override
  public UploadRoute route(List<UploadTicket> tickets) {
    return new Route(addresses, identity.authorities(), tickets);
  }

  @Override
  public String mode() {
    return approvals.isPresent() ? "authorized" : "design";
  }

  @Override
  public Optional<Approvals> approvals() {
    return approvals;
  }

  @Override
  public String analyst() {
    return identity
        .principal()
        .analyst()
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.INVALID_CONFIGURATION,
                    "Cannot run a query: the certificate of this identity names no analyst. Use an"
                        + " analyst's identity folder."));
  }

  @Override
  public void close() {
    connections.forEach(ExecutorConnection::close);
  }

  @Override
  public String toString() {
    return "FlightCluster" + addresses;
  }

  /** Where an executor listens. */
  private record Address(String host, int port) implements Serializable {
    static Address parse(String text) {
      int colon = text.lastIndexOf(':');
      return new Address(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Connections of the tasks of one JVM, shared and kept while it lives. */
  private static final class TaskConnections {
    private record Key(int party, Address address, List<X509Certificate> authorities) {}

    private static final ConcurrentHashMap<Key, FlightConnection> OPEN = new ConcurrentHashMap<>();

    private TaskConnections() {}

    static FlightConnection to(int party, Address address, List<X509Certificate> authorities) {
      return OPEN.computeIfAbsent(
          new Key(party, address, authorities),
          key -> FlightConnection.openForTask(party, address.host(), address.port(), authorities));
    }
  }

  /** Addresses, authorities and tickets, for a task's closure. */
  private static final class Route implements UploadRoute {
    private static final long serialVersionUID = 1L;

    private final List<Address> addresses;
    private final ArrayList<X509Certificate> authorities;
    private final String query;
    private final int source;
    private final int branch;
    private final String[] tokens;

    Route(List<Address> addresses, List<X509Certificate> authorities, List<UploadTicket> tickets) {
      UploadTicket first = tickets.get(0);
      this.addresses = List.copyOf(addresses);
      this.authorities = new ArrayList<>(authorities);
      this.query = first.query().hex();
      this.source = first.source();
      this.branch = first.branch();
      this.tokens = tickets.stream().map(UploadTicket::token).toArray(String[]::new);
    }

    @Override
    public ShareUpload open(int party, int chunk, UUID attempt) {
      UploadTicket ticket = new UploadTicket(new QueryId(query), source, branch, tokens[party]);
      return TaskConnections.to(party, addresses.get(party), List.copyOf(authorities))
          .upload(ticket, chunk, attempt);
    }
  }
}
