package org.trefoil.jobs;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.trefoil.bench.Figures;

/** Prints what was measured, for people: the same columns as the JSON form has keys. */
final class FiguresTable {
  private FiguresTable() {}

  static void print(List<Figures> figures, PrintStream out) {
    List<List<String>> lines = new ArrayList<>();
    for (Figures row : figures) {
      Map<String, Object> values = row.toMap();
      if (lines.isEmpty()) {
        lines.add(List.copyOf(values.keySet()));
      }
      lines.add(values.values().stream().map(FiguresTable::text).toList());
    }
    int columns = lines.get(0).size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], line.get(c).length());
      }
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String format = c < 2 ? "%-" + widths[c] + "s" : "%" + widths[c] + "s";
        text.append(c == 0 ? "" : "  ").append(format.formatted(line.get(c)));
      }
      out.println(text.toString().stripTrailing());
    }
  }

  static String text(Object value) {
    if (value == null) {
      return "-";
    }
    if (value instanceof Double number) {
      return String.format(Locale.ROOT, number < 10 ? "%.3f" : "%.1f", number);
    }
    return value.toString();
  }
}
