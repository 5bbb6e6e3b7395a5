package org.trefoil.arrow.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.Role;

/**
 * Accepts a peer whose certificate one of the authorities has issued and that has the expected
 * role. The role takes the place of a host name: an executor may move, party 1 stays party 1.
 */
final class RoleTrust extends X509ExtendedTrustManager {
  private final X509TrustManager authorities;
  private final Optional<Role> expected;

  private RoleTrust(X509TrustManager authorities, Optional<Role> expected) {
    this.authorities = authorities;
    this.expected = expected;
  }

  static RoleTrust of(List<X509Certificate> authorities, Optional<Role> expected)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return new RoleTrust(found, expected);
      }
    }
    throw new GeneralSecurityException("this JVM has no X.509 trust manager");
  }

  private void requireRole(X509Certificate[] chain) throws CertificateException {
    Principal peer;
    try {
      peer = PeerRole.of(chain[0]);
    } catch (TrefoilException e) {
      throw new CertificateException(e.reason(), e);
    }
    boolean contributes =
        peer.roles().stream().allMatch(role -> role.kind() == Role.Kind.CONTRIBUTOR);
    if (!contributes && isEnrolled(chain)) {
      throw new CertificateException(
          "the authority that has signed it enrols contributors, and the certificate says " + peer);
    }
    if (expected.isPresent() && !peer.is(expected.get())) {
      throw new CertificateException(
          "the certificate says " + peer + ", expected is " + expected.get());
    }
  }

  /** Whether an authority for contributors alone has signed any of these. */
  private boolean isEnrolled(X509Certificate[] chain) {
    for (X509Certificate authority : authorities.getAcceptedIssuers()) {
      if (EnrolmentAuthority.is(authority)) {
        for (X509Certificate certificate : chain) {
          if (EnrolmentAuthority.hasSigned(authority, certificate)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkClientTrusted(chain, type);
    requireRole(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkServerTrusted(chain, type);
    requireRole(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
