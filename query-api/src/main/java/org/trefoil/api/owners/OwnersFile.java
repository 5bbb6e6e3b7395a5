package org.trefoil.api.owners;

import java.nio.file.Path;
import java.util.List;

/** The tables, sources and policies of an {@code OWNERS.yaml}. */
public record OwnersFile(Path file, List<OwnedTable> tables) {
  public OwnersFile {
    tables = List.copyOf(tables);
  }

  /**
   * Reads {@code file}.
   *
   * @throws org.trefoil.api.error.TrefoilException INVALID_OWNERS_FILE naming the file, the place
   *     and what to write instead
   */
  public static OwnersFile read(Path file) {
    throw new UnsupportedOperationException("not yet");
  }

  /** The owners' names, in the order of the file. */
  public List<String> owners() {
    return tables.stream().map(OwnedTable::owner).distinct().toList();
  }

  /** The tables of {@code owner}. */
  public List<OwnedTable> tables(String owner) {
    return tables.stream().filter(t -> t.owner().equals(owner)).toList();
  }
}
