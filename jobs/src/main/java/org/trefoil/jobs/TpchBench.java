package org.trefoil.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.bench.DelayRelay;
import org.trefoil.bench.Figures;
import org.trefoil.bench.ProcessFigures;
import org.trefoil.spark.result.Counter;

/**
 * Measures TPC-H queries on three executors and one agent per table, and compares every answer with
 * plain Spark's over the same files.
 */
final class TpchBench {
  /** Which tables and queries. */
  enum Data {
    /** The specification's generator and queries. */
    SPECIFICATION("tpch", IntStream.rangeClosed(1, 22).mapToObj(q -> "q" + q).toList()),
    /** Uniform integers, as research engines take them. */
    UNIFORM("uniform", List.of("q1", "q3", "q5", "q6", "q12")),
    /** The specification's rows of lineitem, in tables of four owners. */
    SPLIT("tpch", List.of("q1"));

    private static final int OWNERS = 4;

    private final String folder;
    private final List<String> queries;

    Data(String folder, List<String> queries) {
      this.folder = folder;
      this.queries = queries;
    }

    private Dataset<Row> read(SparkSession spark, String table, double scale, Path scratch) {
      return this == UNIFORM
          ? UniformTpch.read(spark, table, scale)
          : Tpch.read(spark, table, scale, scratch);
    }

    /** The tables that a table's rows are in, each of an owner of its own. */
    private List<String> parts(String table) {
      return this == SPLIT
          ? IntStream.range(0, OWNERS).mapToObj(part -> table + "_" + part).toList()
          : List.of(table);
    }

    private String owner(String table, String part, double scale) {
      return switch (this) {
        case UNIFORM ->
            Tpch.owner(
                part,
                UniformTpch.ddl(table, scale),
                UniformTpch.key(table),
                UniformTpch.bounds(table, scale));
        case SPECIFICATION, SPLIT ->
            Tpch.owner(
                part,
                Tpch.ddl(table),
                Tpch.key(table),
                table.equals("lineitem")
                    ? Map.of("l_returnflag", "max-groups: 3", "l_linestatus", "max-groups: 2")
                    : Map.of());
      };
    }

    private String text(String query) {
      String name = query.replaceFirst("-draw.*", "");
      try (InputStream in = TpchBench.class.getResourceAsStream(folder + "/" + name + ".sql")) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        int draw = name.equals(query) ? 0 : Integer.parseInt(query.split("-draw")[1]);
        return new TpchDraw(draw).of(name, text);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    private List<String> tables(List<String> queries) {
      String all = queries.stream().map(this::text).collect(Collectors.joining("\n"));
      return Tpch.TABLES.stream()
          .filter(table -> Pattern.compile("\\b" + table + "\\b").matcher(all).find())
          .toList();
    }
  }

  private final String suite;
  private final Data data;
  private final double scale;
  private final int warmUps;
  private final int repetitions;
  private final Consumer<String> progress;
  private final List<String> queries;

  /**
   * @param draw which of the specification's parameters; 0 are those for validation
   * @param wanted which queries, by {@link #title}
   */
  TpchBench(
      String suite,
      Data data,
      double scale,
      int draw,
      Predicate<String> wanted,
      int warmUps,
      int repetitions,
      Consumer<String> progress) {
    this.suite = suite;
    this.data = data;
    this.scale = scale;
    this.warmUps = warmUps;
    this.repetitions = repetitions;
    this.progress = progress;
    this.queries =
        data.queries.stream()
            .filter(q -> wanted.test(title(q)))
            .map(q -> draw == 0 ? q : q + "-draw" + draw)
            .toList();
  }

  /** A query's name in the report, such as {@code q3} or {@code q3-uniform-0.001}. */
  private String title(String query) {
    return switch (data) {
      case SPECIFICATION -> query;
      case UNIFORM -> query + "-uniform-" + scale;
      case SPLIT -> query + "-four-owners";
    };
  }

  List<Figures> run(Duration roundTrip, int threads) throws IOException {
    if (queries.isEmpty()) {
      return List.of();
    }
    Path folder = Files.createTempDirectory("trefoil-tpch-");
    List<DelayRelay> relays = new ArrayList<>();
    IntUnaryOperator far =
        port -> {
          if (roundTrip.isZero()) {
            return port;
          }
          DelayRelay relay = DelayRelay.to(port, roundTrip);
          relays.add(relay);
          return relay.port();
        };
    try {
      Path owners = write(folder);
      progress.accept("starting executors and owners");
      try (LocalCluster cluster = LocalCluster.temporary(owners, "analyst", far, threads)) {
        cluster.start();
        SparkSession spark = LocalSpark.open(SparkProperties.read(cluster.analystProperties()));
        try {
          spark.conf().set("spark.sql.adaptive.enabled", false);
          return measure(spark, cluster, folder);
        } finally {
          spark.stop();
        }
      }
    } finally {
      relays.forEach(DelayRelay::close);
      DemoTables.remove(folder);
    }
  }

