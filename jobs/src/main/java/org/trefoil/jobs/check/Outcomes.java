package org.trefoil.jobs.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the queries. */
final class Outcomes {
  private int equal;
  private int bothFailed;
  private int failedEarlier;
  private int droppedEarlier;
  private final Map<String, Integer> refused = new TreeMap<>();
  private int different;

  void add(Comparison.Outcome outcome) {
    switch (outcome.verdict()) {
      case EQUAL -> equal++;
      case BOTH_FAILED -> bothFailed++;
      case FAILED_EARLIER -> failedEarlier++;
      case DROPPED_EARLIER -> droppedEarlier++;
      case REFUSED -> refused.merge(outcome.detail(), 1, Integer::sum);
      case DIFFERENT -> different++;
    }
  }

  boolean allEqual() {
    return different == 0;
  }

  int compared() {
    return equal + bothFailed + failedEarlier + droppedEarlier;
  }

  /** For people, line by line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("equal     " + equal);
    lines.add("failed    " + bothFailed + " (in plain Spark too, with the same condition)");
    if (failedEarlier > 0) {
      lines.add("          " + failedEarlier + " for an owner's row that plain Spark drops first");
    }
    if (droppedEarlier > 0) {
      lines.add(
          "          "
              + droppedEarlier
              + " in plain Spark only, for a group that HAVING drops first");
    }
    int outside = refused.values().stream().mapToInt(i -> i).sum();
    lines.add(
        "refused   "
            + outside
            + " ("
            + 100 * outside / Math.max(1, outside + compared() + different)
            + " %, by name)");
    refused.forEach((reason, count) -> lines.add("          " + count + " " + reason));
    lines.add("different " + different);
    return lines;
  }
}
