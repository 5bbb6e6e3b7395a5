package org.trefoil.jobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Executors and owner agents on this machine that outlive the command. */
@Command(
    name = "local",
    description = "Starts, shows or stops executors and owner agents on this machine.",
    mixinStandardHelpOptions = true)
final class LocalCommand {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  /** A process as it stands in the file {@code processes}: name, pid, start in milliseconds. */
  private record Kept(String name, long pid, long started) {
    /** The process, if it still runs and its pid has not passed to another one. */
    Optional<ProcessHandle> handle() {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .filter(p -> p.info().startInstant().map(t -> t.toEpochMilli() == started).orElse(true));
    }
  }

  @Command(name = "start", mixinStandardHelpOptions = true)
  int start(
      @Option(names = "--home", defaultValue = ".trefoil", paramLabel = "DIR") Path home,
      @Option(names = "--owners", defaultValue = "OWNERS.yaml", paramLabel = "FILE") Path owners)
      throws IOException {
    for (Kept process : kept(home)) {
      if (process.handle().isPresent()) {
        throw new ParameterException(
            spec.commandLine(),
            "Cannot start in " + home + ": " + process.name() + " runs. Stop it first");
      }
    }
    LocalCluster cluster = LocalCluster.kept(home, owners, "analyst");
    try {
      cluster.start();
    } catch (TrefoilException e) {
      cluster.children().forEach(ChildProcess::close);
      throw e;
    }
    List<String> lines = new ArrayList<>();
    for (ChildProcess child : cluster.children()) {
      long started =
          ProcessHandle.of(child.pid())
              .flatMap(p -> p.info().startInstant())
              .orElseThrow()
              .toEpochMilli();
      lines.add(child.name() + " " + child.pid() + " " + started);
    }
    Files.write(processes(home), lines, StandardCharsets.UTF_8);
    System.err.println(
        "trefoil: " + lines.size() + " processes run; logs in " + home.resolve("logs"));
    System.out.println(cluster.analystProperties());
    return 0;
  }

  @Command(name = "status", mixinStandardHelpOptions = true)
  int status(@Option(names = "--home", defaultValue = ".trefoil", paramLabel = "DIR") Path home)
      throws IOException {
    List<Kept> all = kept(home);
    if (all.isEmpty()) {
      System.out.println("nothing runs in " + home);
    }
    boolean complete = true;
    for (Kept process : all) {
      boolean runs = process.handle().isPresent();
      complete &= runs;
      System.out.printf("%-24s %s%n", process.name(), runs ? "pid " + process.pid() : "ended");
    }
    return complete ? 0 : Condition.PEER_UNAVAILABLE.outcome().exitCode();
  }

  @Command(name = "stop", mixinStandardHelpOptions = true)
  int stop(@Option(names = "--home", defaultValue = ".trefoil", paramLabel = "DIR") Path home)
      throws IOException {
    List<Kept> all = kept(home);
    all.forEach(process -> process.handle().ifPresent(ProcessHandle::destroy));
    for (Kept process : all) {
      Optional<ProcessHandle> handle = process.handle();
      if (handle.isPresent()) {
        awaitEnd(handle.get());
      }
    }
    Files.deleteIfExists(processes(home));
    return 0;
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static List<Kept> kept(Path home) throws IOException {
    if (!Files.exists(processes(home))) {
      return List.of();
    }
    List<Kept> all = new ArrayList<>();
    for (String line : Files.readAllLines(processes(home), StandardCharsets.UTF_8)) {
      String[] parts = line.split(" ");
      all.add(new Kept(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2])));
    }
    return all;
  }

  private static Path processes(Path home) {
    return home.resolve("processes");
  }
}
