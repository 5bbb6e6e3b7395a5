package org.trefoil.executor.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;

/** The executor as a command: {@code --config FILE}. Runs until SIGTERM or SIGINT. */
public final class ExecutorMain {
  private ExecutorMain() {}

  public static void main(String[] args) throws InterruptedException {
    if (args.length != 2 || !args[0].equals("--config")) {
      System.err.println("usage: executor --config FILE");
      System.exit(Outcome.USAGE.exitCode());
    }
    if (System.getenv("TREFOIL_END_WITH_INPUT") != null) {
      endWithInput();
    }
    try {
      run(Path.of(args[1]));
    } catch (TrefoilException e) {
      System.err.println(e.getMessage());
      System.exit(e.condition().outcome().exitCode());
    }
  }

  /** Ends this process when its standard input does: when the one that started it is gone. */
  private static void endWithInput() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                System.in.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                // A broken pipe is an end, too.
              }
              System.exit(0);
            },
            "end-with-input");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** Runs an executor in this process until it is told to end. */
  public static void run(Path config) throws InterruptedException {
    ExecutorServer server = ExecutorServer.start(ExecutorConfig.read(config));
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  ended.countDown();
                },
                "executor-shutdown"));
    ended.await();
  }
}
