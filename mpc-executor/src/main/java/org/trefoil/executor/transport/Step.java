package org.trefoil.executor.transport;

import java.util.HashSet;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A place in a run, such as {@code q/join1/sort/level3/lt}: names messages on the wire and streams
 * of randomness, the same at all three parties. The children of a step are unique within a run, so
 * that no stream is ever used twice. Used by one thread.
 */
public final class Step {
  private final String path;
  private Set<String> children;

  private Step(String path) {
    this.path = path;
  }

  public static Step root(String name) {
    return new Step(name);
  }

  /** A new step below this one; RANDOMNESS_REUSED if it has a child of that name. */
  public Step child(String name) {
    if (children == null) {
      children = new HashSet<>(8);
    }
    if (!children.add(name)) {
      throw new TrefoilException(
          Condition.RANDOMNESS_REUSED,
          "Cannot begin step " + path + "/" + name + ": it was begun before. Report this error.");
    }
    return new Step(path + "/" + name);
  }

  public String path() {
    return path;
  }

  @Override
  public String toString() {
    return path;
  }
}
