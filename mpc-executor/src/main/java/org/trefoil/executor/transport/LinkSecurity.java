package org.trefoil.executor.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslHandler;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.TlsContexts;

/**
 * How the two ends of a link come to trust each other. A handler fires {@link
 * io.netty.handler.ssl.SslHandshakeCompletionEvent} when its end may be used. An executor has TLS
 * and nothing else; benchmarks, which are not part of an executor, also measure links without it.
 */
interface LinkSecurity {
  /** For the end that is connected to by the previous party. */
  ChannelHandler server(Channel channel);

  /** For the end that connects to the next party. */
  ChannelHandler client(Channel channel);

  /**
   * Mutual TLS. It is tested first: INVALID_CONFIGURATION if it would let a classical peer in, or
   * if the identity is not this party's.
   */
  static LinkSecurity tls(int party, Identity identity) {
    if (!identity.principal().is(Role.party(party))) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot be party "
              + party
              + ": the certificate says "
              + identity.principal()
              + ". Use the identity of party-"
              + party
              + ".");
    }
    TlsContexts.selfTest(identity);
    var serverContext = TlsContexts.peerServer(identity, Role.party((party + 2) % 3));
    var clientContext = TlsContexts.peerClient(identity, Role.party((party + 1) % 3));
    return new LinkSecurity() {
      @Override
      public ChannelHandler server(Channel channel) {
        return patient(serverContext.newHandler(channel.alloc()));
      }

      @Override
      public ChannelHandler client(Channel channel) {
        return patient(clientContext.newHandler(channel.alloc()));
      }

      private static SslHandler patient(SslHandler tls) {
        tls.setHandshakeTimeoutMillis(10_000);
        tls.setWrapDataSize(0); // whole buffers: else each is cut and copied, a third more CPU
        return tls;
      }
    };
  }
}
