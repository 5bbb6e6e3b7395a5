package org.trefoil.api.approval;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** The secret classical half of a {@link SigningKey}, or a token that holds it. */
interface ClassicalKey {
  /** As {@link VerificationKey} wants it. */
  byte[] publicKey();

  byte[] sign(byte[] message);

  /** Ed25519 from its seed of 32 bytes. */
  static ClassicalKey ed25519(byte[] seed) {
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(seed, 0);
    return new ClassicalKey() {
      @Override
      public byte[] publicKey() {
        return key.generatePublicKey().getEncoded();
      }

      @Override
      public byte[] sign(byte[] message) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, key);
        signer.update(message, 0, message.length);
        return signer.generateSignature();
      }
    };
  }
}
