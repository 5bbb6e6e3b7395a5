package org.trefoil.api.approval;

import java.util.Arrays;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The public half of a person's two keys, which count together only: a classical one, Ed25519 or
 * ECDSA on P-384, and ML-DSA-65.
 *
 * <p>Not guaranteed: whose it is; that is what a {@link Roster} says.
 */
public final class VerificationKey {
  private static final int ML_DSA_65 = 1952;

  private final Classical classical;
  private final byte[] bytes;

  private VerificationKey(Classical classical, byte[] bytes) {
    this.classical = classical;
    this.bytes = bytes;
  }

  /**
   * From 32 bytes of Ed25519 or 97 of P-384 (an uncompressed point), then 1952 of ML-DSA-65.
   *
   * @throws TrefoilException INVALID_CONFIGURATION
   */
  public static VerificationKey of(byte[] bytes) {
    for (Classical classical : Classical.values()) {
      if (bytes.length == classical.keyBytes() + ML_DSA_65
          && classical.accepts(Arrays.copyOf(bytes, classical.keyBytes()))) {
        return new VerificationKey(classical, bytes.clone());
      }
    }
    throw new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot use a signer's key of "
            + bytes.length
            + " bytes: it is none of Ed25519 or P-384 with ML-DSA-65. Copy it again from what"
            + " bin/trefoil keys has printed.");
  }

  static VerificationKey of(byte[] classical, byte[] mlDsa) {
    byte[] both = Arrays.copyOf(classical, classical.length + mlDsa.length);
    System.arraycopy(mlDsa, 0, both, classical.length, mlDsa.length);
    return of(both);
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  /** What names both keys: SHA-256 of both, in base64url. */
  public String id() {
    return Fields.base64(Digest.of(bytes));
  }

  /** The algorithm of the first half. */
  Classical classical() {
    return classical;
  }

  boolean verifiesClassical(byte[] message, byte[] signature) {
    return classical.verifies(Arrays.copyOf(bytes, classical.keyBytes()), message, signature);
  }

  boolean verifiesMlDsa(byte[] message, byte[] signature) {
    MLDSASigner verifier = new MLDSASigner();
    verifier.init(
        false,
        new MLDSAPublicKeyParameters(
            MLDSAParameters.ml_dsa_65,
            Arrays.copyOfRange(bytes, classical.keyBytes(), bytes.length)));
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerificationKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "VerificationKey[" + id() + "]";
  }
}
