package org.trefoil.jobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.util.DateFormatter;
import org.apache.spark.sql.catalyst.util.TimestampFormatter;
import org.apache.spark.sql.internal.SQLConf;

/** How a result is written. */
public enum ResultFormat {
  /** A table for people, NULL as {@code NULL}. */
  table {
    @Override
    public void write(List<String> names, List<Row> rows, PrintStream out) {
      List<List<String>> cells = new ArrayList<>();
      cells.add(names);
      for (Row row : rows) {
        List<String> line = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
          line.add(row.isNullAt(i) ? "NULL" : text(row.get(i)));
        }
        cells.add(line);
      }
      int[] widths = new int[names.size()];
      for (List<String> line : cells) {
        for (int i = 0; i < widths.length; i++) {
          widths[i] = Math.max(widths[i], line.get(i).codePointCount(0, line.get(i).length()));
        }
      }
      StringBuilder rule = new StringBuilder("+");
      for (int width : widths) {
        rule.append("-".repeat(width + 2)).append('+');
      }
      out.println(rule);
      for (int r = 0; r < cells.size(); r++) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
          String cell = cells.get(r).get(i);
          int pad = widths[i] - cell.codePointCount(0, cell.length());
          boolean right = r > 0 && rows.get(r - 1).get(i) instanceof Number;
          line.append(' ').append(right ? " ".repeat(pad) + cell : cell + " ".repeat(pad));
          line.append(" |");
        }
        out.println(line);
        if (r == 0) {
          out.println(rule);
        }
      }
      out.println(rule);
    }
  },
  /** RFC 4180 with a header; NULL is empty, the empty string is {@code ""}. */
  csv {
    @Override
    public void write(List<String> names, List<Row> rows, PrintStream out) {
      line(names.stream().map(ResultFormat::quoted).toList(), out);
      for (Row row : rows) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
          cells.add(row.isNullAt(i) ? "" : quoted(text(row.get(i))));
        }
        line(cells, out);
      }
    }

    private void line(List<String> cells, PrintStream out) {
      out.print(String.join(",", cells));
      out.print("\r\n");
    }
  },
  /** One JSON object per row and line; decimals, dates and timestamps as strings. */
  json {
    @Override
    public void write(List<String> names, List<Row> rows, PrintStream out) {
      for (Row row : rows) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < names.size(); i++) {
          put(object, names.get(i), row.get(i));
        }
        out.println(object);
      }
    }

    private void put(ObjectNode object, String name, Object value) {
      if (value == null) {
        object.putNull(name);
      } else if (value instanceof Boolean flag) {
        object.put(name, flag);
      } else if (value instanceof Double number) {
        object.put(name, number);
      } else if (value instanceof Float number) {
        object.put(name, number);
      } else if (value instanceof Number number && !(value instanceof BigDecimal)) {
        object.put(name, number.longValue());
      } else {
        object.put(name, text(value));
      }
    }
  };

  /** Writes rows under the names of their columns. */
  public abstract void write(List<String> names, List<Row> rows, PrintStream out);

  void write(Dataset<Row> result, PrintStream out) {
    write(List.of(result.columns()), result.collectAsList(), out);
    out.flush();
  }

  /** To {@code file}, all or nothing; to standard output if it is null. */
  void write(Dataset<Row> result, Path file) throws IOException {
    if (file == null) {
      write(result, System.out);
      return;
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(fresh), false, StandardCharsets.UTF_8)) {
      write(result, out);
    }
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * As Spark's cast to STRING, BINARY as its hex(): days in its calendar, timestamps in the
   * session's time zone.
   */
  private static String text(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof Date day) {
      return DateFormatter.apply().format(day);
    }
    if (value instanceof Timestamp instant) {
      return timestamps().format(instant);
    }
    if (value instanceof LocalDateTime local) {
      return timestamps().format(local);
    }
    return value instanceof byte[] bytes
        ? HexFormat.of().withUpperCase().formatHex(bytes)
        : value.toString();
  }

  private static TimestampFormatter timestamps() {
    return TimestampFormatter.getFractionFormatter(
        ZoneId.of(SQLConf.get().sessionLocalTimeZone(), ZoneId.SHORT_IDS));
  }

  private static String quoted(String cell) {
    boolean needed =
        cell.isEmpty()
            || cell.indexOf(',') >= 0
            || cell.indexOf('"') >= 0
            || cell.indexOf('\n') >= 0
            || cell.indexOf('\r') >= 0;
    return needed ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
