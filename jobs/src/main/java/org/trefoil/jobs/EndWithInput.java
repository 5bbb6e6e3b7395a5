package org.trefoil.jobs;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ends this process when its standard input does, that is when the process that started it is gone,
 * however it went. On only where {@code TREFOIL_END_WITH_INPUT} is set.
 */
final class EndWithInput {
  private EndWithInput() {}

  static void watch() {
    if (System.getenv("TREFOIL_END_WITH_INPUT") == null) {
      return;
    }
    Thread watcher =
        new Thread(
            () -> {
              awaitEnd(System.in);
              System.exit(0);
            },
            "end-with-input");
    watcher.setDaemon(true);
    watcher.start();
  }

  private static void awaitEnd(InputStream in) {
    try {
      while (in.read() >= 0) {
        // Nothing is expected; only the end matters.
      }
    } catch (IOException e) {
      // A broken pipe is an end, too.
    }
  }
}
