package org.trefoil.api.owners;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.type.Field;

/**
 * One table of an {@link OwnersFile}.
 *
 * @param format what {@code spark.read.format} takes
 * @param path what {@code load} takes, made absolute against the file; absent for JDBC and the like
 * @param options what {@code spark.read.options} takes
 * @param schema the declared DDL text; absent: Spark infers the schema
 * @param declared the columns of {@code schema} that the profile supports; absent where it is
 * @param unsupported type by name of the declared columns of other types: they are read from the
 *     source, and only queries that use them fail
 */
public record OwnedTable(
    String owner,
    String table,
    String format,
    Optional<String> path,
    Map<String, String> options,
    Optional<String> schema,
    Optional<List<Field>> declared,
    Map<String, String> unsupported,
    List<List<String>> keys,
    TablePolicy policy) {
  public OwnedTable {
    options = Map.copyOf(options);
    declared = declared.map(List::copyOf);
    unsupported = Map.copyOf(unsupported);
    keys = keys.stream().map(List::copyOf).toList();
  }

  /** {@code owner.table}. */
  public String name() {
    return owner + "." + table;
  }

  /**
   * The descriptor of the table with columns {@code fields} (the declared ones, or what Spark
   * inferred). DOUBLE columns get the scale that the policy declares; those without one are left
   * out, as nothing exact can be computed of them.
   *
   * @throws org.trefoil.api.error.TrefoilException INVALID_OWNERS_FILE if keys, entity or policy
   *     name a column that the table does not have
   */
  public TableDescriptor descriptor(List<Field> fields, long rows) {
    throw new UnsupportedOperationException("not yet");
  }
}
