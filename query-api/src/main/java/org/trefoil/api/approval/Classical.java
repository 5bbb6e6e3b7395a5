package org.trefoil.api.approval;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.util.BigIntegers;

/** The classical half of a signature: one of two algorithms, named as in JSON Web Signatures. */
enum Classical {
  /** RFC 8032; RFC 9864. */
  ED25519("Ed25519", 32) {
    @Override
    boolean accepts(byte[] key) {
      return true;
    }

    @Override
    boolean verifies(byte[] key, byte[] message, byte[] signature) {
      Ed25519Signer verifier = new Ed25519Signer();
      verifier.init(false, new Ed25519PublicKeyParameters(key, 0));
      verifier.update(message, 0, message.length);
      return verifier.verifySignature(signature);
    }
  },

  /**
   * ECDSA on P-384 with SHA-384, for tokens that know no Ed25519; RFC 7518, section 3.4. Of the two
   * values of s that verify only the smaller is accepted: a signature has one form.
   */
  ES384("ES384", 97) {
    @Override
    boolean accepts(byte[] key) {
      try {
        return key[0] == 4 && P384.getCurve().decodePoint(key).isValid();
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    @Override
    boolean verifies(byte[] key, byte[] message, byte[] signature) {
      if (signature.length != 2 * SCALAR) {
        return false;
      }
      BigInteger r = new BigInteger(1, Arrays.copyOf(signature, SCALAR));
      BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, SCALAR, 2 * SCALAR));
      if (s.compareTo(P384.getN().shiftRight(1)) > 0) {
        return false;
      }
      ECDSASigner verifier = new ECDSASigner();
      verifier.init(false, new ECPublicKeyParameters(P384.getCurve().decodePoint(key), P384));
      return verifier.verifySignature(sha384(message), r, s);
    }
  };

  /** Bytes of a coordinate, and of each half of a signature. */
  static final int SCALAR = 48;

  private static final ECDomainParameters P384 = p384();

  private final String algorithm;
  private final int keyBytes;

  Classical(String algorithm, int keyBytes) {
    this.algorithm = algorithm;
    this.keyBytes = keyBytes;
  }

  private static ECDomainParameters p384() {
    X9ECParameters curve = CustomNamedCurves.getByName("secp384r1");
    return new ECDomainParameters(curve.getCurve(), curve.getG(), curve.getN(), curve.getH());
  }

  private static byte[] sha384(byte[] message) {
    SHA384Digest digest = new SHA384Digest();
    digest.update(message, 0, message.length);
    byte[] hash = new byte[digest.getDigestSize()];
    digest.doFinal(hash, 0);
    return hash;
  }

  static Optional<Classical> named(String algorithm) {
    return Arrays.stream(values()).filter(c -> c.algorithm.equals(algorithm)).findFirst();
  }

  /** As {@code alg} names it. */
  String algorithm() {
    return algorithm;
  }

  int keyBytes() {
    return keyBytes;
  }

  /** Whether these bytes can be a key of it. */
  abstract boolean accepts(byte[] key);

  abstract boolean verifies(byte[] key, byte[] message, byte[] signature);

  /**
   * The one accepted form of a signature of P-384.
   *
   * @param der as Java's providers write it: not all tokens' write another form
   * @throws IOException if it is no such signature
   */
  static byte[] oneForm(byte[] der) throws IOException {
    BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(P384.getN(), der);
    byte[] form = new byte[2 * SCALAR];
    BigIntegers.asUnsignedByteArray(rs[0], form, 0, SCALAR);
    BigIntegers.asUnsignedByteArray(rs[1].min(P384.getN().subtract(rs[1])), form, SCALAR, SCALAR);
    return form;
  }
}
