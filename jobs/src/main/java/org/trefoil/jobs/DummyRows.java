package org.trefoil.jobs;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.api.type.IntervalText;
import org.trefoil.jobs.deployment.SampleTable;

/**
 * Rows that nobody's data are behind, true to a table's descriptor: its types, keys and ranges. A
 * group of k-1 entities, one of k and one of k+1 come first, then larger ones, so that a query over
 * them shows what is held back. The n-th value of a type and range is the same in every table:
 * columns that are joined find each other.
 */
final class DummyRows {
  private static final LocalDate DAY = LocalDate.of(2026, 1, 1);
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final long MOST = 1_000_000_000;
  private static final long USUAL = 1_000;
  private static final int LARGE_GROUPS = 5;
  private static final int REPEATED = 4;
  private static final int NULL_IN = 10;

  private final TableDescriptor table;
  private final long rows;
  private final int k;
  private final int perEntity;
  private final SplittableRandom random;

  /** For columns of keys: how many rows in succession share a value, and how many values follow. */
  private final Map<String, Run> keys = new LinkedHashMap<>();

  private final Set<String> groups;

  private record Run(long each, long values) {
    long at(long row) {
      return row / each % values;
    }
  }

  /**
   * @throws TrefoilException INVALID_CONFIGURATION if so many rows cannot be
   */
  DummyRows(TableDescriptor table, long rows, long seed) {
    this.table = table;
    this.rows = table.isOneRow() ? Math.min(rows, 1) : rows;
    this.k = table.policy().minGroupSize();
    if (rows < 1) {
      throw cannot("there has to be one. Set --rows");
    }
    this.random = new SplittableRandom(seed ^ table.name().hashCode());
    for (List<String> key : table.keys()) {
      if (!key.isEmpty()) {
        key(key);
      }
    }
    List<String> entity = table.policy().entity();
    boolean unique = entity.isEmpty() || table.keys().stream().anyMatch(entity::containsAll);
    this.perEntity = unique ? 1 : 2;
    this.groups = groupColumns();
    if (!table.isOneRow() && !groups.isEmpty() && rows < 3L * k * perEntity) {
      throw cannot(
          "groups of k-1, k and k+1 take "
              + 3L * k * perEntity
              + " rows. Set --rows to that or more");
    }
  }

  /** Counts through a key's columns, the last one fastest. */
  private void key(List<String> key) {
    if (key.stream().anyMatch(c -> keys.containsKey(c) && keys.get(c).values() >= rows)) {
      return;
    }
    if (key.stream().anyMatch(keys::containsKey)) {
      throw cannot(
          "its keys " + table.keys() + " share columns. Leave it out by naming others in --table");
    }
    long[] values = new long[key.size()];
    long all = 1;
    for (int c = values.length - 1; c >= 0; c--) {
      long most = capacity(field(key.get(c)));
      values[c] = c == 0 ? Math.min(most, (rows + all - 1) / all) : Math.min(most, REPEATED);
      all *= Math.max(1, values[c]);
    }
    for (int c = values.length - 1; c >= 0 && all < rows; c--) {
      long others = all / values[c];
      values[c] = Math.min(capacity(field(key.get(c))), (rows + others - 1) / others);
      all = others * values[c];
    }
    if (all < rows) {
      throw cannot(
          "columns "
              + key
              + " of a key have "
              + all
              + " different values. Set --rows to that or less");
    }
    long each = 1;
    for (int c = values.length - 1; c >= 0; c--) {
      keys.put(key.get(c), new Run(each, Math.max(1, values[c])));
      each *= Math.max(1, values[c]);
    }
  }

  /** What queries group by: what may be shown and is no measure; if there is none, any of it. */
  private Set<String> groupColumns() {
    Set<String> may = new LinkedHashSet<>();
    Set<String> best = new LinkedHashSet<>();
    for (Field field : table.fields()) {
      String name = field.name();
      Set<Verb> use = table.policy().column(name).use();
      if (use.contains(Verb.GROUP)
          && !keys.containsKey(name)
          && !table.policy().entity().contains(name)) {
        may.add(name);
        if (!field.type().isNumeric() || !use.contains(Verb.AGGREGATE)) {
          best.add(name);
        }
      }
    }
    return best.isEmpty() ? may : best;
  }

  void write(Path csv) throws IOException {
    List<Field> fields = table.fields();
    try (SampleTable out =
        SampleTable.create(csv, fields.stream().map(Field::name).toArray(String[]::new))) {
      for (long row = 0; row < rows; row++) {
        long entity = row / perEntity;
        long group = group(entity);
        Object[] values = new Object[fields.size()];
        for (int c = 0; c < values.length; c++) {
          values[c] = value(fields.get(c), row, entity, group);
        }
        out.row(values);
      }
    }
  }

