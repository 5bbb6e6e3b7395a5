package org.trefoil.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** An H2 database server in a process of its own, as one owner's source. */
final class DemoDatabase implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final ChildProcess server;
  private final int port;
  private final String password;

  private DemoDatabase(ChildProcess server, int port, String password) {
    this.server = server;
    this.port = port;
    this.password = password;
  }

  static DemoDatabase start(Path folder) {
    int port = LocalCluster.freePorts(1).get(0);
    try {
      Files.createDirectories(folder.resolve("database"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] secret = new byte[12];
    new SecureRandom().nextBytes(secret);
    ChildProcess server =
        ChildProcess.start(
            "database",
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dh2.bindAddress=127.0.0.1",
                "-cp",
                System.getProperty("java.class.path"),
                DemoDatabaseMain.class.getName(),
                String.valueOf(port),
                folder.resolve("database").toString()),
            Map.of("TREFOIL_END_WITH_INPUT", "true"),
            folder.resolve("database.log"),
            false);
    DemoDatabase database = new DemoDatabase(server, port, HexFormat.of().formatHex(secret));
    database.awaitPort();
    return database;
  }

  private void awaitPort() {
    Instant limit = Instant.now().plus(START_LIMIT);
    while (true) {
      server.check();
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return;
      } catch (IOException e) {
        if (Instant.now().isAfter(limit)) {
          throw new TrefoilException(
              Condition.TIMEOUT,
              "Cannot start the database server on port "
                  + port
                  + ": it did not answer in "
                  + START_LIMIT.toSeconds()
                  + " s. Run the demo again",
              e);
        }
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TrefoilException(
            Condition.QUERY_CANCELLED,
            "Cannot start the database server: interrupted. Run the demo again",
            e);
      }
    }
  }

  /** What {@code spark.read().format("jdbc")} needs, without the table. */
  Map<String, String> options() {
    return Map.of(
        "url",
        "jdbc:h2:tcp://127.0.0.1:" + port + "/./carrier",
        "driver",
        "org.h2.Driver",
        "user",
        "sa",
        "password",
        password);
  }

  @Override
  public void close() {
    server.close();
  }
}
