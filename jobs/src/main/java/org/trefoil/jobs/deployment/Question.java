package org.trefoil.jobs.deployment;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a deployment asks: the SQL of a file, and who gets the answer.
 *
 * @param name of the result
 * @param query the file, without {@code .sql}
 * @param values of parameters, in the place of those of the run
 * @param recipients as people write them: {@code analyst}, names of owners, {@code owners}, {@code
 *     none:NAME}
 * @param ownKeys whether it is a result for keys of the recipient's own
 */
public record Question(
    String name, String query, Map<String, String> values, String recipients, boolean ownKeys) {
  private static final String ANALYST = "analyst";
  private static final String NONE = "none:";

  public Question {
    values = Map.copyOf(values);
  }

  /** As the file stands, for the analyst. */
  public static Question of(String query) {
    return new Question(query, query, Map.of(), ANALYST, false);
  }

  /** The same under another name, with a value of its own for a parameter. */
  Question with(String result, String parameter, String value) {
    Map<String, String> all = new TreeMap<>(values);
    all.put(parameter, value);
    return new Question(result, query, all, recipients, ownKeys);
  }

  /** The same for others. */
  Question to(String others) {
    return new Question(name, query, values, others, ownKeys);
  }

  /** The same for keys of {@code owner}, who alone gets the answer. */
  Question forOwnKeys(String owner) {
    return new Question(name, query, values, owner, true);
  }

  /** Whether the analyst gets the answer, and nobody else. */
  boolean isForAnalyst() {
    return recipients.equals(ANALYST) && !ownKeys;
  }

  /** Whether nobody gets the answer, which stays secret-shared for later questions. */
  public boolean isKept() {
    return kept().isPresent();
  }

  /** Whether owners get the answer, or other analysts. */
  public boolean isForOthers() {
    return !isKept() && !isForAnalyst();
  }

  /** The name under which the answer is kept secret-shared, if nobody gets it. */
  Optional<String> kept() {
    return recipients.startsWith(NONE)
        ? Optional.of(recipients.substring(NONE.length()))
        : Optional.empty();
  }

  /** What the read options {@code recipients} and {@code reveal} say. */
  Map<String, String> options() {
    return Map.of("recipients", recipients, "reveal", ownKeys ? "own-keys" : "aggregates");
  }
}
