package org.trefoil.arrow.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.Role;

/**
 * Reads the roles from a certificate: the URIs {@code urn:trefoil:party:0}, {@code
 * urn:trefoil:owner:<name>}, {@code urn:trefoil:analyst:<name>} and {@code
 * urn:trefoil:contributor:<name>} among its subject alternative names. Whether the certificate is
 * genuine is for {@link RoleTrust} to say.
 */
public final class PeerRole {
  private static final int URI = 6;

  private PeerRole() {}

  /** The certificate's roles; PEER_REFUSED if it has none. */
  public static Principal of(X509Certificate certificate) {
    Set<Role> roles = new LinkedHashSet<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (name.get(0).equals(URI) && name.get(1).toString().startsWith("urn:trefoil:")) {
          roles.add(Role.fromUri(name.get(1).toString()));
        }
      }
    } catch (CertificateParsingException | IllegalArgumentException e) {
      throw refused(certificate, "its alternative names cannot be read", e);
    }
    if (roles.isEmpty()) {
      throw refused(certificate, "it names no party, owner, analyst or contributor", null);
    }
    return new Principal(roles);
  }

  /** Who is at the other end of a link whose handshake has finished; empty without certificate. */
  public static Optional<Principal> of(SSLSession session) {
    if (session == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(of((X509Certificate) session.getPeerCertificates()[0]));
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  private static TrefoilException refused(X509Certificate certificate, String reason, Exception e) {
    return new TrefoilException(
        Condition.PEER_REFUSED,
        "Cannot accept certificate "
            + certificate.getSubjectX500Principal()
            + ": "
            + reason
            + ". Issue one with a role of Trefoil.",
        e);
  }
}
