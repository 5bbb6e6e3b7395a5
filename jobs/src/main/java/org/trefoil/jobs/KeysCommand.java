package org.trefoil.jobs;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;
import org.trefoil.api.approval.Statement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a person's signing keys. */
@Command(
    name = "keys",
    description =
        "Makes a pair of signing keys (Ed25519 and ML-DSA-65), and prints the line for the roster.",
    mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--role",
      required = true,
      description = "owner:NAME, analyst:NAME or party-0 to party-2")
  private String role;

  @Option(names = "--person", required = true, description = "Who holds the key.")
  private String person;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The secret key.")
  private Path out;

  @Override
  public Integer call() {
    if (!Statement.ROLE.matcher(role).matches() || !Statement.NAME.matcher(person).matches()) {
      throw new ParameterException(
          spec.commandLine(), "Cannot make keys: \"" + role + "\" is no role such as owner:north");
    }
    SigningKey key = SigningKey.random();
    key.write(out);
    System.err.println(
        "trefoil: " + out + " is secret; the line below is for the roster of everybody else");
    System.out.println(Roster.line(new Roster.Signer(role, person, key.verificationKey())));
    return 0;
  }
}
