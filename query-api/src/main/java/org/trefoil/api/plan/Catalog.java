package org.trefoil.api.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Finds the descriptors of the tables that a plan names. */
public interface Catalog {
  /**
   * The descriptor of an owner's table; names are compared without regard to case, as Spark does.
   *
   * @throws TrefoilException TABLE_NOT_FOUND
   */
  TableDescriptor table(String owner, String table);

  /** A catalog of exactly {@code tables}. */
  static Catalog of(Collection<TableDescriptor> tables) {
    Map<String, TableDescriptor> byName = new HashMap<>();
    for (TableDescriptor t : tables) {
      byName.put(t.name().toLowerCase(Locale.ROOT), t);
    }
    return (owner, table) -> {
      TableDescriptor found = byName.get((owner + "." + table).toLowerCase(Locale.ROOT));
      if (found == null) {
        throw new TrefoilException(
            Condition.TABLE_NOT_FOUND,
            "Cannot find table "
                + owner
                + "."
                + table
                + ": no owner has registered it. Check the name, and that the owner's agent is"
                + " running.");
      }
      return found;
    };
  }
}
