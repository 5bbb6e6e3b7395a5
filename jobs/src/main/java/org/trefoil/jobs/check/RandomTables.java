package org.trefoil.jobs.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** Tables of several owners, as an OWNERS.yaml, and as plain views of Spark. */
record RandomTables(int number, List<RandomTable> tables) {
  private static final String USE = "use: [join, filter, group, aggregate, rank]";

  /** Every so many tables have groups that are too small. */
  private static final int GROUPED = 3;

  static RandomTables of(long seed, int number) {
    Dice dice = Dice.of(seed, "tables", number);
    List<RandomTable> tables = new ArrayList<>();
    int owners = 2 + dice.below(3);
    for (int o = 0; o < owners; o++) {
      int held = 1 + dice.below(2);
      for (int t = 0; t < held; t++) {
        String owner = "w" + number + "o" + o;
        tables.add(
            number % GROUPED == GROUPED - 1
                ? RandomTable.grouped(dice, owner, "t" + t)
                : RandomTable.of(dice, owner, "t" + t));
      }
    }
    return new RandomTables(number, tables);
  }

  /** Whether groups of these tables are held back where they are small. */
  boolean grouped() {
    return number % GROUPED == GROUPED - 1;
  }

  /** Whether joins without a key are within declared bounds. */
  boolean bounded() {
    return number % 2 == 0;
  }

  private String catalog(boolean altered) {
    return (altered ? "altered" : "check") + number;
  }

  /** Keeps the rows, and lets {@code spark} know the tables under all their names. */
  void register(SparkSession spark, Path folder) throws IOException {
    for (RandomTable table : tables) {
      MemoryRows.put(held(table, false), table.schema(), table.whole());
      spark
          .read()
          .format(MemoryRows.class.getName())
          .options(MemoryRows.options(held(table, false)))
          .load()
          .createOrReplaceTempView(plain(table));
    }
    register(spark, folder, false);
    register(spark, folder, true);
    if (bounded()) {
      spark
          .conf()
          .set(
              "spark.trefoil.max-matches",
              Stream.of(false, true)
                  .flatMap(
                      altered ->
                          tables.stream()
                              .filter(t -> t.matches().isPresent())
                              .map(
                                  t ->
                                      owner(t, altered)
                                          + "."
                                          + t.name()
                                          + "="
                                          + t.matches().getAsInt()))
                  .collect(Collectors.joining(",")));
    }
  }

  /** Forgets the rows; the names go with the session that knows them. */
  void remove() {
    for (RandomTable table : tables) {
      MemoryRows.remove(held(table, false));
      MemoryRows.remove(held(table, true));
    }
  }

  private static String held(RandomTable table, boolean altered) {
    return owner(table, altered) + "-" + table.name();
  }

  private void register(SparkSession spark, Path folder, boolean altered) throws IOException {
    StringBuilder yaml = new StringBuilder("owners:\n");
    String owner = "";
    Dice dice = Dice.of(number, "padding", 0);
    Dice order = Dice.of(number, "order", 0);
    for (RandomTable table : tables) {
      if (altered) {
        MemoryRows.put(held(table, true), table.schema(), table.altered(order));
      }
      if (!owner.equals(table.owner())) {
        owner = table.owner();
        yaml.append("  ").append(owner(table, altered)).append(":\n    tables:\n");
      }
      yaml.append("      ").append(table.name()).append(":\n");
      yaml.append("        source: ").append(MemoryRows.source(held(table, altered))).append('\n');
      yaml.append("        schema: \"").append(table.ddl()).append("\"\n");
      yaml.append(grouped() ? "        keys: [[id]]\n" : "        keys: [[id], [p, q]]\n");
      yaml.append(policy(table, dice.one(List.of("full", "pow2", "exact"))));
    }
    Path owners = folder.resolve(catalog(altered) + ".yaml");
    Files.writeString(owners, yaml.toString());
    String key = "spark.sql.catalog." + catalog(altered);
    spark.conf().set(key, "org.trefoil.spark.TrefoilCatalog");
    spark.conf().set(key + ".executors", "embedded");
    spark.conf().set(key + ".owners", owners.toString());
  }

  /** The embedded executors know one table of an owner's by one name. */
  private static String owner(RandomTable table, boolean altered) {
    return (altered ? "a" : "") + table.owner();
  }

  private static String policy(RandomTable table, String padding) {
    RandomTable.Minimum minimum = table.minimum();
    StringBuilder yaml = new StringBuilder("        policy:\n");
    yaml.append("          min-group-size: ").append(minimum.k()).append('\n');
    if (minimum.entities()) {
      yaml.append("          entity: [").append(RandomTable.ENTITY).append("]\n");
    }
    if (minimum.k() > 1) {
      yaml.append("          absence: ")
          .append(minimum.absencePublic() ? "public" : "secret")
          .append("\n          differences: public\n");
    }
    yaml.append("          padding: ").append(padding).append('\n');
    yaml.append("          default: {").append(USE).append("}\n");
    String doubles =
        table.columns().stream()
            .filter(c -> c.kind() == Kind.DOUBLE || c.kind() == Kind.FLOAT)
            .map(c -> c.name() + ": {" + USE + ", scale: " + Kind.DOUBLE_SCALE + "}")
            .collect(Collectors.joining(", "));
    if (!doubles.isEmpty()) {
      yaml.append("          columns: {").append(doubles).append("}\n");
    }
    return yaml.toString();
  }

  /** Under which name {@code table} stands in the text of a query. */
  static String placeholder(RandomTable table) {
    return "{" + table.owner() + "." + table.name() + "}";
  }

  /** The query over the tables in the clear. */
  String plain(String query) {
    String text = query;
    for (RandomTable table : tables) {
      text = text.replace(placeholder(table), plain(table));
    }
    return text;
  }

  /**
   * The query over Trefoil's tables.
   *
   * @param altered whether over the copies in which rows are elsewhere, and others beside them
   */
  String secure(String query, boolean altered) {
    String text = query;
    for (RandomTable table : tables) {
      String name = catalog(altered) + "." + owner(table, altered) + "." + table.name();
      text =
          text.replace(
              placeholder(table), altered ? "(SELECT * FROM " + name + " WHERE live)" : name);
    }
    return text;
  }

  private static String plain(RandomTable table) {
    return "plain_" + table.owner() + "_" + table.name();
  }
}
