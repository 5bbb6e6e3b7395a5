package org.trefoil.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One run of {@code bin/trefoil} as a process: what it printed and how it ended. */
record Command(int exitCode, String output, String errors) {
  private static final Duration LIMIT = Duration.ofMinutes(8);

  static Path home() {
    return Path.of(System.getenv("TREFOIL_HOME")).toAbsolutePath().normalize();
  }

  static Process start(String... arguments) throws IOException {
    // Tests that a shell runs in the background inherit that interrupts are ignored.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.add(home().resolve("bin/trefoil").toString());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }

  /** Runs to the end. */
  static Command run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    process.getOutputStream().close();
    CompletableFuture<String> errors =
        CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
    CompletableFuture<String> output =
        CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", arguments) + " took longer than " + LIMIT);
    }
    return new Command(process.exitValue(), output.join(), errors.join());
  }

  private static String text(InputStream in) {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(not readable: " + e.getMessage() + ")";
    }
  }
}
