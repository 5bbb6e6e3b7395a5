package org.trefoil.arrow.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;

/**
 * Who this process is on every link, and whose word it takes for who others are: the content of an
 * identity folder.
 *
 * @param key a P-256 key; PKCS#8 in {@code key.pem}
 * @param certificate the leaf, with the roles in it; {@code cert.pem}
 * @param authorities the certificates that vouch for peers; {@code ca.pem}
 */
public record Identity(
    PrivateKey key, X509Certificate certificate, List<X509Certificate> authorities) {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  public Identity {
    authorities = List.copyOf(authorities);
  }

  /** Reads a folder with {@code key.pem}, {@code cert.pem} and {@code ca.pem}. */
  public static Identity load(Path folder) {
    try {
      List<X509Certificate> leaf = certificates(folder.resolve("cert.pem"));
      List<X509Certificate> authorities = certificates(folder.resolve("ca.pem"));
      return new Identity(privateKey(folder.resolve("key.pem")), leaf.get(0), authorities);
    } catch (NoSuchFileException e) {
      throw unreadable(folder, "there is no file " + e.getFile(), e);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw unreadable(folder, e.getMessage(), e);
    }
  }

  /** Writes the folder; only its owner may read the key. */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder);
      writeSecret(folder.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded()));
      Files.writeString(folder.resolve("cert.pem"), pem("CERTIFICATE", certificate.getEncoded()));
      StringBuilder bundle = new StringBuilder();
      for (X509Certificate authority : authorities) {
        bundle.append(pem("CERTIFICATE", authority.getEncoded()));
      }
      Files.writeString(folder.resolve("ca.pem"), bundle);
    } catch (IOException | GeneralSecurityException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot write identity " + folder + ": " + e.getMessage() + ".",
          e);
    }
  }

  /** The roles in this identity's own certificate. */
  public Principal principal() {
    return PeerRole.of(certificate);
  }

  static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher pem = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!pem.find()) {
      throw new GeneralSecurityException(file + " holds no PKCS#8 private key in PEM");
    }
    byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  static List<X509Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> found = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        found.add((X509Certificate) one);
      }
    }
    if (found.isEmpty()) {
      throw new GeneralSecurityException(file + " holds no certificate");
    }
    return found;
  }

  static void writeSecret(Path file, String content) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, content);
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  static String pem(String kind, byte[] encoded) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  private static TrefoilException unreadable(Path folder, String reason, Exception cause) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot read identity "
            + folder
            + ": "
            + reason
            + ". An identity is a folder with key.pem, cert.pem and ca.pem.",
        cause);
  }

  @Override
  public String toString() {
    return "Identity[" + certificate.getSubjectX500Principal() + "]";
  }
}
