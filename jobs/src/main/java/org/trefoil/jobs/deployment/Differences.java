package org.trefoil.jobs.deployment;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;

/** Where the answers on shares and those in the clear are not the same. */
public final class Differences {
  private Differences() {}

  /** A line for each difference; none if all are equal, in values, types and order. */
  public static List<String> between(List<Result> shares, List<Result> clear) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      compare(shares.get(i), clear.get(i), lines);
    }
    return lines;
  }

  private static void compare(Result shares, Result clear, List<String> lines) {
    String name = shares.name();
    if (!shares.columns().equals(clear.columns())) {
      lines.add(name + ": columns " + shares.columns() + ", in the clear " + clear.columns());
      return;
    }
    if (shares.rows().size() != clear.rows().size()) {
      lines.add(name + ": " + shares.rows().size() + " rows, in the clear " + clear.rows().size());
    }
    for (int r = 0; r < Math.min(shares.rows().size(), clear.rows().size()); r++) {
      Row one = shares.rows().get(r);
      Row other = clear.rows().get(r);
      if (!one.equals(other)) {
        lines.add(name + ", row " + (r + 1) + ": " + one + ", in the clear " + other);
      }
    }
  }
}
