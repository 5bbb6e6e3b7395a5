package org.trefoil.jobs;

import java.io.IOException;
import java.io.OutputStream;

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
}
