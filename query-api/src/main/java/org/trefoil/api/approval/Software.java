package org.trefoil.api.approval;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which software this is, as approvals name it. */
public final class Software {
  public static final String VERSION = read();

  private Software() {}

  private static String read() {
    try (InputStream in = Software.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
