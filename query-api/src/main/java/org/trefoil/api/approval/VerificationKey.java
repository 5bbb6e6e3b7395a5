package org.trefoil.api.approval;

import java.util.Arrays;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The public half of a person's two keys, Ed25519 and ML-DSA-65, which count together only.
 *
 * <p>Not guaranteed: whose it is; that is what a {@link Roster} says.
 */
public final class VerificationKey {
  private static final int ED25519 = 32;
  private static final int ML_DSA_65 = 1952;

  private final byte[] bytes;

  private VerificationKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** From 32 bytes of Ed25519, then 1952 of ML-DSA-65. */
  public static VerificationKey of(byte[] bytes) {
    if (bytes.length != ED25519 + ML_DSA_65) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot use a signer's key: it has "
              + bytes.length
              + " bytes instead of "
              + (ED25519 + ML_DSA_65)
              + ". Copy it again from the file that bin/trefoil keys wrote.");
    }
    return new VerificationKey(bytes.clone());
  }

  static VerificationKey of(byte[] ed25519, byte[] mlDsa) {
    byte[] both = Arrays.copyOf(ed25519, ED25519 + ML_DSA_65);
    System.arraycopy(mlDsa, 0, both, ED25519, ML_DSA_65);
    return of(both);
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  /** What names both keys: SHA-256 of both, in base64url. */
  public String id() {
    return Fields.base64(Digest.of(bytes));
  }

  boolean verifiesEd25519(byte[] message, byte[] signature) {
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, new Ed25519PublicKeyParameters(bytes, 0));
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature);
  }

  boolean verifiesMlDsa(byte[] message, byte[] signature) {
    MLDSASigner verifier = new MLDSASigner();
    verifier.init(
        false,
        new MLDSAPublicKeyParameters(
            MLDSAParameters.ml_dsa_65, Arrays.copyOfRange(bytes, ED25519, bytes.length)));
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