  /** 0, 1 and 2 have k-1, k and k+1 entities, the others the rest in parts. */
  private long group(long entity) {
    if (entity < k - 1) {
      return 0;
    }
    if (entity < 2L * k - 1) {
      return 1;
    }
    if (entity < 3L * k) {
      return 2;
    }
    long rest = rows / perEntity - 3L * k;
    long parts = Math.max(1, Math.min(LARGE_GROUPS, rest / (2L * k)));
    return 3 + (entity - 3L * k) % parts;
  }

  private Object value(Field field, long row, long entity, long group) {
    String name = field.name();
    long many = capacity(field);
    if (keys.containsKey(name)) {
      return nth(field, keys.get(name).at(row));
    }
    if (table.policy().entity().contains(name)) {
      return nth(field, entity % many);
    }
    if (groups.contains(name)) {
      return nth(field, group % many);
    }
    if (field.nullable() && random.nextInt(NULL_IN) == 0) {
      return null;
    }
    if (table.policy().column(name).use().contains(Verb.JOIN)) {
      return nth(field, random.nextLong(Math.min(many, rows)));
    }
    return any(field);
  }

  // ---- values of a type within its range

  private BigDecimal least(Field field) {
    return range(field).map(Range::least).orElse(BigDecimal.ZERO);
  }

  private Optional<Range> range(Field field) {
    ColumnPolicy policy = table.policy().column(field.name());
    return field.type().isNumeric() ? policy.range() : Optional.empty();
  }

  /** How many values the type and the range have, up to a billion. */
  private long capacity(Field field) {
    DataType type = field.type();
    return switch (type.kind()) {
      case BOOLEAN -> 2;
      case STRING, BINARY -> power(digits(type));
      case DATE, TIMESTAMP, DAY_TIME, YEAR_MONTH -> MOST / USUAL;
      default -> {
        BigDecimal most =
            switch (type.kind()) {
              case TINYINT -> BigDecimal.valueOf(Byte.MAX_VALUE);
              case SMALLINT -> BigDecimal.valueOf(Short.MAX_VALUE);
              case DECIMAL ->
                  BigDecimal.TEN.pow(type.precision() - type.scale()).subtract(BigDecimal.ONE);
              default -> BigDecimal.valueOf(MOST);
            };
        BigDecimal last = range(field).map(Range::greatest).orElse(most);
        yield last.subtract(least(field))
            .setScale(0, RoundingMode.FLOOR)
            .add(BigDecimal.ONE)
            .min(BigDecimal.valueOf(MOST))
            .longValueExact();
      }
    };
  }

  /** Digits of a text, which has a letter before them if there is room. */
  private static int digits(DataType type) {
    int characters =
        type.precision() < DataType.DEFAULT_STRING_BYTES ? type.precision() / 4 : type.precision();
    return Math.max(1, Math.min(9, characters - 1));
  }

  private static long power(int digits) {
    return BigDecimal.TEN.pow(digits).longValueExact();
  }

  private Object nth(Field field, long n) {
    DataType type = field.type();
    return switch (type.kind()) {
      case BOOLEAN -> n == 1;
      case STRING, BINARY -> {
        String number = ("%0" + Math.min(5, digits(type)) + "d").formatted(n);
        yield type.precision() < 8 ? number : "v" + number;
      }
      case DATE -> DAY.plusDays(n);
      case DAY_TIME -> IntervalText.ofMicros(3_600_000_000L * n);
      case YEAR_MONTH -> IntervalText.ofMonths(n);
      case TIMESTAMP -> TIMESTAMP.format(start().plusSeconds(3600 * n));
      default ->
          least(field).setScale(type.scale(), RoundingMode.CEILING).add(BigDecimal.valueOf(n));
    };
  }

  private Object any(Field field) {
    DataType type = field.type();
    if (!type.isNumeric()) {
      return nth(field, random.nextLong(Math.min(capacity(field), USUAL)));
    }
    long steps = Math.min(capacity(field) - 1, range(field).isPresent() ? MOST : USUAL);
    BigDecimal value =
        least(field)
            .setScale(type.scale(), RoundingMode.CEILING)
            .add(BigDecimal.valueOf(random.nextLong(steps + 1)));
    BigDecimal part =
        BigDecimal.valueOf(
            random.nextLong(power(Math.min(9, type.scale()))), Math.min(9, type.scale()));
    BigDecimal finer = value.add(part);
    return range(field).isPresent() && finer.compareTo(range(field).get().greatest()) > 0
        ? value
        : finer;
  }

  private static Instant start() {
    return DAY.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private Field field(String name) {
    return table.fields().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  private TrefoilException cannot(String reason) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot make " + rows + " rows of " + table.name() + ": " + reason + ".");
  }
}
