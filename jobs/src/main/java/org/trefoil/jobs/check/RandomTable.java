package org.trefoil.jobs.check;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A table with random columns and rows. Column {@code id} is its declared key; columns {@code r0},
 * {@code r1}, ... refer to ids of any table, some of them to none; columns {@code p} and {@code q}
 * together are a key, too. Rows that are not {@code live} are there in the altered copy only.
 */
record RandomTable(
    String owner, String name, Minimum minimum, List<Column> columns, List<List<Object>> rows) {
  private static final List<Integer> SIZES = List.of(0, 1, 2, 3, 7, 12, 30, 30, 60);

  /** Sizes of tables with groups that are large enough, and groups that are not. */
  private static final List<Integer> GROUPED_SIZES = List.of(0, 1, 6, 24, 24, 40, 40, 60);

  private static final int MOST_MATCHES = 8;

  /** Whom a row is about, where {@link Minimum#entities} says so. */
  static final String ENTITY = "e";

  /**
   * The least size of a group.
   *
   * @param k of how many distinct rows
   * @param entities whether of entities instead: of values of column {@link #ENTITY}
   * @param absencePublic whether a union may show that it has no row
   */
  record Minimum(int k, boolean entities, boolean absencePublic) {
    static final Minimum NONE = new Minimum(1, false, true);
  }

  /** A column; {@code small} ones may take part in arithmetic without overflow. */
  record Column(String name, Kind kind, boolean nullable, boolean small) {}

  /** How the rows are made. */
  private enum Shape {
    MIXED,
    MANY_NULLS,
    ALL_EQUAL,
    EXTREMES
  }

  /** A table without a minimum. */
  static RandomTable of(Dice dice, String owner, String name) {
    return of(dice, owner, name, Minimum.NONE, SIZES);
  }

  /** A table whose groups are held back where they are small; it may have no minimum. */
  static RandomTable grouped(Dice dice, String owner, String name) {
    Minimum minimum =
        dice.chance(0.3)
            ? Minimum.NONE
            : new Minimum(2 + dice.below(3), dice.chance(0.3), dice.chance(0.6));
    return of(dice, owner, name, minimum, GROUPED_SIZES);
  }

  private static RandomTable of(
      Dice dice, String owner, String name, Minimum minimum, List<Integer> sizes) {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("id", Kind.BIGINT, false, true));
    for (int i = 0; i < 2; i++) {
      columns.add(new Column("r" + i, Kind.BIGINT, dice.chance(0.6), true));
    }
    if (sizes == GROUPED_SIZES) {
      columns.add(new Column("g", Kind.INT, dice.chance(0.5), true));
    } else {
      columns.add(new Column("p", Kind.BIGINT, false, true));
      columns.add(new Column("q", Kind.BIGINT, false, true));
    }
    int more = 3 + dice.below(5);
    for (int i = 0; i < more; i++) {
      Kind kind = dice.one(List.of(Kind.values()));
      boolean small = kind.isNumber() ? dice.chance(0.75) : dice.chance(0.6);
      columns.add(new Column("c" + i, kind, dice.chance(0.7), small));
    }
    if (sizes == GROUPED_SIZES) {
      columns.add(new Column(ENTITY, Kind.BIGINT, dice.chance(0.3), true));
    }
    Shape shape = dice.chance(0.5) ? Shape.MIXED : dice.one(List.of(Shape.values()));
    int size = dice.one(sizes);
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < size; row++) {
      List<Object> values = new ArrayList<>();
      for (int c = 0; c < columns.size(); c++) {
        Column column = columns.get(c);
        if (c == 0) {
          values.add((long) row);
        } else if (column.name().equals("p")) {
          values.add((long) row / 3);
        } else if (column.name().equals("q")) {
          values.add((long) row % 3);
        } else if (column.nullable() && dice.chance(shape == Shape.MANY_NULLS ? 0.7 : 0.2)) {
          values.add(null);
        } else if (shape == Shape.ALL_EQUAL && row > 0 && rows.get(0).get(c) != null) {
          values.add(rows.get(0).get(c));
        } else if (column.name().equals("g")) {
          values.add((long) dice.below(4));
        } else if (column.name().equals(ENTITY)) {
          values.add((long) dice.below(1 + size / 2));
        } else if (column.name().startsWith("r")) {
          values.add((long) dice.below(34) - 2);
        } else if (!column.small() && dice.chance(shape == Shape.EXTREMES ? 0.8 : 0.2)) {
          values.add(column.kind().extreme(dice));
        } else {
          values.add(column.kind().small(dice));
        }
      }
      rows.add(values);
    }
    return new RandomTable(owner, name, minimum, List.copyOf(columns), rows);
  }

  /** Without the entity, which a policy lets nobody compare. */
  RandomTable withoutEntity() {
    return new RandomTable(owner, name, minimum, columns.subList(0, columns.size() - 1), rows);
  }

  /** Its first columns, {@code id} and what refers to ids, as those of a union. */
  RandomTable keysOnly() {
    return new RandomTable(owner, name, minimum, columns.subList(0, 3), List.of());
  }

  String ddl() {
    return columns.stream()
        .map(c -> c.name() + " " + c.kind().ddl() + (c.nullable() ? "" : " NOT NULL"))
        .collect(Collectors.joining(", ", "", ", live BOOLEAN NOT NULL"));
  }

  /** The rows as JSON, one object on a line. */
  String json() {
    return json(rows, IntStream.range(0, rows.size()).boxed().toList());
  }

  /** Tables of so many rows are joined on inequalities. */
  static final int FEW = 7;

  /**
   * How many rows match at most where a reference is equated, and of few rows on any condition;
   * empty if they are too many for it to be worth while.
   */
  OptionalInt matches() {
    long most = rows.size() <= FEW ? rows.size() : 1;
    for (int c = 0; c < columns.size(); c++) {
      if (columns.get(c).name().matches("r[01]")) {
        int column = c;
        most =
            Math.max(
                most,
                rows.stream()
                    .filter(row -> row.get(column) != null)
                    .collect(Collectors.groupingBy(row -> row.get(column), Collectors.counting()))
                    .values()
                    .stream()
                    .mapToLong(n -> n)
                    .max()
                    .orElse(1));
      }
    }
    return most > MOST_MATCHES ? OptionalInt.empty() : OptionalInt.of((int) Math.max(1, most));
  }

  /** How Spark reads the rows of {@link #whole} and {@link #altered}: as a file, NULLs anywhere. */
  StructType schema() {
    StructType schema = new StructType();
    for (Column column : columns) {
      schema = schema.add(column.name(), column.kind().type(), column.nullable());
    }
    return schema.add("live", DataTypes.BooleanType, false);
  }

  /** The rows as Spark's, in one partition. */
  List<List<List<Object>>> whole() {
    return List.of(external(rows, IntStream.range(0, rows.size()).boxed().toList()));
  }

  private List<List<Object>> external(List<List<Object>> some, List<Integer> numbers) {
    List<List<Object>> all = new ArrayList<>();
    for (int i = 0; i < some.size(); i++) {
      List<Object> values = new ArrayList<>();
      for (int c = 0; c < columns.size(); c++) {
        Object value = some.get(i).get(c);
        values.add(value == null ? null : columns.get(c).kind().external(value));
      }
      values.add(numbers.get(i) < rows.size());
      all.add(values);
    }
    return all;
  }

  /** The rows in another order, in two partitions, among others that are not live. */
  List<List<List<Object>>> altered(Dice dice) {
    List<List<Object>> all = new ArrayList<>(rows);
    for (int i = 0; !rows.isEmpty() && i < 1 + dice.below(4); i++) {
      List<Object> more = new ArrayList<>(rows.get(dice.below(rows.size())));
      more.set(0, (long) rows.size() + i);
      for (int c = 0; c < columns.size(); c++) {
        if (columns.get(c).name().equals("p")) {
          more.set(c, 1000L + i);
        }
      }
      all.add(more);
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
    for (int i = order.size() - 1; i > 0; i--) {
      Collections.swap(order, i, dice.below(i + 1));
    }
    int half = all.size() / 2;
    return Stream.of(order.subList(0, half), order.subList(half, order.size()))
        .map(part -> external(part.stream().map(all::get).toList(), part))
        .toList();
  }

  private String json(List<List<Object>> some, List<Integer> numbers) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < some.size(); i++) {
      List<Object> row = some.get(i);
      List<String> fields = new ArrayList<>();
      fields.add("\"live\":" + (numbers.get(i) < rows.size()));
      for (int c = 0; c < columns.size(); c++) {
        if (row.get(c) != null) {
          fields.add('"' + columns.get(c).name() + "\":" + Kind.json(row.get(c)));
        }
      }
      text.append('{').append(String.join(",", fields)).append("}\n");
    }
    return text.toString();
  }

  /** A value of the column, as a literal. */
  String literal(Column column, Dice dice) {
    int at = columns.indexOf(column);
    Object value =
        rows.isEmpty() || dice.chance(0.3)
            ? column.kind().small(dice)
            : rows.get(dice.below(rows.size())).get(at);
    return column.kind().literal(value == null ? column.kind().small(dice) : value);
  }

  /** A number that a small column could hold. */
  static String smallNumber(Dice dice) {
    return dice.chance(0.7)
        ? String.valueOf(dice.below(41) - 20)
        : new BigDecimal(BigInteger.valueOf(dice.below(2001) - 1000), 2).toPlainString();
  }
}
