package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Bytes with the two signatures of one person, as a JSON Web Signature in general serialisation
 * (RFC 7515, section 7.2.1), in canonical JSON.
 *
 * <p>There are exactly two signatures, in this order: a classical one, Ed25519 (RFC 9864) or ES384
 * (RFC 7518), as the signer's key says, and ML-DSA-65 (FIPS 204). Each protected header names its
 * own algorithm, both algorithms, the pair of keys and the context, {@code trefoil/1/<kind>}, all
 * marked critical: neither signature counts alone, nor for another kind of statement. {@link
 * #verify} holds only if both do, so that a forger has to break both.
 *
 * <p>Not guaranteed: that the key is anybody's; ask a {@link Roster}.
 */
public final class SignedStatement {
  private static final String ML_DSA_65 = "ML-DSA-65";
  private static final String CONTEXT = "trefoil/1/";

  private final String kind;
  private final Classical classical;
  private final String keyId;
  private final byte[] payload;
  private final List<byte[]> signatures;

  private SignedStatement(
      String kind, Classical classical, String keyId, byte[] payload, List<byte[]> signatures) {
    this.kind = kind;
    this.classical = classical;
    this.keyId = keyId;
    this.payload = payload;
    this.signatures = signatures;
  }

  /** Signs with both keys. */
  public static SignedStatement sign(SigningKey key, String kind, byte[] payload) {
    VerificationKey known = key.verificationKey();
    Classical classical = known.classical();
    String keyId = known.id();
    return new SignedStatement(
        kind,
        classical,
        keyId,
        payload.clone(),
        List.of(
            key.signClassical(input(0, kind, classical, keyId, payload)),
            key.signMlDsa(input(1, kind, classical, keyId, payload))));
  }

  /** Signs a statement under its own kind. */
  public static SignedStatement sign(SigningKey key, Statement statement) {
    return sign(key, statement.kind(), statement.encode());
  }

  /**
   * Reads the encoding of a statement of this kind; no signature is verified.
   *
   * @throws TrefoilException SIGNATURE_MISSING unless both are there; OTHER_STATEMENT for another
   *     kind; MALFORMED_STATEMENT for whatever {@link #encode} would not write
   */
  public static SignedStatement parse(String kind, byte[] bytes) {
    String what = "signed " + kind;
    Fields jws = CanonicalJson.read(what, bytes);
    byte[] payload = jws.bytes("payload");
    List<Fields> signatures = jws.objects("signatures");
    jws.end();
    if (signatures.size() != 2) {
      throw new TrefoilException(
          Condition.SIGNATURE_MISSING,
          "Cannot accept the "
              + what
              + ": it has "
              + signatures.size()
              + " signatures, and a classical one and ML-DSA-65 are both required. Sign it again.");
    }
    String keyId = null;
    Classical classical = null;
    byte[][] signed = new byte[2][];
    for (int i = 0; i < signed.length; i++) {
      byte[] header = signatures.get(i).bytes("protected");
      signed[i] = signatures.get(i).bytes("signature");
      signatures.get(i).end();
      if (i == 0) {
        classical = classical(kind, header);
      }
      String id = keyId(kind, i, classical, header);
      if (keyId != null && !keyId.equals(id)) {
        throw CanonicalJson.malformed(what, "its two signatures name different keys", null);
      }
      keyId = id;
    }
    return new SignedStatement(kind, classical, keyId, payload, List.of(signed));
  }

  /** By the first header; whether the key's owner has such a key is for {@link #verify}. */
  private static Classical classical(String kind, byte[] header) {
    Fields fields = CanonicalJson.read("protected header of a signed " + kind, header);
    return Classical.named(fields.text("alg")).orElse(Classical.ED25519);
  }

  private static String keyId(String kind, int which, Classical classical, byte[] header) {
    String what = "protected header of a signed " + kind;
    Fields fields = CanonicalJson.read(what, header);
    String algorithm = fields.text("alg");
    String context = fields.text("ctx");
    String keyId = fields.text("kid");
    if (!context.equals(CONTEXT + kind)) {
      throw new TrefoilException(
          Condition.OTHER_STATEMENT,
          "Cannot accept a statement as "
              + kind
              + ": it was signed as something else. Show the "
              + kind
              + ".");
    }
    String required = algorithms(classical).get(which);
    if (!algorithm.equals(required)) {
      throw new TrefoilException(
          Condition.SIGNATURE_MISSING,
          "Cannot accept the signed "
              + kind
              + ": its signature "
              + (which + 1)
              + " is not "
              + required
              + ", which is required. Sign it again.");
    }
    if (!Arrays.equals(header, header(which, kind, classical, keyId))) {
      throw CanonicalJson.malformed(what, "it says other than it must", null);
    }
    return keyId;
  }

  private static List<String> algorithms(Classical classical) {
    return List.of(classical.algorithm(), ML_DSA_65);
  }

  private static byte[] header(int which, String kind, Classical classical, String keyId) {
    ObjectNode header = CanonicalJson.object();
    header.put("alg", algorithms(classical).get(which));
    algorithms(classical).forEach(header.putArray("algs")::add);
    header.putArray("crit").add("algs").add("ctx");
    header.put("ctx", CONTEXT + kind);
    header.put("kid", keyId);
    return CanonicalJson.encode(header);
  }

  private static byte[] input(
      int which, String kind, Classical classical, String keyId, byte[] payload) {
    return (Fields.base64(header(which, kind, classical, keyId)) + "." + Fields.base64(payload))
        .getBytes(StandardCharsets.US_ASCII);
  }

  public byte[] encode() {
    ObjectNode jws = CanonicalJson.object();
    jws.put("payload", Fields.base64(payload));
    var array = jws.putArray("signatures");
    for (int i = 0; i < signatures.size(); i++) {
      array
          .addObject()
          .put("protected", Fields.base64(header(i, kind, classical, keyId)))
          .put("signature", Fields.base64(signatures.get(i)));
    }
    return CanonicalJson.encode(jws);
  }

  /** Returns if both signatures are of {@code key} over the payload; else SIGNATURE_INVALID. */
  public void verify(VerificationKey key) {
    boolean both =
        key.id().equals(keyId)
            && key.classical() == classical
            && key.verifiesClassical(input(0, kind, classical, keyId, payload), signatures.get(0))
            && key.verifiesMlDsa(input(1, kind, classical, keyId, payload), signatures.get(1));
    if (!both) {
      throw new TrefoilException(
          Condition.SIGNATURE_INVALID,
          "Cannot accept the signed "
              + kind
              + ": its signatures are not by the key that it names, or it was altered. Sign it"
              + " again.");
    }
  }

  public String kind() {
    return kind;
  }

  /** The {@link VerificationKey#id} that it names. */
  public String keyId() {
    return keyId;
  }

  public byte[] payload() {
    return payload.clone();
  }

  @Override
  public String toString() {
    return "SignedStatement[" + kind + " by " + keyId + "]";
  }
}
