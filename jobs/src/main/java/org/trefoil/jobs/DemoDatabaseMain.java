package org.trefoil.jobs;

import java.sql.SQLException;
import org.h2.tools.Server;

/** The process behind {@link DemoDatabase}: an H2 server that ends with its standard input. */
final class DemoDatabaseMain {
  private DemoDatabaseMain() {}

  /** Arguments: port, folder. */
  public static void main(String[] arguments) throws SQLException {
    EndWithInput.watch();
    Server.createTcpServer("-tcpPort", arguments[0], "-baseDir", arguments[1], "-ifNotExists")
        .start();
  }
}
