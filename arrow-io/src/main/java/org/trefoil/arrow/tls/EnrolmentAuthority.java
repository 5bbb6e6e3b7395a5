package org.trefoil.arrow.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/**
 * An authority that enrols contributors and nobody else: its certificate has {@link #MARK} among
 * its subject alternative names. Executors trust it without letting it make parties, owners or
 * analysts.
 */
final class EnrolmentAuthority {
  static final String MARK = "urn:trefoil:enrols:contributors";

  private EnrolmentAuthority() {}

  static boolean is(X509Certificate authority) {
    try {
      Collection<List<?>> names = authority.getSubjectAlternativeNames();
      return names != null && names.stream().anyMatch(name -> name.get(1).equals(MARK));
    } catch (CertificateParsingException e) {
      return true; // what cannot be read is trusted with the least
    }
  }

  static boolean hasSigned(X509Certificate authority, X509Certificate certificate) {
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
