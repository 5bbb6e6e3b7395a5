package org.trefoil.api.descriptor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.type.Field;

/**
 * What everybody may know of an owner's table.
 *
 * @param keys column sets that the owner declares unique; checked by the owner while it shares
 * @param rows the table's size when it was registered: an estimate; the size that counts is
 *     announced by the owner when a query runs
 * @param others Spark's types, by name, of the columns that no query can use: nothing depends on
 *     them but the message that says why
 * @param kept present if nobody holds it in the clear: it is a result that is kept secret-shared
 */
public record TableDescriptor(
    String owner,
    String table,
    List<Field> fields,
    List<List<String>> keys,
    long rows,
    TablePolicy policy,
    Map<String, String> others,
    Optional<KeptShared> kept) {
  /** The most characters of a type in {@code others}. */
  public static final int MOST_TYPE_CHARACTERS = 200;

  public TableDescriptor {
    fields = List.copyOf(fields);
    keys = keys.stream().map(List::copyOf).toList();
    others = Map.copyOf(others);
  }

  /** A table that its owner holds in the clear, and of which every column can be used. */
  public TableDescriptor(
      String owner,
      String table,
      List<Field> fields,
      List<List<String>> keys,
      long rows,
      TablePolicy policy) {
    this(owner, table, fields, keys, rows, policy, Map.of(), Optional.empty());
  }

  /** The same table with such columns beside. */
  public TableDescriptor withOthers(Map<String, String> columns) {
    return new TableDescriptor(owner, table, fields, keys, rows, policy, columns, kept);
  }

  /** Whose approval its use needs, in ascending order. */
  public List<String> approvers() {
    return kept.map(KeptShared::owners).orElseGet(() -> List.of(owner));
  }

  /** Whether the owner declares that there is one row at most, by a key without columns. */
  public boolean isOneRow() {
    return keys.contains(List.of());
  }

  /** Whether contributors share its rows, and not its owner. */
  public boolean isContributed() {
    return policy.contributors().isPresent();
  }

  /** The table's name as messages print it: {@code owner.table}. */
  public String name() {
    return owner + "." + table;
  }
}
