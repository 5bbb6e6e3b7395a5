package org.trefoil.spark;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.ProcedureCatalog;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.result.QueryExecution;
import org.trefoil.spark.share.Clusters;

/**
 * The tables of all owners as {@code <catalog>.<owner>.<table>}. Read only: tables are registered
 * by their owners. Not final, so that tests can put another {@link QueryExecution} behind it.
 */
public class TrefoilCatalog implements TableCatalog, SupportsNamespaces, ProcedureCatalog {
  private TrefoilOptions options;
  private QueryExecution execution;

  @Override
  public final void initialize(String name, CaseInsensitiveStringMap catalogOptions) {
    try {
      options = TrefoilOptions.ofCatalog(name, catalogOptions.asCaseSensitiveMap());
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  /** Opens the way to the executors; called once, when the catalog is first used. */
  protected QueryExecution connect(TrefoilOptions catalogOptions) {
    return Clusters.queries(catalogOptions);
  }

  @Override
  public final String name() {
    return options.catalog();
  }

  @Override
  public final String[] defaultNamespace() {
    return new String[0];
  }

  @Override
  public final Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
    if (isSystem(namespace)) {
      return SystemTable.names().stream()
          .map(name -> Identifier.of(namespace, name))
          .toArray(Identifier[]::new);
    }
    String owner = existing(namespace);
    return descriptors().stream()
        .filter(d -> d.owner().equalsIgnoreCase(owner))
        .map(d -> Identifier.of(new String[] {d.owner()}, d.table()))
        .toArray(Identifier[]::new);
  }

  @Override
  public final Table loadTable(Identifier ident) throws NoSuchTableException {
    if (ident.namespace().length != 1) {
      throw new NoSuchTableException(ident);
    }
    if (isSystem(ident.namespace())) {
      return SystemTable.named(ident.name(), execution())
          .orElseThrow(() -> new NoSuchTableException(ident));
    }
    List<TableDescriptor> all = descriptors();
    String owner = ident.namespace()[0];
    return all.stream()
        .filter(d -> d.owner().equals(owner) && d.table().equals(ident.name()))
        .findFirst()
        .or(() -> all.stream().filter(named(owner, ident.name())).findFirst())
        .map(d -> new TrefoilTable(d, execution(), options))
        .orElseThrow(() -> new NoSuchTableException(ident));
  }

  /**
   * An owner of this name has its tables; the names of the executors' own tables are hidden then.
   */
  private boolean isSystem(String[] namespace) {
    return namespace.length == 1
        && namespace[0].equalsIgnoreCase(SystemTable.NAMESPACE)
        && execution().mode().startsWith("authorized")
        && descriptors().stream().noneMatch(d -> d.owner().equalsIgnoreCase(namespace[0]));
  }

  @Override
  public final UnboundProcedure loadProcedure(Identifier ident) {
    Optional<SystemProcedure> procedure =
        ident.namespace().length == 1
                && ident.namespace()[0].equalsIgnoreCase(SystemTable.NAMESPACE)
            ? SystemProcedure.named(ident.name(), name(), execution())
            : Optional.empty();
    return procedure.orElseThrow(
        () ->
            TrefoilSparkException.raise(
                new TrefoilException(
                    Condition.UNSUPPORTED_OPERATION,
                    "Cannot call "
                        + ident
                        + ": there is no such procedure. Use one of "
                        + SystemTable.NAMESPACE
                        + ": "
                        + String.join(", ", SystemProcedure.names())
                        + ".")));
  }

  @Override
  public final Identifier[] listProcedures(String[] namespace) {
    return namespace.length == 1 && namespace[0].equalsIgnoreCase(SystemTable.NAMESPACE)
        ? SystemProcedure.names().stream()
            .map(name -> Identifier.of(namespace, name))
            .toArray(Identifier[]::new)
        : new Identifier[0];
  }

  @Override
  public final String[][] listNamespaces() {
    Stream<String> owners = descriptors().stream().map(TableDescriptor::owner);
    Stream<String> system =
        isSystem(new String[] {SystemTable.NAMESPACE})
            ? Stream.of(SystemTable.NAMESPACE)
            : Stream.empty();
    return Stream.concat(owners, system)
        .distinct()
        .sorted()
        .map(owner -> new String[] {owner})
        .toArray(String[][]::new);
  }

  @Override
  public final String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length == 0) {
      return listNamespaces();
    }
    if (!isSystem(namespace)) {
      existing(namespace);
    }
    return new String[0][];
  }

  @Override
  public final Map<String, String> loadNamespaceMetadata(String[] namespace)
      throws NoSuchNamespaceException {
    return isSystem(namespace) ? Map.of() : Map.of("owner", existing(namespace));
  }

  @Override
  public final void createNamespace(String[] namespace, Map<String, String> metadata) {
    throw readOnly("create a namespace");
  }

  @Override
  public final void alterNamespace(String[] namespace, NamespaceChange... changes) {
    throw readOnly("alter a namespace");
  }

  @Override
  public final boolean dropNamespace(String[] namespace, boolean cascade) {
    throw readOnly("drop a namespace");
  }

  @Override
  public final Table createTable(
      Identifier ident, Column[] columns, Transform[] partitions, Map<String, String> properties) {
    throw readOnly("create table " + ident);
  }

  @Override
  public final Table alterTable(Identifier ident, TableChange... changes) {
    throw readOnly("alter table " + ident);
  }

  @Override
  public final boolean dropTable(Identifier ident) {
    throw readOnly("drop table " + ident);
  }

  @Override
  public final void renameTable(Identifier oldIdent, Identifier newIdent) {
    throw readOnly("rename table " + oldIdent);
  }

  private static Predicate<TableDescriptor> named(String owner, String table) {
    return d -> d.owner().equalsIgnoreCase(owner) && d.table().equalsIgnoreCase(table);
  }

  private String existing(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length == 1) {
      for (String[] owner : listNamespaces()) {
        if (owner[0].equalsIgnoreCase(namespace[0])) {
          return owner[0];
        }
      }
    }
    throw new NoSuchNamespaceException(namespace);
  }

  private List<TableDescriptor> descriptors() {
    try {
      return execution().descriptors(SparkSession.active());
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  TrefoilOptions options() {
    return options;
  }

  synchronized QueryExecution execution() {
    if (execution == null) {
      execution = connect(options);
    }
    return execution;
  }

  private RuntimeException readOnly(String what) {
    return TrefoilSparkException.raise(
        new TrefoilException(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot "
                + what
                + " in catalog "
                + options.catalog()
                + ": owners register their tables themselves, in their OWNERS.yaml."));
  }
}
