package org.trefoil.api.descriptor;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * That a table is a result which nobody got: it is kept secret-shared at the executors, and later
 * queries may use it as far as the owners of what it was made from approve them.
 *
 * @param proposal the id of the proposal that made it; empty in mode design
 * @param sources by {@code owner.table} that it was made from, directly or through another such
 *     table, the descriptor's digest in hexadecimal: under another one it cannot be used
 */
public record KeptShared(String proposal, SortedMap<String, String> sources) {
  /** Whose name such tables bear in the place of an owner. */
  public static final String OWNER = "shared";

  public KeptShared {
    sources = new TreeMap<>(sources);
  }

  /** The owners of the sources, in ascending order. */
  public List<String> owners() {
    return sources.keySet().stream()
        .map(name -> name.substring(0, name.indexOf('.')))
        .distinct()
        .sorted()
        .toList();
  }
}
