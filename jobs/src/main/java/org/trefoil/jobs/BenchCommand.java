package org.trefoil.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.trefoil.bench.Figures;
import org.trefoil.bench.Parties;
import org.trefoil.bench.ProtocolSuites;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures three executors on this machine; the table and nothing else goes to standard output. */
@Command(
    name = "bench",
    description =
        "Measures three executor processes on this machine and checks every answer in the clear.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "cpu_s is the sum of the three executors, compiler and collector included; figures are the medians of the",
      "repetitions after warm-up; bytes are payload, the mean of the three parties."
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "SUITE",
      description = "${COMPLETION-CANDIDATES}: protocols; operators; TPC-H; ORQ's workloads.")
  private Suite suite;

  @Option(names = "--rows", defaultValue = "1048576", description = "Rows (not of TPC-H).")
  private int rows;

  @Option(
      names = "--sf",
      split = ",",
      description = "TPC-H scale factors (0.01; of peers 0.001 and 0.01).")
  private List<Double> scales;

  @Option(
      names = "--draw",
      paramLabel = "N",
      defaultValue = "0",
      description = "TPC-H's parameters: 0 for validation, else those of draw N.")
  private int draw;

  @Option(names = "--rtt", paramLabel = "MS", defaultValue = "0", description = "A longer way.")
  private int roundTripMillis;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads that each executor divides a query among.")
  private int threads;

  @Option(names = "--plain", description = "No TLS among the parties (not of TPC-H).")
  private boolean plain;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Only the rows of these names.")
  private List<String> only;

  @Option(names = "--repetitions", description = "Measured runs of each row.")
  private Integer repetitions;

  @Option(names = "--warm-ups", description = "Runs before those that are measured.")
  private Integer warmUps;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the rows there too.")
  private Path json;

  @Option(
      names = "--page",
      hidden = true,
      description = "Write the rows into the suite's part of docs/performance.md.")
  private Path page;

  enum Suite {
    primitives,
    operators,
    tpch,
    peers
  }

  @Override
  public Integer call() throws IOException {
    if (rows < 1 || roundTripMillis < 0) {
      throw new ParameterException(
          spec.commandLine(), "Cannot measure: --rows and --rtt are numbers from 1 and 0");
    }
    if (threads < 1 || threads > Parties.MOST_THREADS) {
      throw new ParameterException(
          spec.commandLine(),
          "Cannot measure: --threads is a number from 1 to " + Parties.MOST_THREADS);
    }
    if (plain && suite == Suite.tpch) {
      throw new ParameterException(
          spec.commandLine(),
          "Cannot measure tpch without TLS: an executor has no links without it. Leave --plain out");
    }
    if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
      throw new ParameterException(
          spec.commandLine(), "Cannot write " + json + ": its folder does not exist");
    }
    List<Figures> figures = new ArrayList<>();
    if (suite != Suite.tpch) {
      figures.addAll(protocols());
    }
    if (suite == Suite.tpch || suite == Suite.peers) {
      for (double scale : scales()) {
        if (suite == Suite.tpch) {
          figures.addAll(tpch(TpchBench.Data.SPECIFICATION, scale));
          figures.addAll(tpch(TpchBench.Data.SPLIT, scale));
        } else {
          figures.addAll(tpch(TpchBench.Data.UNIFORM, scale));
        }
      }
    }
    if (figures.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Cannot measure: suite " + suite + " has no row " + only);
    }
    FiguresTable.print(figures, System.out);
    if (json != null) {
      new ObjectMapper()
          .writerWithDefaultPrettyPrinter()
          .writeValue(json.toFile(), figures.stream().map(Figures::toMap).toList());
    }
    if (page != null) {
      List<String> given = spec.commandLine().getParseResult().originalArgs();
      int at = given.indexOf("--page");
      List<String> options = new ArrayList<>(given);
      options.subList(at, at + 2).clear();
      PerformancePage.update(page, suite.name(), String.join(" ", options), figures);
    }
    return figures.stream().allMatch(Figures::correct) ? 0 : 1;
  }

  private List<Figures> protocols() {
    List<ProtocolSuites.Item> items =
        switch (suite) {
          case primitives -> ProtocolSuites.primitives(rows);
          case operators -> ProtocolSuites.operators(rows);
          default -> ProtocolSuites.peers(rows);
        };
    if (items.stream().map(ProtocolSuites.Item::title).noneMatch(this::wanted)) {
      return List.of();
    }
    boolean quick = suite == Suite.primitives;
    try (Parties parties =
        Parties.start(partyCommand(), plain, Duration.ofMillis(roundTripMillis), threads)) {
      return ProtocolSuites.run(
          suite.name(),
          items,
          this::wanted,
          parties,
          warmUps != null ? warmUps : quick ? 8 : 5,
          repetitions != null ? repetitions : quick ? 5 : 3,
          BenchCommand::tell);
    }
  }

  private List<Double> scales() {
    return scales != null ? scales : suite == Suite.tpch ? List.of(0.01) : List.of(0.001, 0.01);
  }

  private List<Figures> tpch(TpchBench.Data data, double scale) throws IOException {
    return new TpchBench(
            suite.name(),
            data,
            scale,
            suite == Suite.tpch ? draw : 0,
            this::wanted,
            warmUps != null ? warmUps : 2,
            repetitions != null ? repetitions : 3,
            BenchCommand::tell)
        .run(Duration.ofMillis(roundTripMillis), threads);
  }

  private static void tell(String line) {
    System.err.println("trefoil: " + line);
  }

  private boolean wanted(String name) {
    return only == null || only.contains(name);
  }

  /**
   * The JVM as an executor's launcher starts it, with the benchmarks beside the executor's jars.
   */
  private static List<String> partyCommand() {
    Path home = Path.of(System.getenv("TREFOIL_HOME"));
    String version = System.getenv("TREFOIL_VERSION");
    String dist = "trefoil-executor-" + version;
    Path jars = home.resolve("executor-dist/target").resolve(dist).resolve(dist).resolve("lib");
    Path benchmarks = home.resolve("benchmarks/target/benchmarks-" + version + ".jar");
    if (!Files.isDirectory(jars) || !Files.exists(benchmarks)) {
      throw new IllegalStateException("bin/trefoil has not built " + jars + " and " + benchmarks);
    }
    String options = System.getenv().getOrDefault("TREFOIL_EXECUTOR_JAVA_OPTS", "-Xmx2g");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("-XX:+UseParallelGC");
    command.addAll(List.of(options.trim().split("\\s+")));
    command.add("-cp");
    command.add(jars.resolve("*") + ":" + benchmarks);
    return command;
  }
}
