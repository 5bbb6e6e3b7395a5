package org.trefoil.jobs;

import io.trino.tpcds.Results;
import io.trino.tpcds.Session;
import io.trino.tpcds.Table;
import io.trino.tpcds.column.Column;
import io.trino.tpcds.column.ColumnType;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * TPC-DS in small: the specification's generator at scale 0.01, of which the years that the queries
 * ask for and a part of the sales are kept, and of the largest dimensions what these refer to. The
 * queries are those of Spark's own tests.
 */
final class Tpcds {
  /** The 24 tables, by the owner who holds them. */
  static final Map<String, List<String>> OWNERS =
      Map.of(
          "stores",
          List.of("store", "store_sales", "store_returns", "promotion", "reason", "item"),
          "catalogs",
          List.of(
              "catalog_page",
              "catalog_sales",
              "catalog_returns",
              "call_center",
              "warehouse",
              "inventory",
              "ship_mode"),
          "webshop",
          List.of("web_page", "web_site", "web_sales", "web_returns", "date_dim", "time_dim"),
          "people",
          List.of(
              "customer",
              "customer_address",
              "customer_demographics",
              "household_demographics",
              "income_band"));

  /**
   * Queries that are absorbed whole, each into one leaf, and were found to be answered as in Spark.
   */
  static final List<String> ANSWERED =
      List.of(
          "q1", "q3", "q6", "q7", "q9", "q10", "q13", "q15", "q16", "q18", "q19", "q20", "q23a",
          "q26", "q27", "q28", "q32", "q33", "q34", "q35", "q38", "q40", "q41", "q42", "q43", "q45",
          "q46", "q48", "q50", "q52", "q53", "q55", "q56", "q58", "q60", "q61", "q62", "q63", "q65",
          "q66", "q68", "q69", "q71", "q73", "q76", "q77", "q81", "q83", "q87", "q88", "q89", "q91",
          "q92", "q93", "q94", "q96", "q97", "q98", "q99");

  private static final double SCALE = 0.01;

  /** By the ends of names of columns: of which tables only rows stay that these refer to. */
  private static final Map<String, String> REFERRED =
      Map.of(
          "_cdemo_sk", "customer_demographics",
          "_hdemo_sk", "household_demographics",
          "_time_sk", "time_dim");

  private final Path folder;
  private final Map<String, Set<String>> referred = new HashMap<>();

  private Tpcds(Path folder) {
    this.folder = folder;
    REFERRED.values().forEach(t -> referred.put(t, new HashSet<>()));
  }

  /**
   * The names of all queries, of which four come in two parts. Without q30: it reads a column that
   * the generator has under another name.
   */
  static List<String> queries() {
    Set<Integer> parted = Set.of(14, 23, 24, 39);
    return IntStream.rangeClosed(1, 99)
        .boxed()
        .filter(n -> n != 30)
        .flatMap(
            n -> parted.contains(n) ? Stream.of("q" + n + "a", "q" + n + "b") : Stream.of("q" + n))
        .toList();
  }

