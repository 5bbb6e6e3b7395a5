package org.trefoil.api.owners;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
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
 * @param history where the owner keeps what earlier runs were over, made absolute against the file
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
    TablePolicy policy,
    Optional<String> history) {
  /** The format of a table without a source, whose rows are contributed. */
  public static final String CONTRIBUTED = "contributed";

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

  /** As {@link #descriptor(List, Map, long)}, with the declared columns of unsupported types. */
  public TableDescriptor descriptor(List<Field> fields, long rows) {
    return descriptor(fields, unsupported, rows);
  }

  /**
   * The descriptor of the table with columns {@code fields} (the declared ones, or what Spark
   * inferred). Names in keys and policy are matched without regard to case and written as the
   * columns have them. DOUBLE and FLOAT columns get the scale that the policy declares; those
   * without one are left out, as nothing exact can be computed of them, and so are keys with
   * columns that are left out.
   *
   * @param others type by name of the source's columns of unsupported types, which keys and policy
   *     may name
   * @throws TrefoilException INVALID_OWNERS_FILE if keys, entity or policy name a column that the
   *     table does not have
   */
  public TableDescriptor descriptor(List<Field> fields, Map<String, String> others, long rows) {
    Map<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    fields.forEach(f -> names.put(f.name(), f.name()));
    others.keySet().forEach(n -> names.put(n, n));

    Map<String, ColumnPolicy> columns = new LinkedHashMap<>();
    policy.columns().forEach((n, p) -> columns.put(resolve(names, n, "policy"), p));
    List<Field> shared = new ArrayList<>();
    Map<String, String> left = new LinkedHashMap<>(others);
    for (Field field : fields) {
      ColumnPolicy column = columns.getOrDefault(field.name(), policy.other());
      if (field.type().isFixedPoint()) {
        if (column.scale().isPresent()) {
          DataType type = new DataType(field.type().kind(), 0, column.scale().getAsInt());
          shared.add(new Field(field.name(), type, field.nullable()));
        } else {
          left.put(field.name(), field.type().kind().name());
        }
        continue;
      }
      if (column.scale().isPresent()) {
        throw invalid(
            "the policy declares a scale for column "
                + field.name()
                + ", which is "
                + field.type().sql()
                + "; only DOUBLE and FLOAT have one");
      }
      shared.add(field);
    }
    List<String> sharedNames = shared.stream().map(Field::name).toList();
    List<List<String>> resolvedKeys =
        keys.stream()
            .map(key -> key.stream().map(n -> resolve(names, n, "keys")).toList())
            .filter(sharedNames::containsAll)
            .toList();
    List<String> entity = policy.entity().stream().map(n -> resolve(names, n, "entity")).toList();
    return new TableDescriptor(
            owner,
            table,
            shared,
            resolvedKeys,
            rows,
            policy.change().entity(entity).columns(columns).build())
        .withOthers(shortened(left));
  }

  /** Of a type that takes long to write, such as a STRUCT of many fields, only the first word. */
  private static Map<String, String> shortened(Map<String, String> types) {
    Map<String, String> all = new TreeMap<>();
    types.forEach(
        (name, type) ->
            all.put(
                name,
                type.length() <= TableDescriptor.MOST_TYPE_CHARACTERS
                    ? type
                    : type.split("[\\s(<]", 2)[0]));
    return all;
  }

  private String resolve(Map<String, String> names, String name, String where) {
    String found = names.get(name);
    if (found == null) {
      throw invalid(
          where
              + " names column "
              + name
              + ", which it does not have"
              + Nearest.to(name, names.keySet())
                  .map(n -> ". Did you mean \"" + n + "\"?")
                  .orElse(""));
    }
    return found;
  }

  private TrefoilException invalid(String reason) {
    return new TrefoilException(
        Condition.INVALID_OWNERS_FILE, "Cannot describe table " + name() + ": " + reason);
  }
}
