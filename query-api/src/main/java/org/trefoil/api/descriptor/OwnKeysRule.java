package org.trefoil.api.descriptor;

import java.util.List;
import java.util.OptionalInt;

/**
 * That an owner lets single rows of a table be looked up: a query that its recipient asks for keys
 * of its own may return what belongs to each key, however few rows that are.
 *
 * @param to the owners that may get such results
 * @param maxKeys how many keys one run may ask for at most
 * @param runsPerDay how many runs one of them may have revealed within 24 hours; absent: as many as
 *     proposals allow
 */
public record OwnKeysRule(List<String> to, long maxKeys, OptionalInt runsPerDay) {
  public OwnKeysRule {
    to = List.copyOf(to);
  }
}