  /** Writes the tables and who owns them. */
  private Path write(Path folder) throws IOException {
    progress.accept("generating tables at scale " + scale);
    StringBuilder owners = new StringBuilder("owners:\n");
    try (SparkSession spark =
        LocalSpark.open(new SparkProperties(Map.of("spark.sql.defaultCatalog", "spark_catalog")))) {
      for (String table : data.tables(queries)) {
        Dataset<Row> all = data.read(spark, table, scale, folder.resolve("scratch"));
        List<String> parts = data.parts(table);
        for (int part = 0; part < parts.size(); part++) {
          Dataset<Row> rows =
              parts.size() == 1
                  ? all
                  : all.filter(
                      pmod(col(Tpch.key(table).split(",")[0]), lit(parts.size())).equalTo(part));
          rows.write().parquet(folder.resolve(parts.get(part)).toString());
          owners.append(data.owner(table, parts.get(part), scale));
        }
      }
    }
    return Files.writeString(folder.resolve("OWNERS.yaml"), owners);
  }

  private List<Figures> measure(SparkSession spark, LocalCluster cluster, Path folder) {
    Map<String, Long> rows = new HashMap<>();
    List<String> tables = data.tables(queries);
    Map<String, List<Row>> expected = new HashMap<>();
    Map<String, Double> plain = new HashMap<>();
    for (String table : tables) {
      view(table, part -> spark.read().parquet(folder.resolve(part).toString()));
      rows.put(table, spark.table(table).count());
    }
    for (String query : queries) {
      progress.accept(title(query) + ", plain Spark");
      List<Double> seconds = new ArrayList<>();
      for (int k = -Math.max(1, warmUps); k < repetitions; k++) {
        long start = System.nanoTime();
        expected.put(query, spark.sql(data.text(query)).collectAsList());
        if (k >= 0) {
          seconds.add((System.nanoTime() - start) / 1e9);
        }
      }
      plain.put(query, seconds.stream().sorted().toList().get(seconds.size() / 2));
    }
    for (String table : tables) {
      view(table, part -> spark.table("trefoil.o_" + part + "." + part));
    }
    List<Figures> figures = new ArrayList<>();
    for (String query : queries) {
      progress.accept(title(query) + ", Trefoil");
      long queried = data.tables(List.of(query)).stream().mapToLong(rows::get).sum();
      List<Figures> measured = new ArrayList<>();
      for (int k = -warmUps; k < repetitions; k++) {
        Figures once = once(spark, cluster, query, queried, plain.get(query), expected.get(query));
        if (k >= 0) {
          measured.add(once);
        }
      }
      figures.add(Figures.median(measured));
    }
    return figures;
  }

  private void view(String table, Function<String, Dataset<Row>> read) {
    data.parts(table).stream()
        .map(read)
        .reduce(Dataset::union)
        .orElseThrow()
        .createOrReplaceTempView(table);
  }

  private Figures once(
      SparkSession spark,
      LocalCluster cluster,
      String query,
      long rows,
      double plainSeconds,
      List<Row> expected) {
    List<Long> executors = cluster.pids("executor-");
    List<Long> owners = cluster.pids("owner-");
    executors.forEach(ProcessFigures::forgetPeak);
    double executorCpu = cpu(executors);
    double ownerCpu = cpu(owners);
    long start = System.nanoTime();
    Dataset<Row> result = spark.sql(data.text(query));
    List<Row> revealed = result.collectAsList();
    double wall = (System.nanoTime() - start) / 1e9;
    Long bytes = Counted.of(result, Counter.BYTES_EXCHANGED);
    return new Figures(
        suite,
        title(query),
        rows,
        null,
        wall,
        cpu(executors) - executorCpu,
        bytes == null ? null : bytes / 3.0 / rows,
        Counted.of(result, Counter.ROUNDS),
        executors.stream()
            .map(ProcessFigures::peakRssMegabytes)
            .filter(mb -> mb != null)
            .max(Long::compare)
            .orElse(null),
        cpu(owners) - ownerCpu,
        plainSeconds,
        revealed.equals(expected));
  }

  private static double cpu(List<Long> processes) {
    return processes.stream().mapToDouble(ProcessFigures::cpuSeconds).sum();
  }
}
