package org.trefoil.arrow.cluster;

import java.security.SecureRandom;
import java.util.HexFormat;

/** A random 128-bit name of one run of a query, in hexadecimal. Nothing is keyed by it alone. */
public record QueryId(String hex) {
  private static final SecureRandom RANDOM = new SecureRandom();

  public QueryId {
    if (!hex.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("a query id has 32 hexadecimal digits");
    }
  }

  public static QueryId random() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return new QueryId(HexFormat.of().formatHex(bytes));
  }

  @Override
  public String toString() {
    return hex;
  }
}
