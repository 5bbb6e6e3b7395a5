package org.trefoil.arrow.tls;

import io.grpc.netty.GrpcSslContexts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContext;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Role;

/**
 * TLS for every link: BoringSSL through Netty, TLS 1.3 and the hybrid post-quantum group
 * X25519MLKEM768, and nothing else.
 *
 * <p>Guarantees that a recorded link stays closed to a quantum computer: both sides offer and
 * accept one group only, so a finished handshake is the proof. Peers are authenticated by P-256
 * certificates and the role in them; that part is classical.
 *
 * <p>Does not fall back. Without BoringSSL Netty would quietly take the JDK's TLS and ignore the
 * group; therefore the provider is named in every context and {@link #selfTest} must pass before a
 * process opens or accepts a link.
 */
public final class TlsContexts {
  static final String[] HYBRID = {"X25519MLKEM768"};
  static final String[] CLASSICAL = {"X25519"};

  private TlsContexts() {}

  /** Throws INVALID_CONFIGURATION if BoringSSL cannot be used in this JVM. */
  public static void ensureAvailability() {
    try {
      OpenSsl.ensureAvailability();
      if (!SslProvider.isTlsv13Supported(SslProvider.OPENSSL)) {
        throw new UnsatisfiedLinkError("it lacks TLS 1.3");
      }
    } catch (LinkageError e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot use BoringSSL: "
              + e.getMessage()
              + ". Put netty-tcnative-boringssl-static for this platform on the class path, and"
              + " let java.io.tmpdir allow execution.",
          e);
    }
  }

  /**
   * Shakes hands in memory with the identity's own certificate: a hybrid client must be accepted, a
   * client that knows X25519 only must be refused, and a server that knows X25519 only must be
   * refused by our client.
   */
  public static void selfTest(Identity identity) {
    ensureAvailability();
    SslContext server = server(identity, Optional.empty(), ClientAuth.REQUIRE, HYBRID, false);
    SslContext client = client(identity, Optional.empty(), HYBRID, false);
    SslContext oldServer = server(identity, Optional.empty(), ClientAuth.REQUIRE, CLASSICAL, false);
    SslContext oldClient = client(identity, Optional.empty(), CLASSICAL, false);
    if (!handshake(client, server)) {
      throw broken(
          "this identity does not connect to itself; its certificate, key and ca.pem"
              + " must belong together, and the certificate must be valid today");
    }
    if (handshake(oldClient, server) || handshake(client, oldServer)) {
      throw broken("a peer without X25519MLKEM768 was not refused");
    }
  }

  private static TrefoilException broken(String reason) {
    return new TrefoilException(Condition.INVALID_CONFIGURATION, "Cannot use TLS: " + reason + ".");
  }

  /** The accepting end of a link between executors; only {@code peer} may connect. */
  public static SslContext peerServer(Identity identity, Role peer) {
    return server(identity, Optional.of(peer), ClientAuth.REQUIRE, HYBRID, false);
  }

  /** The connecting end of a link between executors; only {@code peer} may answer. */
  public static SslContext peerClient(Identity identity, Role peer) {
    return client(identity, Optional.of(peer), HYBRID, false);
  }

  /**
   * For a Flight server. A certificate is optional here, because a Spark task that uploads shows a
   * ticket instead; one that is shown must be genuine and have a role.
   */
  public static SslContext flightServer(Identity identity) {
    return server(identity, Optional.empty(), ClientAuth.OPTIONAL, HYBRID, true);
  }

  /** For a Flight client with an identity; only {@code peer} may answer. */
  public static SslContext flightClient(Identity identity, Role peer) {
    return client(identity, Optional.of(peer), HYBRID, true);
  }

  /** For a Flight client that shows no certificate: a Spark task with a ticket. */
  public static SslContext flightTaskClient(List<X509Certificate> authorities, Role peer) {
    return build(clientBuilder(), authorities, Optional.of(peer), HYBRID, true);
  }

  static SslContext server(
      Identity identity, Optional<Role> peer, ClientAuth auth, String[] groups, boolean grpc) {
    return build(
        SslContextBuilder.forServer(new IdentityKeys(identity)).clientAuth(auth),
        identity.authorities(),
        peer,
        groups,
        grpc);
  }

  static SslContext client(Identity identity, Optional<Role> peer, String[] groups, boolean grpc) {
    return build(
        clientBuilder().keyManager(new IdentityKeys(identity)),
        identity.authorities(),
        peer,
        groups,
        grpc);
  }

  /** The role takes the place of the host name, see {@link RoleTrust}. */
  private static SslContextBuilder clientBuilder() {
    return SslContextBuilder.forClient().endpointIdentificationAlgorithm(null);
  }

  private static SslContext build(
      SslContextBuilder builder,
      List<X509Certificate> authorities,
      Optional<Role> peer,
      String[] groups,
      boolean grpc) {
    ensureAvailability();
    try {
      if (grpc) {
        GrpcSslContexts.configure(builder, SslProvider.OPENSSL);
      }
      SslContext context =
          builder
              .sslProvider(SslProvider.OPENSSL)
              .protocols("TLSv1.3")
              .trustManager(RoleTrust.of(authorities, peer))
              .option(OpenSslContextOption.GROUPS, groups)
              .build();
      if (!(context instanceof OpenSslContext)) {
        throw new GeneralSecurityException("Netty did not take BoringSSL");
      }
      return context;
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION, "Cannot set up TLS: " + e.getMessage() + ".", e);
    }
  }

  /** Whether both sides finish a handshake, over two channels in memory. */
  static boolean handshake(SslContext client, SslContext server) {
    SslHandler c = client.newHandler(ByteBufAllocator.DEFAULT, "localhost", 1);
    SslHandler s = server.newHandler(ByteBufAllocator.DEFAULT);
    EmbeddedChannel clientEnd = new EmbeddedChannel(c);
    EmbeddedChannel serverEnd = new EmbeddedChannel(s);
    try {
      boolean moved = true;
      while (moved) {
        moved = move(clientEnd, serverEnd) | move(serverEnd, clientEnd);
      }
      return c.handshakeFuture().isSuccess() && s.handshakeFuture().isSuccess();
    } finally {
      close(clientEnd);
      close(serverEnd);
    }
  }

  private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
    boolean moved = false;
    from.runPendingTasks();
    for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      moved = true;
      if (to.isOpen()) {
        try {
          to.writeInbound(bytes);
        } catch (Exception refused) {
          // Netty throws checked exceptions unchecked here; the handshake's future has it.
        }
      } else {
        bytes.release();
      }
    }
    return moved;
  }

  private static void close(EmbeddedChannel end) {
    try {
      end.finishAndReleaseAll();
    } catch (Exception refused) {
      // The failed handshake once more; its future has it.
    }
  }
}
