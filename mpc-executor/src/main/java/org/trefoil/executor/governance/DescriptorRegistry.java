package org.trefoil.executor.governance;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.type.Field;

/** The tables that owners have registered at this executor. Thread-safe. */
public final class DescriptorRegistry {
  private static final int MAX_COLUMNS = 10_000;

  private final Map<String, List<TableDescriptor>> byOwner = new TreeMap<>();

  /**
   * Replaces an owner's tables; all or, if one of them is not sound, none.
   *
   * @throws TrefoilException INVALID_OWNERS_FILE naming table and fault
   */
  public void register(String owner, List<TableDescriptor> tables) {
    Set<String> names = new HashSet<>();
    for (TableDescriptor table : tables) {
      if (!table.owner().equals(owner)) {
        throw invalid(table, "it belongs to another owner than " + owner);
      }
      if (!names.add(table.table().toLowerCase(Locale.ROOT))) {
        throw invalid(table, "there are two tables of this name");
      }
      check(table);
    }
    synchronized (this) {
      // Plans name owners without regard to case: nobody may answer to another owner's name.
      for (String other : byOwner.keySet()) {
        if (other.equalsIgnoreCase(owner) && !other.equals(owner)) {
          throw new TrefoilException(
              Condition.INVALID_OWNERS_FILE,
              "Cannot register tables of owner "
                  + owner
                  + ": owner "
                  + other
                  + " has the same name, apart from case. Rename one.");
        }
      }
      byOwner.put(owner, List.copyOf(tables));
    }
  }

  /** All tables, by owner in alphabetical order. */
  public synchronized List<TableDescriptor> all() {
    return byOwner.values().stream().flatMap(List::stream).toList();
  }

  /** The owners that have registered, in alphabetical order. */
  public synchronized List<String> owners() {
    return List.copyOf(byOwner.keySet());
  }

  public synchronized boolean knows(String owner) {
    return byOwner.containsKey(owner);
  }

  /** The tables as they are now: a run keeps what it began with. */
  public Catalog snapshot() {
    return Catalog.of(all());
  }

  private static void check(TableDescriptor table) {
    if (table.kept().isPresent() || table.owner().equalsIgnoreCase(KeptShared.OWNER)) {
      throw invalid(table, "owner " + KeptShared.OWNER + " stands for results that are kept");
    }
    if (table.owner().isBlank() || table.table().isBlank()) {
      throw invalid(table, "owner and table need names");
    }
    if (table.fields().isEmpty() || table.fields().size() > MAX_COLUMNS) {
      throw invalid(table, "it has " + table.fields().size() + " columns");
    }
    Set<String> columns = new HashSet<>();
    for (Field field : table.fields()) {
      if (field.type() == null || !columns.add(field.name().toLowerCase(Locale.ROOT))) {
        throw invalid(table, "column " + field.name() + " has no type or occurs twice");
      }
    }
    for (String other : table.others().keySet()) {
      if (columns.contains(other.toLowerCase(Locale.ROOT))) {
        throw invalid(table, "column " + other + " can both be used and not");
      }
      if (table.others().get(other).length() > TableDescriptor.MOST_TYPE_CHARACTERS) {
        throw invalid(table, "the type of column " + other + " is too long");
      }
    }
    if (table.others().size() > MAX_COLUMNS) {
      throw invalid(table, "it has " + table.others().size() + " columns that cannot be used");
    }
    // Entity and policy may also name columns of types that are not shared.
    for (List<String> key : table.keys()) {
      if (!key.stream().allMatch(c -> columns.contains(c.toLowerCase(Locale.ROOT)))) {
        throw invalid(table, "its key " + key + " names a column that it does not have");
      }
    }
    TablePolicy policy = table.policy();
    if (policy == null) {
      throw invalid(table, "it has no policy. Add one with min-group-size");
    }
    if (policy.minGroupSize() < 1) {
      throw invalid(table, "min-group-size is " + policy.minGroupSize() + ". Use 1 or more");
    }
    if (policy.minOwners() < 1) {
      throw invalid(table, "min-owners is " + policy.minOwners() + ". Use 1 or more");
    }
    if (policy.dominance() < 0
        || policy.dominance() > 100
        || (policy.dominance() > 0 && policy.minGroupSize() == 1)) {
      throw invalid(
          table,
          "dominance is "
              + policy.dominance()
              + ". Use 1 to 100 with a min-group-size above 1, or leave it out");
    }
    if (policy.ownerDominance() < 0
        || policy.ownerDominance() > 100
        || (policy.ownerDominance() > 0 && policy.minOwners() < 3)) {
      throw invalid(
          table,
          "owner-dominance is "
              + policy.ownerDominance()
              + ". Use 1 to 100 with min-owners of 3 or more, or leave it out");
    }
    if (policy.rounding() < 1 || (policy.rounding() > 1 && policy.minGroupSize() == 1)) {
      throw invalid(
          table,
          "rounding is "
              + policy.rounding()
              + ". Use 2 or more with a min-group-size above 1, or leave it out");
    }
    policy
        .privacyFault()
        .ifPresent(
            fault -> {
              throw invalid(table, "privacy does not go with the rest: " + fault);
            });
    if (policy.ownKeys().filter(own -> own.maxKeys() < 1).isPresent()) {
      throw invalid(table, "own-keys allows no key. Use max-keys of 1 or more");
    }
    if (table.rows() < 0) {
      throw invalid(table, "it has " + table.rows() + " rows");
    }
    for (Map.Entry<String, ColumnPolicy> column : policy.columns().entrySet()) {
      column
          .getValue()
          .range()
          .filter(range -> range.least().compareTo(range.greatest()) > 0)
          .ifPresent(
              range -> {
                throw invalid(table, "the range of column " + column.getKey() + " is empty");
              });
    }
  }

  private static TrefoilException invalid(TableDescriptor table, String fault) {
    return new TrefoilException(
        Condition.INVALID_OWNERS_FILE,
        "Cannot register table " + table.name() + ": " + fault + ".");
  }
}
