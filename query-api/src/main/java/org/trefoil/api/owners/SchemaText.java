package org.trefoil.api.owners;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * The columns of Spark's DDL text of a schema, such as {@code id BIGINT NOT NULL, name
 * VARCHAR(40)}.
 *
 * @param fields the columns of supported types; DOUBLE and FLOAT have scale 0 here
 * @param unsupported the types of the other columns by name
 */
public record SchemaText(List<Field> fields, Map<String, String> unsupported) {
  private static final Pattern COLUMN =
      Pattern.compile(
          "(?:`((?:[^`]|``)+)`|([\\p{L}\\p{N}_]+))\\s*:?\\s*(.+?)(\\s+NOT\\s+NULL)?"
              + "(\\s+COMMENT\\s+(?:'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"))?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern TYPE =
      Pattern.compile("([A-Z_]+)(?:\\s*\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\))?");
  private static final Pattern SIZED_BINARY =
      Pattern.compile("BINARY\\s*\\(\\s*\\d+\\s*\\)", Pattern.CASE_INSENSITIVE);
  private static final Set<String> OTHER_TYPES =
      Set.of(
          "TIMESTAMP_NTZ",
          "TIME",
          "INTERVAL",
          "ARRAY",
          "MAP",
          "STRUCT",
          "VARIANT",
          "GEOMETRY",
          "GEOGRAPHY",
          "VOID");

  public SchemaText {
    fields = List.copyOf(fields);
    unsupported = Map.copyOf(unsupported);
  }

  /**
   * The columns of {@code ddl}. VARCHAR(n) and CHAR(n) count characters, the profile's STRING
   * counts bytes of UTF-8: 4 bytes are reserved for each character as long as that stays within the
   * 64 bytes of a STRING without a length, else the larger of 64 and n bytes. What is longer fails
   * while sharing, as everywhere; a larger n helps. BINARY(n), which Spark does not know, has at
   * most n bytes.
   *
   * @throws TrefoilException INVALID_OWNERS_FILE
   */
  public static SchemaText parse(String ddl) {
    List<Field> fields = new ArrayList<>();
    Map<String, String> unsupported = new LinkedHashMap<>();
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (String part : columns(ddl)) {
      Matcher m = COLUMN.matcher(part.strip());
      if (!m.matches()) {
        throw invalid(ddl, "\"" + part.strip() + "\" is not a name and a type");
      }
      String name = m.group(1) != null ? m.group(1).replace("``", "`") : m.group(2);
      if (!names.add(name)) {
        throw invalid(ddl, "column " + name + " occurs twice");
      }
      String text = m.group(3).strip();
      Optional<DataType> type = type(ddl, name, text);
      if (type.isPresent()) {
        fields.add(new Field(name, type.get(), m.group(4) == null));
      } else {
        unsupported.put(name, text);
      }
    }
    return new SchemaText(fields, unsupported);
  }

  /** {@code ddl} as Spark reads it, which knows no length of a BINARY. */
  public static String forSpark(String ddl) {
    return columns(ddl).stream()
        .map(String::strip)
        .map(
            part -> {
              Matcher m = COLUMN.matcher(part);
              boolean sized = m.matches() && SIZED_BINARY.matcher(m.group(3)).matches();
              return sized
                  ? part.substring(0, m.start(3)) + "BINARY" + part.substring(m.end(3))
                  : part;
            })
        .collect(Collectors.joining(", "));
  }

  /** The bytes reserved for a string that is declared to have at most {@code characters}. */
  public static int bytesOf(int characters) {
    return (int)
        Math.min(4L * characters, Math.max(characters, (long) DataType.DEFAULT_STRING_BYTES));
  }

  private static Optional<DataType> type(String ddl, String column, String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    String word = upper.split("[\\s(<]", 2)[0];
    if (upper.matches("INTERVAL\\s+DAY\\s+TO\\s+SECOND")) {
      return Optional.of(DataType.DAY_TIME);
    }
    if (upper.matches("INTERVAL\\s+YEAR\\s+TO\\s+MONTH")) {
      return Optional.of(DataType.YEAR_MONTH);
    }
    if (OTHER_TYPES.contains(word)) {
      return Optional.empty();
    }
    if (word.equals("STRING") && upper.matches("STRING\\s+COLLATE\\s+\\S+")) {
      return upper.endsWith("UTF8_BINARY")
          ? Optional.of(DataType.string(DataType.DEFAULT_STRING_BYTES))
          : Optional.empty();
    }
    Matcher m = TYPE.matcher(upper);
    if (!m.matches()) {
      throw invalid(ddl, "column " + column + " has no type that Spark knows: " + text);
    }
    int first = m.group(2) == null ? -1 : number(ddl, m.group(2));
    int second = m.group(3) == null ? -1 : number(ddl, m.group(3));
    switch (word) {
      case "DECIMAL", "DEC", "NUMERIC" -> {
        int precision = first < 0 ? 10 : first;
        int scale = Math.max(second, 0);
        if (precision < 1 || precision > 38 || scale > precision) {
          throw invalid(ddl, "column " + column + " is " + text + ", but has at most 38 digits");
        }
        return Optional.of(DataType.decimal(precision, scale));
      }
      case "BINARY" -> {
        int bytes = first < 0 ? DataType.DEFAULT_STRING_BYTES : first;
        if (bytes < 1 || second >= 0) {
          throw invalid(ddl, "column " + column + " needs a length in bytes, as in BINARY(32)");
        }
        return Optional.of(DataType.binary(bytes));
      }
      case "VARCHAR", "CHAR", "CHARACTER" -> {
        if (first < 1 || second >= 0) {
          throw invalid(ddl, "column " + column + " needs a length, as in " + word + "(40)");
        }
        return Optional.of(DataType.string(bytesOf(first)));
      }
      default -> {
        if (first >= 0) {
          throw invalid(ddl, "column " + column + ": type " + word + " takes no parameter");
        }
      }
    }
    return Optional.of(
        switch (word) {
          case "BOOLEAN" -> DataType.BOOLEAN;
          case "TINYINT", "BYTE" -> DataType.TINYINT;
          case "SMALLINT", "SHORT" -> DataType.SMALLINT;
          case "INT", "INTEGER" -> DataType.INT;
          case "BIGINT", "LONG" -> DataType.BIGINT;
          case "DATE" -> DataType.DATE;
          case "TIMESTAMP", "TIMESTAMP_LTZ" -> DataType.TIMESTAMP;
          case "STRING" -> DataType.string(DataType.DEFAULT_STRING_BYTES);
          case "DOUBLE" -> DataType.fixedPoint(0);
          case "FLOAT", "REAL" -> DataType.fixedPointFloat(0);
          default ->
              throw invalid(ddl, "column " + column + " has no type that Spark knows: " + text);
        });
  }

  private static int number(String ddl, String digits) {
    if (digits.length() > 9) {
      throw invalid(ddl, digits + " is too large");
    }
    return Integer.parseInt(digits);
  }

  /** Splits at the commas that no bracket and no quote encloses. */
  private static List<String> columns(String ddl) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < ddl.length(); i++) {
      char c = ddl.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`' && i + 1 < ddl.length()) {
          part.append(c);
          c = ddl.charAt(++i);
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '`' || c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(' || c == '<') {
        depth++;
      } else if (c == ')' || c == '>') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(part.toString());
        part.setLength(0);
        continue;
      }
      part.append(c);
    }
    parts.add(part.toString());
    return parts;
  }

  private static TrefoilException invalid(String ddl, String reason) {
    return new TrefoilException(
        Condition.INVALID_OWNERS_FILE,
        "Cannot read schema \""
            + ddl.strip()
            + "\": "
            + reason
            + ". Write it as Spark does: id BIGINT NOT NULL, name VARCHAR(40).");
  }
}
