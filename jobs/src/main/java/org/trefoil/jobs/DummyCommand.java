package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.api.owners.OwnersText;
import org.trefoil.spark.share.FlightCluster;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes rows up, to try queries on before anybody is asked to approve one. */
@Command(
    name = "dummy",
    description = {
      "Makes rows up for tables, true to their schema, keys, ranges and policy, with groups of k-1, k"
          + " and k+1, and an OWNERS.yaml with the owners' policies.",
      "Then: bin/trefoil sql --local FOLDER/OWNERS.yaml -e \"SELECT ...\""
    },
    mixinStandardHelpOptions = true)
final class DummyCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private From from;

  /** Who knows the tables. */
  static final class From {
    @Option(
        names = "--properties",
        paramLabel = "FILE",
        description = "Tables that the executors list.")
    private Path properties;

    @Option(
        names = "--owners",
        paramLabel = "FILE",
        description = "Tables of an OWNERS.yaml that declares their schema.")
    private Path owners;
  }

  @Option(
      names = "--table",
      paramLabel = "OWNER.TABLE",
      description = "Once for each; absent: all tables.")
  private List<String> names = List.of();

  @Option(names = "--rows", defaultValue = "1000", description = "Of each table.")
  private long rows;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  @Option(names = "--to", required = true, paramLabel = "FOLDER", description = "Files go here.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    List<TableDescriptor> tables = chosen(all());
    Map<String, String> paths = new LinkedHashMap<>();
    List<DummyRows> made = new ArrayList<>();
    for (TableDescriptor table : tables) {
      paths.put(table.name(), table.owner() + "-" + table.table() + ".csv");
      made.add(new DummyRows(table, rows, seed));
    }
    Path file = folder.resolve("OWNERS.yaml");
    if (Files.exists(file)) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot write to "
              + folder
              + ": there is an OWNERS.yaml. Choose another folder in --to.");
    }
    Files.createDirectories(folder);
    for (int t = 0; t < tables.size(); t++) {
      made.get(t).write(folder.resolve(paths.get(tables.get(t).name())));
    }
    Files.writeString(file, OwnersText.of(tables, paths));
    System.out.println(file);
    return 0;
  }

  private List<TableDescriptor> all() {
    List<TableDescriptor> tables = new ArrayList<>();
    if (from.owners != null) {
      for (OwnedTable table : OwnersFile.read(from.owners).tables()) {
        tables.add(
            table.descriptor(
                table
                    .declared()
                    .orElseThrow(
                        () ->
                            cannot(table.name(), "its schema is not declared. Add schema: to it")),
                rows));
      }
      return tables;
    }
    SparkProperties settings = SparkProperties.read(from.properties);
    try (FlightCluster cluster =
        new FlightCluster(settings.catalog().executors(), settings.identity(), Optional.empty())) {
      return cluster.connections().get(0).descriptors();
    }
  }

  /** The tables as design mode takes them, with rows of their own. */
  private List<TableDescriptor> chosen(List<TableDescriptor> all) {
    List<TableDescriptor> tables = new ArrayList<>();
    for (TableDescriptor table : all) {
      boolean named = names.contains(table.name());
      if (named && table.kept().isPresent()) {
        throw cannot(table.name(), "it is a kept result. Make it again over dummy tables");
      }
      if (named || (names.isEmpty() && table.kept().isEmpty())) {
        tables.add(
            new TableDescriptor(
                    table.owner(),
                    table.table(),
                    table.fields(),
                    table.keys(),
                    rows,
                    table
                        .policy()
                        .change()
                        .approvalNeeded(false)
                        .privacy(Optional.empty())
                        .contributors(Optional.empty())
                        .build())
                .withOthers(table.others()));
      }
    }
    for (String name : names) {
      if (tables.stream().noneMatch(table -> table.name().equals(name))) {
        throw new TrefoilException(
            Condition.TABLE_NOT_FOUND,
            "Cannot make rows of "
                + name
                + ": there is no such table. There are "
                + String.join(", ", all.stream().map(TableDescriptor::name).toList())
                + ".");
      }
    }
    return tables;
  }

  private static TrefoilException cannot(String table, String reason) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION, "Cannot make rows of " + table + ": " + reason + ".");
  }
}
