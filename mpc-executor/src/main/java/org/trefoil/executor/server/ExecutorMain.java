package org.trefoil.executor.server;

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
    try {
      run(Path.of(args[1]));
    } catch (TrefoilException e) {
      System.err.println(e.getMessage());
      System.exit(e.condition().outcome().exitCode());
    }
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
