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
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A person's two secret keys, Ed25519 and ML-DSA-65: the seeds of both, 64 bytes. Kept in a file
 * that only its owner may read; never printed.
 */
public final class SigningKey {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SEED = 32;
  private static final String FIRST_LINE = "trefoil signing key 1";

  private final Ed25519PrivateKeyParameters ed25519;
  private final MLDSAPrivateKeyParameters mlDsa;

  private SigningKey(byte[] seeds) {
    this.ed25519 = new Ed25519PrivateKeyParameters(seeds, 0);
    this.mlDsa =
        new MLDSAPrivateKeyParameters(
            MLDSAParameters.ml_dsa_65, Arrays.copyOfRange(seeds, SEED, 2 * SEED));
  }

  public static SigningKey random() {
    byte[] seeds = new byte[2 * SEED];
    RANDOM.nextBytes(seeds);
    return new SigningKey(seeds);
  }

  /** Reads what {@link #write} has written; INVALID_CONFIGURATION if it is something else. */
  public static SigningKey read(Path file) {
    try {
      String[] lines = Files.readString(file, StandardCharsets.US_ASCII).split("\n", -1);
      if (lines.length >= 2 && lines[0].equals(FIRST_LINE)) {
        byte[] seeds = Base64.getUrlDecoder().decode(lines[1]);
        if (seeds.length == 2 * SEED) {
          return new SigningKey(seeds);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw unusable("read", file, "(" + e.getClass().getSimpleName() + ")");
    }
    throw unusable("read", file, "it is no signing key. Make one with bin/trefoil keys");
  }

  /** Writes a new file that only its owner may read; an existing file stays and is an error. */
  public void write(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      byte[] seeds = Arrays.copyOf(ed25519.getEncoded(), 2 * SEED);
      System.arraycopy(mlDsa.getSeed(), 0, seeds, SEED, SEED);
      Files.writeString(
          file, FIRST_LINE + "\n" + Fields.base64(seeds) + "\n", StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw unusable("write", file, "it is there already. Name another file");
    } catch (IOException e) {
      throw unusable("write", file, "(" + e.getClass().getSimpleName() + ")");
    }
  }

  private static TrefoilException unusable(String verb, Path file, String reason) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot " + verb + " signing key " + file + ": " + reason + ".");
  }

  public VerificationKey verificationKey() {
    return VerificationKey.of(
        ed25519.generatePublicKey().getEncoded(), mlDsa.getPublicKeyParameters().getEncoded());
  }

  byte[] signEd25519(byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, ed25519);
    signer.update(message, 0, message.length);
    return signer.generateSignature();
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
