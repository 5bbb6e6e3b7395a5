package org.trefoil.arrow.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Role;

/**
 * A certificate authority for development, tests and {@code bin/trefoil local}: it makes identities
 * with any role for whoever holds its folder. Organisations that do not trust each other use their
 * own authority, which signs keys that it never sees.
 */
public final class DevelopmentAuthority {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration VALIDITY = Duration.ofDays(365);
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);

  private final PrivateKey key;
  private final X509Certificate certificate;

  private DevelopmentAuthority(PrivateKey key, X509Certificate certificate) {
    this.key = key;
    this.certificate = certificate;
  }

  /** A fresh authority in memory. */
  public static DevelopmentAuthority create() {
    return create("CN=Trefoil development authority", List.of());
  }

  /** A fresh authority whose certificates are taken for contributors only. */
  public static DevelopmentAuthority forContributors() {
    return create("CN=Trefoil contributors", List.of(EnrolmentAuthority.MARK));
  }

  private static DevelopmentAuthority create(String subject, List<String> marks) {
    try {
      KeyPair pair = keyPair();
      X500Name name = new X500Name(subject);
      X509v3CertificateBuilder builder = certificate(name, name, pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      for (String mark : marks) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, mark)));
      }
      return new DevelopmentAuthority(pair.getPrivate(), sign(builder, pair.getPrivate()));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw impossible("make a development authority", e);
    }
  }

  /** Reads {@code ca-key.pem} and {@code ca.pem} of a folder, or makes them. */
  public static DevelopmentAuthority open(Path folder) {
    Path keyFile = folder.resolve("ca-key.pem");
    Path certificateFile = folder.resolve("ca.pem");
    try {
      if (Files.exists(keyFile)) {
        return new DevelopmentAuthority(
            Identity.privateKey(keyFile), Identity.certificates(certificateFile).get(0));
      }
      DevelopmentAuthority made = create();
      Files.createDirectories(folder);
      Files.writeString(
          certificateFile, Identity.pem("CERTIFICATE", made.certificate.getEncoded()));
      Identity.writeSecret(keyFile, Identity.pem("PRIVATE KEY", made.key.getEncoded()));
      return made;
    } catch (IOException | GeneralSecurityException e) {
      throw impossible("open the development authority in " + folder, e);
    }
  }

  /** What peers put into their {@code ca.pem} to trust it. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** A fresh key and a certificate with these roles, valid for a year. */
  public Identity issue(Role... roles) {
    try {
      KeyPair pair = keyPair();
      X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
      X509v3CertificateBuilder builder =
          certificate(issuer, subject(List.of(roles)), pair.getPublic());
      List<GeneralName> names = new ArrayList<>();
      for (Role role : roles) {
        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, role.uri()));
      }
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(new GeneralName[0])));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      return new Identity(pair.getPrivate(), sign(builder, key), List.of(certificate));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw impossible("issue a certificate for " + List.of(roles), e);
    }
  }

  private static X500Name subject(List<Role> roles) {
    X500NameBuilder name = new X500NameBuilder();
    roles.forEach(role -> name.addRDN(BCStyle.CN, role.toString()));
    return name.build();
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder certificate(
      X500Name issuer, X500Name subject, PublicKey subjectKey) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(127, RANDOM).setBit(126),
        Date.from(now.minus(CLOCK_SKEW)),
        Date.from(now.plus(VALIDITY)),
        subject,
        subjectKey);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
  }

  private static TrefoilException impossible(String what, Exception cause) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION, "Cannot " + what + ": " + cause.getMessage() + ".", cause);
  }
}
