package org.trefoil.spark.share;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;

/** The tables that this Spark holds for their owners, described once. */
public final class OwnerTables {
  private final List<OwnedTable> tables;
  private final Map<String, TableDescriptor> described = new LinkedHashMap<>();

  private OwnerTables(List<OwnedTable> tables) {
    this.tables = List.copyOf(tables);
  }

  public static OwnerTables of(OwnersFile file) {
    return new OwnerTables(file.tables());
  }

  /** The tables of one owner of the file. */
  public static OwnerTables of(OwnersFile file, String owner) {
    return new OwnerTables(file.tables(owner));
  }

  /** Those of {@code owners}, for whom this Spark speaks; all, if it speaks for nobody. */
  OwnerTables of(Set<String> owners) {
    return owners.isEmpty()
        ? this
        : new OwnerTables(tables.stream().filter(t -> owners.contains(t.owner())).toList());
  }

  public static OwnerTables none() {
    return new OwnerTables(List.of());
  }

  /** The owners, in the order of the file. */
  public List<String> owners() {
    return tables.stream().map(OwnedTable::owner).distinct().toList();
  }

  /** Whether this Spark holds the table. */
  boolean holds(String owner, String table) {
    return tables.stream().anyMatch(t -> key(t.owner(), t.table()).equals(key(owner, table)));
  }

  /**
   * The descriptors of an owner's tables; reads schemas that are not declared, and sizes, when it
   * is first asked.
   *
   * @throws org.trefoil.api.error.TrefoilException SOURCE_FAILED naming the table
   */
  public synchronized List<TableDescriptor> descriptors(SparkSession session, String owner) {
    return tables.stream()
        .filter(t -> t.owner().equals(owner))
        .map(
            t ->
                described.computeIfAbsent(
                    key(t.owner(), t.table()), k -> new TableSource(t).describe(session)))
        .toList();
  }

  /**
   * The rows of one of these tables in the clear, for its owner's own eyes, with the columns that a
   * query would find.
   *
   * @throws org.trefoil.api.error.TrefoilException SOURCE_FAILED naming the table
   */
  public Dataset<Row> rows(SparkSession session, String owner, String table) {
    TableDescriptor descriptor =
        descriptors(session, owner).stream()
            .filter(d -> d.table().equals(table))
            .findFirst()
            .orElseThrow();
    return source(owner, table).open(session, descriptor.fields());
  }

  TableSource source(String owner, String table) {
    return tables.stream()
        .filter(t -> key(t.owner(), t.table()).equals(key(owner, table)))
        .findFirst()
        .map(TableSource::new)
        .orElseThrow();
  }

  private static String key(String owner, String table) {
    return (owner + "." + table).toLowerCase(Locale.ROOT);
  }
}
