package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A person takes a new key in the place of an old one, or says that keys of the same role count no
 * longer. Signed with a key of the role that counts.
 *
 * @param key the new key of whoever signs; absent: keys are revoked only
 * @param revoked ids of keys of the role that count no longer; with a new key, the signer's own
 */
public record KeyChange(
    String role,
    Optional<VerificationKey> key,
    List<String> revoked,
    String reason,
    String cluster,
    Instant signed)
    implements Statement {
  public static final String KIND = "keys";

  /** {@link VerificationKey#id}. */
  static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{43}");

  public KeyChange {
    revoked = List.copyOf(revoked);
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
            in.time("signed"));
    in.end();
    if (change.revoked.isEmpty()) {
      throw in.invalid("revoked", "it names no key");
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
