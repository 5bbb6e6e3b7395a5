package org.trefoil.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.executor.transport.PeerLinks;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.recipient.Reconstruction;

/** Three {@link PartyMain} processes on this machine, and what they measure. */
public final class Parties implements AutoCloseable {
  /** Threads that a party may have. */
  public static final int MOST_THREADS = PeerLinks.MOST_THREADS;

  private static final int WIDE_AREA_MILLIS = 5;

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final List<BufferedReader> answers = new ArrayList<>();
  private final List<PrintStream> orders = new ArrayList<>();
  private final List<DelayRelay> relays = new ArrayList<>();
  private final Thread closeOnExit = new Thread(this::interrupt, "stop-parties");
  private int runs;

  private Parties(Path folder) {
    this.folder = folder;
  }

  /**
   * Starts the processes.
   *
   * @param javaCommand the JVM with options and the class path of an executor and of the benchmarks
   * @param plain without TLS
   * @param roundTrip between any two parties; zero for the machine's own
   * @param threads of each party
   */
  public static Parties start(
      List<String> javaCommand, boolean plain, Duration roundTrip, int threads) {
    try {
      Parties parties = new Parties(Files.createTempDirectory("trefoil-bench-"));
      Runtime.getRuntime().addShutdownHook(parties.closeOnExit);
      parties.launch(javaCommand, plain, roundTrip, threads);
      return parties;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void launch(List<String> javaCommand, boolean plain, Duration roundTrip, int threads)
      throws IOException {
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    for (int party = 0; party < 3; party++) {
      authority.issue(Role.party(party)).write(folder.resolve("party-" + party));
      List<String> command = new ArrayList<>(javaCommand);
      command.addAll(
          List.of(
              PartyMain.class.getName(),
              Integer.toString(party),
              folder.toString(),
              plain ? "plain" : "tls",
              roundTrip.toMillis() >= WIDE_AREA_MILLIS ? "wan" : "lan",
              Integer.toString(threads)));
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      processes.add(process);
      answers.add(process.inputReader(StandardCharsets.UTF_8));
      orders.add(new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8));
    }
    List<String> ports = new ArrayList<>();
    for (int party = 0; party < 3; party++) {
      int port = Integer.parseInt(answer(party));
      if (!roundTrip.isZero()) {
        relays.add(DelayRelay.to(port, roundTrip));
        port = relays.get(party).port();
      }
      ports.add(Integer.toString(port));
    }
    orders.forEach(order -> order.println(String.join(" ", ports)));
  }

  private String answer(int party) throws IOException {
    String line = answers.get(party).readLine();
    if (line == null) {
      throw new IllegalStateException("party " + party + " of the benchmark has ended");
    }
    return line;
  }

  /** Runs a workload, and checks its last result in the clear; the figures are of one time. */
  Figures run(String suite, ProtocolSuites.Item item) {
    try {
      Workload workload = Workloads.named(item.workload());
      int rows = item.rows();
      int width = item.width();
      double times = item.times();
      processes.forEach(process -> ProcessFigures.forgetPeak(process.pid()));
      String order =
          String.join(" ", "" + runs++, item.workload(), "" + rows, "" + width, "" + item.times());
      orders.forEach(party -> party.println(order));
      long[][] figures = new long[3][];
      for (int party = 0; party < 3; party++) {
        figures[party] =
            Arrays.stream(answer(party).split(" ")).mapToLong(Long::parseLong).toArray();
      }
      List<List<SharedColumn>> views = new ArrayList<>();
      for (int party = 0; party < 3; party++) {
        views.add(ResultFile.read(folder.resolve("result-" + party)));
      }
      List<ClearColumn> result = Reconstruction.openAll(views);
      return new Figures(
          suite,
          item.title(),
          (long) rows,
          width,
          Arrays.stream(figures).mapToLong(f -> f[0]).max().orElseThrow() / 1e9 / times,
          Arrays.stream(figures).mapToLong(f -> f[1]).sum() / 1e9 / times,
          Arrays.stream(figures).mapToLong(f -> f[2]).sum() / 3.0 / rows / times,
          figures[0][3] / item.times(),
          processes.stream()
              .map(process -> ProcessFigures.peakRssMegabytes(process.pid()))
              .filter(mb -> mb != null)
              .max(Long::compare)
              .orElse(null),
          null,
          null,
          workload.oracle().isRight(workload.inputs().of(rows, width), result));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the processes and removes their folder. */
  @Override
  public void close() {
    stop();
    Runtime.getRuntime().removeShutdownHook(closeOnExit);
  }

  private void interrupt() {
    processes.forEach(Process::destroyForcibly);
    stop();
  }

  private synchronized void stop() {
    orders.forEach(PrintStream::close);
    try {
      for (Process process : processes) {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
    } catch (InterruptedException e) {
      processes.forEach(Process::destroyForcibly);
      Thread.currentThread().interrupt();
    }
    relays.forEach(DelayRelay::close);
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("trefoil: " + folder + " is left behind: " + e.getMessage());
    }
  }
}
