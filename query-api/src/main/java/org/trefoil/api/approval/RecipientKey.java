package org.trefoil.api.approval;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.hpke.HPKEContextWithEncapsulation;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * To whom something is sealed: the public key of a hybrid KEM, X-Wing (X25519 with ML-KEM-768).
 * Sealing is HPKE in base mode (RFC 9180) with HKDF-SHA256 and AES-256-GCM: whoever wants to read
 * it has to break both X25519 and ML-KEM-768, or have the {@link OpeningKey}.
 *
 * <p>Not guaranteed: who has sealed it. Anybody may seal; a recipient has to know from elsewhere
 * from whom it comes.
 */
public final class RecipientKey {
  /** ML-KEM-768 and X25519. */
  static final int BYTES = 1184 + 32;

  /** Of an encapsulation: ML-KEM-768 and X25519. */
  private static final int ENCAPSULATION = 1088 + 32;

  private final byte[] bytes;

  private RecipientKey(byte[] bytes) {
    this.bytes = bytes;
  }

  static HPKE hpke() {
    return new HPKE(HPKE.mode_base, HPKE.kem_X_WING, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
  }

  /** From what {@link #bytes} returned; MALFORMED_STATEMENT if it is no key. */
  static RecipientKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw unusable("it has " + bytes.length + " bytes instead of " + BYTES);
    }
    RecipientKey key = new RecipientKey(bytes.clone());
    try {
      // Both halves are checked where they are used first: here, not when there is a result.
      byte[] unused = key.seal(new byte[0], new byte[0]);
    } catch (RuntimeException e) {
      throw unusable("it is no key of X-Wing");
    }
    return key;
  }

  private static TrefoilException unusable(String reason) {
    return new TrefoilException(
        Condition.MALFORMED_STATEMENT, "Cannot seal a result: " + reason + ". Sign a new request.");
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Seals {@code plain}.
   *
   * @param context what it is; it opens with the same one only
   */
  public byte[] seal(byte[] context, byte[] plain) {
    HPKE hpke = hpke();
    HPKEContextWithEncapsulation sender =
        hpke.setupBaseS(hpke.deserializePublicKey(bytes), context);
    try {
      byte[] text = sender.seal(new byte[0], plain);
      return ByteBuffer.allocate(ENCAPSULATION + text.length)
          .put(sender.getEncapsulation())
          .put(text)
          .array();
    } catch (InvalidCipherTextException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The encapsulation, and what follows it; absent if {@code sealed} is too short. */
  static byte[][] parts(byte[] sealed) {
    return sealed.length < ENCAPSULATION
        ? new byte[0][]
        : new byte[][] {
          Arrays.copyOf(sealed, ENCAPSULATION),
          Arrays.copyOfRange(sealed, ENCAPSULATION, sealed.length)
        };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RecipientKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "RecipientKey[" + Digest.hex(bytes) + "]";
  }
}
