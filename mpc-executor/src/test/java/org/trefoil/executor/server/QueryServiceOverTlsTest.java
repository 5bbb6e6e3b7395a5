package org.trefoil.executor.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.executor.transport.LinkPatience;
import org.trefoil.executor.transport.NettyPeerLinks;
import org.trefoil.executor.transport.PeerLinks;

/** The same, where the executors speak to each other over Netty and TLS. */
final class QueryServiceOverTlsTest extends QueryServiceTest {
  private static final DevelopmentAuthority AUTHORITY = DevelopmentAuthority.create();

  @Override
  List<PeerLinks> links(Duration patience) {
    List<NettyPeerLinks> links = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      links.add(
          NettyPeerLinks.listen(
              p,
              AUTHORITY.issue(Role.party(p)),
              new InetSocketAddress("127.0.0.1", 0),
              new LinkPatience(patience, patience)));
    }
    List<InetSocketAddress> addresses =
        links.stream().map(link -> new InetSocketAddress("127.0.0.1", link.port())).toList();
    links.forEach(link -> link.peers(addresses));
    return List.copyOf(links);
  }
}
