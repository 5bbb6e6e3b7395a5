package org.trefoil.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A process that this one started and ends. Its output goes to a log file; it ends by itself when
 * this process is gone, because its standard input then ends.
 */
final class ChildProcess implements AutoCloseable {
  private static final int SHOWN_LOG_LINES = 15;

  /** How a command of {@code bin/trefoil} ends when it fails. */
  private static final Pattern FAILURE = Pattern.compile("trefoil: \\[(TREFOIL_[A-Z_]+)] (.*)");

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts {@code command}.
   *
   * @param detached true if it shall outlive this process
   */
  static ChildProcess start(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path log,
      boolean detached) {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(
        detached
            ? ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())
            : ProcessBuilder.Redirect.PIPE);
    try {
      return new ChildProcess(name, builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  String name() {
    return name;
  }

  /** Fails if it has ended: with the error that it wrote last, else with the end of its log. */
  void check() {
    if (!process.isAlive()) {
      List<String> lines = lastLines();
      failure(lines).ifPresent(this::fail);
      throw new TrefoilException(
          Condition.PEER_UNAVAILABLE,
          "Cannot go on without "
              + name
              + ": it ended with exit code "
              + process.exitValue()
              + ". The end of "
              + log
              + ":\n"
              + String.join("\n", lines));
    }
  }

  private static Optional<Matcher> failure(List<String> lines) {
    return lines.stream().map(FAILURE::matcher).filter(Matcher::matches).reduce((a, b) -> b);
  }

  private void fail(Matcher failure) {
    for (Condition condition : Condition.values()) {
      if (condition.label().equals(failure.group(1))) {
        throw new TrefoilException(condition, failure.group(2) + " (" + name + ")");
      }
    }
  }

  private List<String> lastLines() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      return lines.subList(Math.max(0, lines.size() - SHOWN_LOG_LINES), lines.size());
    } catch (IOException e) {
      return List.of("(not readable: " + e.getMessage() + ")");
    }
  }

  /** Asks it to end. */
  void terminate() {
    process.destroy();
  }

  /** Waits for the end; kills it after {@code patience}. */
  void await(Duration patience) {
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    terminate();
    await(Duration.ofSeconds(10));
  }
}
