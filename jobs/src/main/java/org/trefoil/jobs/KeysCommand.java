package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.KeyChange;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes, replaces, revokes and lists signing keys. */
@Command(
    name = "keys",
    description = {
      "Makes a pair of signing keys (Ed25519, or P-384 in a key store, and ML-DSA-65), and prints"
          + " the line for the roster: --role, --person, --out.",
      "With --properties: replaces your own key at all three executors (--rotate --out), revokes"
          + " keys of your role (--revoke), or lists who signs (--list)."
    },
    mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--role", description = "owner:NAME, analyst:NAME or party-0 to party-2")
  private String role;

  @Option(names = "--person", description = "Who holds the key.")
  private String person;

  @Option(names = "--out", paramLabel = "FILE", description = "The new secret key.")
  private Path out;

  @Option(
      names = "--key-store",
      paramLabel = "TYPE:FILE",
      description =
          "Sign with a P-384 key of PKCS11:<provider configuration> or PKCS12:<file>; its PIN is in"
              + " TREFOIL_PIN, or asked for.")
  private String keyStore;

  @Option(names = "--alias", description = "The key's name in the key store.")
  private String alias;

  @Option(names = "--properties", paramLabel = "FILE")
  private Path properties;

  @Option(names = "--rotate", description = "Put a new key in the place of the one in use.")
  private boolean rotate;

  @Option(names = "--revoke", paramLabel = "KEY", description = "This key counts no longer.")
  private List<String> revoke = List.of();

  @Option(names = "--reason", defaultValue = "none given", description = "For the audit.")
  private String reason;

  @Option(names = "--list", description = "Print who signs, with the ids of the keys.")
  private boolean list;

  @Option(names = "--roster", paramLabel = "FILE", description = "Write the present roster here.")
  private Path rosterFile;

  @Override
  public Integer call() throws IOException {
    if (properties == null) {
      make();
      return 0;
    }
    if (!rotate && revoke.isEmpty() && !list && rosterFile == null) {
      throw usage("--properties goes with --rotate, --revoke, --list or --roster");
    }
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      if (rotate || !revoke.isEmpty()) {
        change(cluster);
      }
      Roster roster = cluster.roster();
      if (rosterFile != null) {
        Files.writeString(rosterFile, roster.yaml());
      }
      if (list) {
        for (Roster.Signer signer : roster.signers()) {
          System.out.println(
              signer.key().id()
                  + "  "
                  + signer.role()
                  + "  "
                  + signer.person()
                  + (roster.revoked().contains(signer.key().id()) ? "  revoked" : ""));
        }
      }
      return 0;
    }
  }

  private void make() {
    if (role == null || person == null || out == null) {
      throw usage("--role, --person and --out are needed, or --properties");
    }
    if (!Statement.ROLE.matcher(role).matches() || !Statement.NAME.matcher(person).matches()) {
      throw usage("\"" + role + "\" is no role such as owner:north");
    }
    SigningKey key = fresh();
    key.write(out);
    System.err.println(
        "trefoil: " + out + " is secret; the line below is for the roster of everybody else");
    System.out.println(Roster.line(new Roster.Signer(role, person, key.verificationKey())));
  }

  private SigningKey fresh() {
    if (keyStore == null) {
      return SigningKey.random();
    }
    int colon = keyStore.indexOf(':');
    if (colon < 0 || alias == null) {
      throw usage("--key-store takes PKCS11:FILE or PKCS12:FILE, with --alias");
    }
    return SigningKey.inKeyStore(
        keyStore.substring(0, colon), Path.of(keyStore.substring(colon + 1)), alias);
  }

  private void change(GovernedCluster cluster) {
    if (rotate == (out == null)) {
      throw usage("--rotate needs --out for the new key, and nothing else does");
    }
    String own = cluster.key().verificationKey().id();
    Roster.Signer signer =
        cluster.roster().signers().stream()
            .filter(s -> s.key().id().equals(own))
            .findFirst()
            .orElseThrow(
                () ->
                    new TrefoilException(
                        Condition.SIGNER_UNKNOWN,
                        "Cannot change keys: the roster does not have the key that signs here. Set"
                            + " signing-key to one that --list shows."));
    TreeSet<String> ends = new TreeSet<>(revoke);
    Optional<SigningKey> next = rotate ? Optional.of(fresh()) : Optional.empty();
    if (rotate) {
      ends.add(own);
    }
    KeyChange change =
        new KeyChange(
            signer.role(),
            next.map(SigningKey::verificationKey),
            List.copyOf(ends),
            reason,
            cluster.roster().cluster(),
            GovernedCluster.now());
    byte[] signed = cluster.signed(next.map(change::provenBy).orElse(change));
    // On disk before anybody counts on it.
    next.ifPresent(key -> key.write(out));
    cluster.onAll(g -> g.changeKeys(signed));
    next.ifPresent(
        key -> {
          System.err.println(
              "trefoil: set signing-key to "
                  + out
                  + "; what involves "
                  + signer.role()
                  + " needs approval again");
          System.out.println(
              Roster.line(
                  new Roster.Signer(signer.role(), signer.person(), key.verificationKey())));
        });
  }

  private ParameterException usage(String reason) {
    return new ParameterException(spec.commandLine(), "Cannot use keys: " + reason);
  }
}
