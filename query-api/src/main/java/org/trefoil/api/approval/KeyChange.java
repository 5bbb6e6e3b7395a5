package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A person takes a new key in the place of an old one, or says that keys of the same role count no
 * longer. Signed with a key of the role that counts, and a new key signs too: nobody takes a key
 * that somebody else holds.
 *
 * @param proof the change without this field, signed with the new key; see {@link #provenBy}
 * @param key the new key of whoever signs; absent: keys are revoked only
 * @param revoked ids of keys of the role that count no longer; with a new key, the signer's own
 */
public record KeyChange(
    String role,
    Optional<VerificationKey> key,
    List<String> revoked,
    String reason,
    String cluster,
    Instant signed,
    Optional<String> proof)
    implements Statement {
  public static final String KIND = "keys";

  /** What a new key signs. */
  private static final String POSSESSION = "possession";

  private static final Pattern PROOF = Pattern.compile("[A-Za-z0-9_-]{1,20000}");

  /** {@link VerificationKey#id}. */
  static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{43}");

  public KeyChange {
    revoked = List.copyOf(revoked);
  }

  /** A change that no new key has signed. */
  public KeyChange(
      String role,
      Optional<VerificationKey> key,
      List<String> revoked,
      String reason,
      String cluster,
      Instant signed) {
    this(role, key, revoked, reason, cluster, signed, Optional.empty());
  }

  /** The same, signed with its new key. */
  public KeyChange provenBy(SigningKey next) {
    byte[] proof = SignedStatement.sign(next, POSSESSION, unproven().encode()).encode();
    return new KeyChange(
        role, key, revoked, reason, cluster, signed, Optional.of(Fields.base64(proof)));
  }

  private KeyChange unproven() {
    return new KeyChange(role, key, revoked, reason, cluster, signed);
  }

  /**
   * Returns if there is no new key, or it has signed this change.
   *
   * @throws TrefoilException SIGNATURE_MISSING, SIGNATURE_INVALID
   */
  void requireProof() {
    if (key.isEmpty()) {
      return;
    }
    if (proof.isEmpty()) {
      throw new TrefoilException(
          Condition.SIGNATURE_MISSING,
          "Cannot change keys of "
              + role
              + ": the new key has not signed the change. Make the change with bin/trefoil keys"
              + " --rotate.");
    }
    SignedStatement own =
        SignedStatement.parse(POSSESSION, Base64.getUrlDecoder().decode(proof.get()));
    own.verify(key.get());
    if (!Arrays.equals(own.payload(), unproven().encode())) {
      throw new TrefoilException(
          Condition.SIGNATURE_INVALID,
          "Cannot change keys of " + role + ": the new key has signed another change.");
    }
  }

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static KeyChange decode(byte[] bytes) {
    Fields in = CanonicalJson.read("change of keys", bytes);
    KeyChange change =
        new KeyChange(
            in.text("role", ROLE),
            in.has("key") ? Optional.of(VerificationKey.of(in.bytes("key"))) : Optional.empty(),
            in.sorted("revoked", KEY_ID),
            in.prose("reason", 1000),
            in.text("cluster", NAME),
            in.time("signed"),
            in.has("proof") ? Optional.of(in.text("proof", PROOF)) : Optional.empty());
    in.end();
    if (change.revoked.isEmpty()) {
      throw in.invalid("revoked", "it names no key");
    }
    if (change.proof.isPresent() && change.key.isEmpty()) {
      throw in.invalid("proof", "there is no new key");
    }
    return change;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("role", role);
    key.ifPresent(k -> out.put("key", Fields.base64(k.bytes())));
    revoked.forEach(out.putArray("revoked")::add);
    out.put("reason", reason);
    out.put("cluster", cluster);
    out.put("signed", signed.toString());
    proof.ifPresent(p -> out.put("proof", p));
    return CanonicalJson.encode(out);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public String signer() {
    return role;
  }
}
