package org.trefoil.api.approval;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A person's two secret keys, a classical one and ML-DSA-65. Kept in a file that only its owner may
 * read, never printed: the seeds of Ed25519 and ML-DSA-65, or the seed of ML-DSA-65 and the name of
 * a token that holds a P-384 key.
 */
public final class SigningKey {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SEED = 32;
  private static final byte[] OPENING = "trefoil opening key 1".getBytes(StandardCharsets.UTF_8);
  private static final String SEEDS = "trefoil signing key 1";
  private static final String STORE = "trefoil signing key 2";

  private final String file;
  private final ClassicalKey classical;
  private final MLDSAPrivateKeyParameters mlDsa;

  private SigningKey(String file, ClassicalKey classical, byte[] mlDsaSeed) {
    this.file = file;
    this.classical = classical;
    this.mlDsa = new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65, mlDsaSeed);
  }

  private static SigningKey ofSeeds(byte[] seeds) {
    return new SigningKey(
        SEEDS + "\n" + Fields.base64(seeds) + "\n",
        ClassicalKey.ed25519(Arrays.copyOf(seeds, SEED)),
        Arrays.copyOfRange(seeds, SEED, 2 * SEED));
  }

  private static SigningKey ofStore(byte[] seed, KeyStoreKey key) {
    return new SigningKey(
        String.join("\n", STORE, Fields.base64(seed), key.type(), key.at().toString(), key.alias())
            + "\n",
        key.open(),
        seed);
  }

  public static SigningKey random() {
    byte[] seeds = new byte[2 * SEED];
    RANDOM.nextBytes(seeds);
    return ofSeeds(seeds);
  }

  /**
   * A fresh ML-DSA-65 key beside the P-384 key that a key store holds.
   *
   * @param type {@code PKCS11} or {@code PKCS12}
   * @param at the configuration file of the PKCS#11 provider, or the PKCS#12 file
   * @throws TrefoilException INVALID_CONFIGURATION
   */
  public static SigningKey inKeyStore(String type, Path at, String alias) {
    byte[] seed = new byte[SEED];
    RANDOM.nextBytes(seed);
    if (!KeyStoreKey.TYPES.contains(type) || (at + alias).contains("\n")) {
      throw unusable("make", at, "use a key store of type " + KeyStoreKey.TYPES);
    }
    return ofStore(seed, new KeyStoreKey(type, at.toAbsolutePath(), alias));
  }

  /** Reads what {@link #write} has written; INVALID_CONFIGURATION if it is something else. */
  public static SigningKey read(Path file) {
    try {
      String[] lines = Files.readString(file, StandardCharsets.UTF_8).split("\n", -1);
      if (lines.length >= 2 && lines[0].equals(SEEDS)) {
        byte[] seeds = Base64.getUrlDecoder().decode(lines[1]);
        if (seeds.length == 2 * SEED) {
          return ofSeeds(seeds);
        }
      }
      if (lines.length >= 5 && lines[0].equals(STORE) && KeyStoreKey.TYPES.contains(lines[2])) {
        byte[] seed = Base64.getUrlDecoder().decode(lines[1]);
        if (seed.length == SEED) {
          return ofStore(seed, new KeyStoreKey(lines[2], Path.of(lines[3]), lines[4]));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw unusable("read", file, "(" + e.getClass().getSimpleName() + ")");
    }
    throw unusable("read", file, "it is no signing key. Make one with bin/trefoil keys");
  }

  /** Writes a new file that only its owner may read; an existing file stays and is an error. */
  public void write(Path to) {
    try {
      Path folder = to.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Files.createFile(
          to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(to, file, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw unusable("write", to, "it is there already. Name another file");
    } catch (IOException e) {
      throw unusable("write", to, "(" + e.getClass().getSimpleName() + ")");
    }
  }

  private static TrefoilException unusable(String verb, Path file, String reason) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot " + verb + " signing key " + file + ": " + reason + ".");
  }

  public VerificationKey verificationKey() {
    return VerificationKey.of(classical.publicKey(), mlDsa.getPublicKeyParameters().getEncoded());
  }

  /**
   * Opens what is sealed to whoever holds this key. Its secret is an HKDF of the seed of ML-DSA-65,
   * under a label of its own, and tells nothing of that.
   */
  public OpeningKey openingKey() {
    HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
    hkdf.init(new HKDFParameters(mlDsa.getSeed(), null, OPENING));
    byte[] secret = new byte[SEED];
    hkdf.generateBytes(secret, 0, SEED);
    return new OpeningKey(secret);
  }

  byte[] signClassical(byte[] message) {
    return classical.sign(message);
  }

  byte[] signMlDsa(byte[] message) {
    MLDSASigner signer = new MLDSASigner();
    signer.init(true, new ParametersWithRandom(mlDsa, RANDOM));
    signer.update(message, 0, message.length);
    try {
      return signer.generateSignature();
    } catch (CryptoException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "SigningKey[of " + verificationKey().id() + "]";
  }
}
