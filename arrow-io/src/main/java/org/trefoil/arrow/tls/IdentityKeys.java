package org.trefoil.arrow.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The one key and certificate of an identity. As the JDK's key manager for a store with this entry,
 * without the store: encrypting the key for a PKCS#12 file in memory and decrypting it again took
 * longer than the handshake.
 */
final class IdentityKeys extends X509ExtendedKeyManager {
  private static final String ALIAS = "identity";

  private final Identity identity;

  IdentityKeys(Identity identity) {
    this.identity = identity;
  }

  /** The alias if the key is of that type, and one of these issued the certificate, if named. */
  private String alias(String keyType, Principal... issuers) {
    boolean type = identity.key().getAlgorithm().equals(keyType);
    boolean issued =
        issuers == null
            || issuers.length == 0
            || Arrays.asList(issuers).contains(identity.certificate().getIssuerX500Principal());
    return type && issued ? ALIAS : null;
  }

  private String alias(String[] keyTypes, Principal... issuers) {
    return Arrays.stream(keyTypes)
        .filter(type -> alias(type, issuers) != null)
        .findFirst()
        .map(type -> ALIAS)
        .orElse(null);
  }

  @Override
  public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
    return alias(keyType, issuers);
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    return alias(keyType, issuers);
  }

  @Override
  public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
    return alias(keyType, issuers);
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return alias(keyType, issuers);
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return aliases(keyType, issuers);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return aliases(keyType, issuers);
  }

  private String[] aliases(String keyType, Principal... issuers) {
    return alias(keyType, issuers) == null ? null : new String[] {ALIAS};
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return ALIAS.equals(alias) ? new X509Certificate[] {identity.certificate()} : null;
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return ALIAS.equals(alias) ? identity.key() : null;
  }
}
