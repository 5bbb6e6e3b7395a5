package org.trefoil.api.approval;

import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Opens what was sealed to its {@link RecipientKey}. Derived from a {@link SigningKey}, so that
 * whoever asks for a result again, on another machine or after a crash, needs no other secret.
 */
public final class OpeningKey {
  private final AsymmetricCipherKeyPair pair;

  OpeningKey(byte[] secret) {
    this.pair = RecipientKey.hpke().deriveKeyPair(secret);
  }

  public RecipientKey recipientKey() {
    return RecipientKey.of(RecipientKey.hpke().serializePublicKey(pair.getPublic()));
  }

  /**
   * What was sealed.
   *
   * @param context as it was sealed with
   * @throws TrefoilException OTHER_KEYS if it was sealed to another key, as something else, or is
   *     not what was sealed
   */
  public byte[] open(byte[] context, byte[] sealed) {
    byte[][] parts = RecipientKey.parts(sealed);
    try {
      if (parts.length > 0) {
        return RecipientKey.hpke().setupBaseR(parts[0], pair, context).open(new byte[0], parts[1]);
      }
    } catch (InvalidCipherTextException | RuntimeException e) {
      throw closed(e);
    }
    throw closed(null);
  }

  private static TrefoilException closed(Exception cause) {
    return new TrefoilException(
        Condition.OTHER_KEYS,
        "Cannot open a sealed result: it is sealed to another key than that of the configured"
            + " signing-key, or was altered. Use the key that the first run was signed with, or run"
            + " it under another retry key.",
        cause);
  }

  @Override
  public String toString() {
    return "OpeningKey";
  }
}
