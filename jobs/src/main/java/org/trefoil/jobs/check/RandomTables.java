package org.trefoil.jobs.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Tables of several owners, as files, as an OWNERS.yaml, and as plain views of Spark. */
record RandomTables(int number, List<RandomTable> tables) {
  private static final String POLICY =
      "policy: {min-group-size: 1, padding: %s, default: {use: [join, filter, group, aggregate,"
          + " rank]}}";

  static RandomTables of(long seed, int number) {
    Dice dice = Dice.of(seed, "tables", number);
    List<RandomTable> tables = new ArrayList<>();
    int owners = 2 + dice.below(3);
    for (int o = 0; o < owners; o++) {
      int held = 1 + dice.below(2);
      for (int t = 0; t < held; t++) {
        tables.add(RandomTable.of(dice, "w" + number + "o" + o, "t" + t));
      }
    }
    return new RandomTables(number, tables);
  }

  String catalog() {
    return "check" + number;
  }

  /** Writes the files and lets {@code spark} know the tables under both their names. */
  void register(SparkSession spark, Path folder) throws IOException {
    StringBuilder yaml = new StringBuilder("owners:\n");
    String owner = "";
    Dice dice = Dice.of(number, "padding", 0);
    for (RandomTable table : tables) {
      String file = table.owner() + "-" + table.name() + ".json";
      Files.writeString(folder.resolve(file), table.json());
      if (!owner.equals(table.owner())) {
        owner = table.owner();
        yaml.append("  ").append(owner).append(":\n    tables:\n");
      }
      yaml.append("      ").append(table.name()).append(":\n");
      yaml.append("        source: {format: json, path: ").append(file).append("}\n");
      yaml.append("        schema: \"").append(table.ddl()).append("\"\n");
      yaml.append("        keys: [[id]]\n        ");
      yaml.append(POLICY.formatted(dice.one(List.of("full", "pow2", "exact")))).append('\n');
      spark
          .read()
          .schema(table.ddl().replace("VARCHAR(12)", "STRING"))
          .json(folder.resolve(file).toString())
          .cache()
          .createOrReplaceTempView(plain(table));
    }
    Path owners = folder.resolve(catalog() + ".yaml");
    Files.writeString(owners, yaml.toString());
    String key = "spark.sql.catalog." + catalog();
    spark.conf().set(key, "org.trefoil.spark.TrefoilCatalog");
    spark.conf().set(key + ".executors", "embedded");
    spark.conf().set(key + ".owners", owners.toString());
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

  /** The query over Trefoil's tables. */
  String secure(String query) {
    String text = query;
    for (RandomTable table : tables) {
      text = text.replace(placeholder(table), catalog() + "." + table.owner() + "." + table.name());
    }
    return text;
  }

  private static String plain(RandomTable table) {
    return "plain_" + table.owner() + "_" + table.name();
  }
}
