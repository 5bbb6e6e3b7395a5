package org.trefoil.api.approval;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Whose signature counts for whom: a file that every executor, owner and analyst keeps for itself
 * and that nobody else can change. It also names the cluster.
 *
 * <pre>
 * cluster: cardio-2026
 * signers:
 *   - {role: "owner:north", person: alice, key: "..."}     # the line that bin/trefoil keys prints
 * quorum: {"owner:north": 2}                               # absent: 1
 * revoked: ["..."]                                         # key ids
 * </pre>
 */
public final class Roster {
  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern CLUSTER = Pattern.compile("[\\w.:+-]{1,100}");

  private final String cluster;
  private final List<Signer> signers;
  private final Map<String, Integer> quorum;
  private final Set<String> revoked;

  /** A key of a person in a role. One person may have several keys and several roles. */
  public record Signer(String role, String person, VerificationKey key) {}

  /** A roster of these signers; a quorum that is not named is 1. */
  public Roster(
      String cluster, List<Signer> signers, Map<String, Integer> quorum, Set<String> revoked) {
    this.cluster = cluster;
    this.signers = List.copyOf(signers);
    this.quorum = Map.copyOf(quorum);
    this.revoked = Set.copyOf(revoked);
  }

  /** Reads a roster; INVALID_CONFIGURATION names the file and the field. */
  public static Roster read(Path file) {
    JsonNode tree;
    try {
      tree = YAML.readTree(file.toFile());
    } catch (JacksonException e) {
      throw unreadable(file, "it is not YAML: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw unreadable(file, "(" + e.getClass().getSimpleName() + ")", e);
    }
    if (!(tree instanceof ObjectNode node)) {
      throw unreadable(file, "it has no keys and values", null);
    }
    Fields in = new Fields(Condition.INVALID_CONFIGURATION, "roster " + file, node);
    String cluster = in.text("cluster", CLUSTER);
    List<Signer> signers = new ArrayList<>();
    for (Fields signer : in.objects("signers")) {
      signers.add(
          new Signer(
              signer.text("role", Statement.ROLE),
              signer.text("person", Statement.NAME),
              VerificationKey.of(signer.bytes("key"))));
      signer.end();
    }
    Map<String, Integer> quorum = new HashMap<>();
    if (node.has("quorum")) {
      JsonNode map = node.get("quorum");
      map.fieldNames()
          .forEachRemaining(
              role -> {
                if (!map.get(role).canConvertToInt() || map.get(role).asInt() < 1) {
                  throw in.invalid("quorum", "it holds no whole number of people for " + role);
                }
                quorum.put(role, map.get(role).asInt());
              });
      in.has("quorum");
    }
    Set<String> revoked =
        node.has("revoked") ? new HashSet<>(in.texts("revoked", KeyChange.KEY_ID)) : Set.of();
    node.remove("quorum");
    in.end();
    return new Roster(cluster, signers, quorum, revoked);
  }

  private static TrefoilException unreadable(Path file, String reason, Exception cause) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot read roster " + file + ": " + reason + ". See docs/governance.md.",
        cause);
  }

  /** The file's text, which {@link #read} reads. */
  public String yaml() {
    StringBuilder out = new StringBuilder("cluster: ").append(cluster).append("\nsigners:\n");
    signers.forEach(signer -> out.append(line(signer)).append('\n'));
    if (!quorum.isEmpty()) {
      out.append("quorum:\n");
      new TreeMap<>(quorum)
          .forEach(
              (role, people) ->
                  out.append("  ").append(quoted(role)).append(": ").append(people).append('\n'));
    }
    if (!revoked.isEmpty()) {
      out.append("revoked:\n");
      revoked.stream().sorted().forEach(id -> out.append("  - ").append(quoted(id)).append('\n'));
    }
    return out.toString();
  }

  /** A signer as it stands in the file. */
  public static String line(Signer signer) {
    return "  - {role: "
        + quoted(signer.role())
        + ", person: "
        + quoted(signer.person())
        + ", key: "
        + quoted(Fields.base64(signer.key().bytes()))
        + "}";
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  public String cluster() {
    return cluster;
  }

  /** All signers, revoked ones included. */
  public List<Signer> signers() {
    return signers;
  }

  /** How many people of a role it takes to agree. */
  public int quorum(String role) {
    return quorum.getOrDefault(role, 1);
  }

  /**
   * Who signed; the signatures are verified.
   *
   * @throws TrefoilException SIGNER_UNKNOWN, SIGNER_REVOKED, SIGNATURE_INVALID
   */
  public Signer verified(SignedStatement statement, String role) {
    Signer signer =
        signers.stream()
            .filter(s -> s.role().equals(role) && s.key().id().equals(statement.keyId()))
            .findFirst()
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.SIGNER_UNKNOWN,
                        "Cannot accept the signed "
                            + statement.kind()
                            + ": the roster has no such key of "
                            + role
                            + ". Sign with a key that it has."));
    if (revoked.contains(statement.keyId())) {
      throw new TrefoilException(
          Condition.SIGNER_REVOKED,
          "Cannot accept the signed "
              + statement.kind()
              + " of "
              + role
              + ": its key is revoked. Sign with another key.");
    }
    statement.verify(signer.key());
    return signer;
  }

  /**
   * This roster after a change of keys.
   *
   * @param signed a signed {@link KeyChange}
   * @throws TrefoilException unless it is signed by a key of the role that counts, is for this
   *     cluster, revokes keys of the role only, and brings a new key for the signer's own one only,
   *     which has signed it too
   */
  public Roster changed(byte[] signed) {
    KeyChange.decode(SignedStatement.parse(KeyChange.KIND, signed).payload()).requireProof();
    return applied(signed);
  }

  private Roster applied(byte[] signed) {
    SignedStatement statement = SignedStatement.parse(KeyChange.KIND, signed);
    KeyChange change = KeyChange.decode(statement.payload());
    Signer signer = verified(statement, change.role());
    if (!change.cluster().equals(cluster)) {
      throw new TrefoilException(
          Condition.OTHER_CLUSTER,
          "Cannot change keys of " + change.role() + ": the change is for another cluster.");
    }
    for (String id : change.revoked()) {
      Signer owner =
          signers.stream()
              .filter(s -> s.role().equals(change.role()) && s.key().id().equals(id))
              .findFirst()
              .orElseThrow(() -> otherKeys(change, "it revokes a key of another role"));
      if (change.key().isPresent() && !owner.person().equals(signer.person())) {
        throw otherKeys(change, "it replaces somebody else's key");
      }
    }
    List<Signer> after = new ArrayList<>(signers);
    change
        .key()
        .filter(key -> change.proof().isPresent())
        .ifPresent(
            key -> {
              if (signers.stream().anyMatch(s -> s.key().equals(key))) {
                throw otherKeys(change, "its new key is known already");
              }
              after.add(new Signer(change.role(), signer.person(), key));
            });
    Set<String> gone = new HashSet<>(revoked);
    gone.addAll(change.revoked());
    return new Roster(cluster, after, quorum, gone);
  }

  private static TrefoilException otherKeys(KeyChange change, String reason) {
    return new TrefoilException(
        Condition.OTHER_KEYS,
        "Cannot change keys of " + change.role() + ": " + reason + ". Change the roster's file.");
  }

  /**
   * As {@link #changed}. A change from a version whose new keys did not sign revokes, so that no
   * key counts again, and brings none: that is for the roster's file.
   */
  private Roster stored(byte[] signed) {
    KeyChange change = KeyChange.decode(SignedStatement.parse(KeyChange.KIND, signed).payload());
    return change.proof().isEmpty() ? applied(signed) : changed(signed);
  }

  /**
   * This roster after all of these changes that count, whatever the order in which they come; what
   * this roster does not accept, for its file knows better, is passed over.
   */
  public Roster changed(Collection<byte[]> signed) {
    Roster now = this;
    List<byte[]> left = new ArrayList<>(signed);
    for (boolean again = true; again; ) {
      again = false;
      for (byte[] change : List.copyOf(left)) {
        try {
          now = now.stored(change);
          left.remove(change);
          again = true;
        } catch (TrefoilException e) {
          // A later change may make it count; if none does, it counts not.
        }
      }
    }
    return now;
  }

  /** The ids of the keys that count no longer. */
  public Set<String> revoked() {
    return revoked;
  }

  /** The people behind a role's keys that are not revoked. */
  public Set<String> people(String role) {
    return signers.stream()
        .filter(s -> s.role().equals(role) && !revoked.contains(s.key().id()))
        .map(Signer::person)
        .collect(Collectors.toSet());
  }

  /**
   * The ids of the keys that are not revoked, by role, for a {@link Binding}.
   *
   * @throws TrefoilException SIGNER_UNKNOWN for a role without any
   */
  public SortedMap<String, String> keys(Collection<String> roles) {
    SortedMap<String, String> keys = new TreeMap<>();
    for (String role : roles) {
      String ids =
          signers.stream()
              .filter(s -> s.role().equals(role))
              .map(s -> s.key().id())
              .filter(id -> !revoked.contains(id))
              .sorted()
              .distinct()
              .collect(Collectors.joining(","));
      if (ids.isEmpty()) {
        throw new TrefoilException(
            Condition.SIGNER_UNKNOWN,
            "Cannot find a key of " + role + ": the roster has none that counts. Add it.");
      }
      keys.put(role, ids);
    }
    return keys;
  }
}
