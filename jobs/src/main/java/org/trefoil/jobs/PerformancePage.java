package org.trefoil.jobs;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.trefoil.bench.Figures;

/**
 * Puts what was measured into {@code docs/performance.md}: the part between two marks that bear the
 * suite's name, and nothing else of the page.
 */
final class PerformancePage {
  /** Columns of the table, and what they are called there. */
  private static final List<Map.Entry<String, String>> COLUMNS =
      List.of(
          Map.entry("name", "Work"),
          Map.entry("rows", "Rows"),
          Map.entry("width", "Bits"),
          Map.entry("wall_s", "Wall s"),
          Map.entry("cpu_s", "CPU s, three executors"),
          Map.entry("bytes_per_row_per_party", "Bytes per row and party"),
          Map.entry("rounds", "Rounds"),
          Map.entry("peak_rss_mb", "Peak MB"),
          Map.entry("owner_cpu_s", "Owners' CPU s"),
          Map.entry("spark_plain_s", "Plain Spark s"));

  private PerformancePage() {}

  /**
   * Rewrites the suite's part of the page.
   *
   * @param options what the command was given, as the page says it
   */
  static void update(Path page, String suite, String options, List<Figures> figures)
      throws IOException {
    String text = Files.readString(page);
    String begin = "<!-- begin " + suite + " -->\n";
    String end = "<!-- end " + suite + " -->\n";
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException(page + " has no part between " + begin.strip() + " and " + end.strip());
    }
    String part = "`bin/trefoil " + options + "` on " + machine() + ":\n\n" + table(figures);
    Files.writeString(page, text.substring(0, from + begin.length()) + part + text.substring(to));
  }

  private static String machine() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return String.format(
        Locale.ROOT,
        "%d cores shared by all processes, %d GiB, JDK %d, load average %.0f when it ended",
        system.getAvailableProcessors(),
        Math.round(system.getTotalMemorySize() / (double) (1L << 30)),
        Runtime.version().feature(),
        Math.max(0, system.getSystemLoadAverage()));
  }

  static String table(List<Figures> figures) {
    List<Map.Entry<String, String>> shown =
        COLUMNS.stream()
            .filter(c -> figures.stream().anyMatch(f -> f.toMap().get(c.getKey()) != null))
            .toList();
    StringBuilder text = new StringBuilder("|");
    shown.forEach(column -> text.append(' ').append(column.getValue()).append(" |"));
    text.append("\n|");
    shown.forEach(column -> text.append(column.getKey().equals("name") ? "---|" : "---:|"));
    for (Figures row : figures) {
      text.append("\n|");
      Map<String, Object> values = row.toMap();
      for (Map.Entry<String, String> column : shown) {
        Object value = values.get(column.getKey());
        String cell =
            value instanceof Long number
                ? String.format(Locale.ROOT, "%,d", number)
                : FiguresTable.text(value);
        text.append(' ').append(cell).append(" |");
      }
    }
    return text.append('\n').toString();
  }
}
