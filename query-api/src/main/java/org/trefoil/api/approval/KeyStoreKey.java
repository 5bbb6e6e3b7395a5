package org.trefoil.api.approval;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bouncycastle.util.BigIntegers;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A P-384 key in a key store of Java's: a PKCS#11 token, which the secret never leaves, or a
 * PKCS#12 file. The PIN comes from the environment or from the terminal and is kept nowhere.
 *
 * @param type {@code PKCS11} or {@code PKCS12}
 * @param at the provider's configuration file, or the PKCS#12 file
 */
record KeyStoreKey(String type, Path at, String alias) {
  static final List<String> TYPES = List.of("PKCS11", "PKCS12");
  static final String PIN = "TREFOIL_PIN";

  private static final String ALGORITHM = "SHA384withECDSA";
  private static final Map<Path, Provider> TOKENS = new ConcurrentHashMap<>();

  ClassicalKey open() {
    char[] pin = pin();
    try {
      KeyStore store = load(pin);
      if (!(store.getKey(alias, pin) instanceof PrivateKey secret)
          || store.getCertificate(alias) == null
          || !(store.getCertificate(alias).getPublicKey() instanceof ECPublicKey known)
          || known.getParams().getCurve().getField().getFieldSize() != 384) {
        throw unusable("it holds no P-384 key with a certificate under alias " + alias, null);
      }
      byte[] point = new byte[Classical.ES384.keyBytes()];
      point[0] = 4;
      BigIntegers.asUnsignedByteArray(known.getW().getAffineX(), point, 1, Classical.SCALAR);
      BigIntegers.asUnsignedByteArray(
          known.getW().getAffineY(), point, 1 + Classical.SCALAR, Classical.SCALAR);
      return new ClassicalKey() {
        @Override
        public byte[] publicKey() {
          return point.clone();
        }

        @Override
        public byte[] sign(byte[] message) {
          try {
            // A token signs for itself, and in this form only.
            Signature signature =
                type.equals("PKCS11")
                    ? Signature.getInstance(ALGORITHM, store.getProvider())
                    : Signature.getInstance(ALGORITHM);
            signature.initSign(secret);
            signature.update(message);
            return Classical.oneForm(signature.sign());
          } catch (GeneralSecurityException | IOException e) {
            throw unusable("it does not sign (" + e.getClass().getSimpleName() + ")", e);
          }
        }
      };
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(
          "(" + e.getClass().getSimpleName() + "). Check the file, the alias and the PIN", e);
    } finally {
      Arrays.fill(pin, ' ');
    }
  }

  private KeyStore load(char[] pin) throws GeneralSecurityException, IOException {
    if (type.equals("PKCS11")) {
      Provider provider = Security.getProvider("SunPKCS11");
      if (provider == null) {
        throw unusable("this Java has no PKCS#11. Install one with jdk.crypto.cryptoki", null);
      }
      // Once for a configuration: a key is of the one provider that has found it.
      Provider token = TOKENS.computeIfAbsent(at, file -> provider.configure(file.toString()));
      KeyStore store = KeyStore.getInstance("PKCS11", token);
      store.load(null, pin);
      return store;
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(at)) {
      store.load(in, pin);
    }
    return store;
  }

  private static char[] pin() {
    String set = System.getProperty(PIN, System.getenv(PIN));
    if (set != null) {
      return set.toCharArray();
    }
    Console console = System.console();
    char[] typed = console == null ? null : console.readPassword("PIN of the signing key: ");
    if (typed == null) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot open the signing key's key store: it needs a PIN. Set " + PIN + ".");
    }
    return typed;
  }

  private TrefoilException unusable(String reason, Exception cause) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot use " + type + " key store " + at + ": " + reason + ".",
        cause);
  }
}