  /** The text of query {@code name}, such as {@code q14a}. */
  static String text(String name) {
    try (InputStream in = Tpcds.class.getResourceAsStream("/tpcds/" + name + ".sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes every table as Parquet into a folder of its name.
   *
   * @param filled the tables that get rows; the others are empty
   */
  static void write(SparkSession spark, Path folder, Set<String> filled) throws IOException {
    Tpcds made = new Tpcds(folder);
    List<String> tables = OWNERS.values().stream().flatMap(List::stream).toList();
    tables.stream()
        .filter(t -> filled.contains(t) && !Table.getTable(t).isChild())
        // What refers to dimensions comes before them.
        .sorted(Comparator.comparing(REFERRED::containsValue))
        .forEach(t -> made.generate(Table.getTable(t)));
    for (String table : tables) {
      Path text = folder.resolve(table + ".txt");
      if (!Files.exists(text)) {
        Files.createFile(text);
      }
      read(spark, table, folder).coalesce(1).write().parquet(folder.resolve(table).toString());
    }
  }

  /** All tables. */
  static Set<String> tables() {
    return OWNERS.values().stream().flatMap(List::stream).collect(Collectors.toSet());
  }

  /** A session of an analyst, with the tables' owners in it. */
  static SparkSession session(Path folder) throws IOException {
    Path owners = Files.writeString(folder.resolve("OWNERS.yaml"), ownersFile());
    return SparkSession.builder()
        .master("local[2]")
        .appName("tpcds")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
        .config("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog")
        .config("spark.sql.catalog.trefoil.executors", "embedded")
        .config("spark.sql.catalog.trefoil.owners", owners.toString())
        .getOrCreate();
  }

  /** Lets queries read the files. */
  static void inTheClear(SparkSession spark, Path folder) {
    for (String table : tables()) {
      spark.read().parquet(folder.resolve(table).toString()).createOrReplaceTempView(table);
    }
  }

  /** Lets queries read the owners' tables. */
  static void onShares(SparkSession spark) {
    OWNERS.forEach(
        (owner, tables) ->
            tables.forEach(
                t -> spark.table("trefoil." + owner + "." + t).createOrReplaceTempView(t)));
  }

  private static String ownersFile() {
    StringBuilder text = new StringBuilder("owners:\n");
    OWNERS.forEach(
        (owner, tables) -> {
          text.append("  %s:\n    tables:\n".formatted(owner));
          for (String table : tables) {
            text.append("      %s:\n".formatted(table));
            text.append("        source: {format: parquet, path: %s}\n".formatted(table));
            text.append("        schema: \"%s\"\n".formatted(ddl(table)));
            text.append("        keys: [%s]\n".formatted(keys(table)));
            text.append("        policy:\n          min-group-size: 1\n");
            text.append("          default: {use: [join, filter, group, aggregate, rank]}\n");
          }
        });
    return text.toString();
  }

  private static String keys(String table) {
    return switch (table) {
      case "store_sales" -> "[ss_item_sk, ss_ticket_number]";
      case "store_returns" -> "[sr_item_sk, sr_ticket_number]";
      case "catalog_sales" -> "[cs_item_sk, cs_order_number]";
      case "catalog_returns" -> "[cr_item_sk, cr_order_number]";
      case "web_sales" -> "[ws_item_sk, ws_order_number]";
      case "web_returns" -> "[wr_item_sk, wr_order_number]";
      case "inventory" -> "[inv_date_sk, inv_item_sk, inv_warehouse_sk]";
      case "date_dim" -> "[d_date_sk], [d_date]";
      default -> "[" + Table.getTable(table).getColumns()[0].getName() + "]";
    };
  }

  private static String ddl(String table) {
    String keys = keys(table);
    return Arrays.stream(Table.getTable(table).getColumns())
        .map(
            c ->
                c.getName()
                    + " "
                    + type(c)
                    + (keys.matches(".*\\b" + c.getName() + "\\b.*") ? " NOT NULL" : ""))
        .collect(Collectors.joining(", "));
  }

  private static String type(Column column) {
    ColumnType type = column.getType();
    return switch (type.getBase()) {
      case IDENTIFIER, INTEGER, TIME -> "INT";
      case DATE -> "DATE";
      case DECIMAL -> "DECIMAL(%d,%d)".formatted(type.getPrecision().get(), type.getScale().get());
      case CHAR, VARCHAR -> "VARCHAR(" + type.getPrecision().get() + ")";
    };
  }

  private static Dataset<Row> read(SparkSession spark, String table, Path folder) {
    return spark
        .read()
        .option("sep", "|")
        .option("quote", "")
        .schema(ddl(table).replaceAll("VARCHAR\\(\\d+\\)", "STRING").replace(" NOT NULL", ""))
        .csv(folder.resolve(table + ".txt").toString());
  }

  private void generate(Table table) {
    Session session = Session.getDefaultSession().withScale(SCALE).withNoSexism(true);
    try (BufferedWriter rows = writer(table);
        BufferedWriter returned = table.hasChild() ? writer(table.getChild()) : null) {
      for (List<List<String>> line : Results.constructResults(table, session)) {
        if (kept(table, line.get(0))) {
          append(rows, line.get(0));
          refer(table, line.get(0));
          if (line.size() > 1) {
            append(returned, line.get(1));
            refer(table.getChild(), line.get(1));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refer(Table table, List<String> row) {
    Column[] columns = table.getColumns();
    REFERRED.forEach(
        (end, dimension) -> {
          for (Column column : columns) {
            if (column.getName().endsWith(end) && !column.getTable().getName().equals(dimension)) {
              referred.get(dimension).add(row.get(column.getPosition()));
            }
          }
        });
  }

  private BufferedWriter writer(Table table) throws IOException {
    return Files.newBufferedWriter(folder.resolve(table.getName() + ".txt"));
  }

  private static void append(BufferedWriter out, List<String> values) throws IOException {
    for (int i = 0; i < values.size(); i++) {
      out.write(i == 0 ? "" : "|");
      out.write(values.get(i) == null ? "" : values.get(i));
    }
    out.write('\n');
  }

  private boolean kept(Table table, List<String> row) {
    Set<String> keys = referred.get(table.getName());
    if (keys != null) {
      return keys.contains(row.get(0));
    }
    return switch (table) {
      case DATE_DIM ->
          row.get(2).compareTo("1998-01-01") >= 0 && row.get(2).compareTo("2003-12-31") <= 0;
      case STORE_SALES -> everyEighth(row.get(9));
      case CATALOG_SALES -> everyEighth(row.get(17));
      case WEB_SALES -> true;
      case INVENTORY -> everyEighth(row.get(1));
      default -> true;
    };
  }

  private static boolean everyEighth(String number) {
    return Long.parseLong(number) % 8 == 0;
  }
}
