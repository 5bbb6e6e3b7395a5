package org.trefoil.contributor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * A CSV file (RFC 4180, UTF-8, comma) with a header. Columns are found by name, in any case and
 * order; an empty cell is NULL, {@code ""} the empty string. Dates are {@code 2026-11-22},
 * timestamps {@code 2026-11-22T12:00:00Z}. An error names line and column and no value.
 */
final class CsvRows {
  private static final CsvMapper CSV =
      CsvMapper.builder()
          .enable(CsvParser.Feature.EMPTY_UNQUOTED_STRING_AS_NULL)
          .enable(CsvParser.Feature.TRIM_SPACES)
          .build();
  private static final Set<String> TRUTH = Set.of("true", "false");

  private CsvRows() {}

  /**
   * The rows of a file.
   *
   * @param most rows that are read: one more is VALUE_OUT_OF_RANGE
   * @throws TrefoilException SOURCE_FAILED
   */
  static List<Object[]> read(Path file, List<Field> fields, int most) {
    try (MappingIterator<Map<String, String>> lines =
        CSV.readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(Files.newBufferedReader(file))) {
      List<Object[]> rows = new ArrayList<>();
      while (lines.hasNextValue()) {
        if (rows.size() == most) {
          throw new TrefoilException(
              Condition.VALUE_OUT_OF_RANGE,
              "Cannot contribute "
                  + file
                  + ": it has more than "
                  + most
                  + " rows, which is what the table's policy takes of each contributor. Leave rows"
                  + " out.");
        }
        rows.add(row(file, rows.size() + 2, lines.nextValue(), fields));
      }
      return rows;
    } catch (JsonProcessingException e) {
      throw wrong(file, "it is not CSV with a header", e);
    } catch (IOException e) {
      throw wrong(file, "it cannot be read (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private static Object[] row(Path file, int line, Map<String, String> cells, List<Field> fields) {
    Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    cells.forEach((name, cell) -> byName.put(name.strip(), cell));
    Object[] row = new Object[fields.size()];
    for (int i = 0; i < row.length; i++) {
      Field field = fields.get(i);
      if (!byName.containsKey(field.name())) {
        throw wrong(file, "line " + line + " has no column " + field.name(), null);
      }
      String cell = byName.get(field.name());
      try {
        row[i] = cell == null ? null : value(field, cell);
      } catch (ArithmeticException | IllegalArgumentException | DateTimeException e) {
        throw wrong(
            file,
            "line " + line + ", column " + field.name() + " is no " + field.type().sql(),
            null);
      }
    }
    return row;
  }

  private static Object value(Field field, String cell) {
    return switch (field.type().kind()) {
      case BOOLEAN -> truth(cell);
      case TINYINT, SMALLINT, INT, BIGINT -> Long.parseLong(cell);
      case DATE -> LocalDate.parse(cell).toEpochDay();
      case TIMESTAMP -> ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(cell));
      case DAY_TIME -> Duration.parse(cell).dividedBy(ChronoUnit.MICROS.getDuration());
      case YEAR_MONTH -> Period.parse(cell).toTotalMonths();
      case DECIMAL -> new BigDecimal(cell).setScale(field.type().scale(), RoundingMode.UNNECESSARY);
      case DOUBLE -> Double.parseDouble(cell);
      case FLOAT -> (double) Float.parseFloat(cell);
      case STRING -> cell;
      case BINARY -> cell.getBytes(StandardCharsets.UTF_8);
    };
  }

  private static boolean truth(String cell) {
    String word = cell.toLowerCase(Locale.ROOT);
    if (!TRUTH.contains(word)) {
      throw new IllegalArgumentException("neither true nor false");
    }
    return word.equals("true");
  }

  private static TrefoilException wrong(Path file, String reason, Exception cause) {
    return new TrefoilException(
        Condition.SOURCE_FAILED, "Cannot contribute " + file + ": " + reason + ".", cause);
  }
}
