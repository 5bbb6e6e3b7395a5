package org.trefoil.jobs.check;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table with random columns and rows. Column {@code id} is its declared key; columns {@code r0},
 * {@code r1}, ... refer to ids of any table, some of them to none.
 */
record RandomTable(String owner, String name, List<Column> columns, List<List<Object>> rows) {
  private static final List<Integer> SIZES = List.of(0, 1, 2, 3, 7, 12, 30, 30, 60);

  /** A column; {@code small} ones may take part in arithmetic without overflow. */
  record Column(String name, Kind kind, boolean nullable, boolean small) {}

  /** How the rows are made. */
  private enum Shape {
    MIXED,
    MANY_NULLS,
    ALL_EQUAL,
    EXTREMES
  }

  static RandomTable of(Dice dice, String owner, String name) {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("id", Kind.BIGINT, false, true));
    for (int i = 0; i < 2; i++) {
      columns.add(new Column("r" + i, Kind.BIGINT, dice.chance(0.6), true));
    }
    int more = 3 + dice.below(5);
    for (int i = 0; i < more; i++) {
      Kind kind = dice.one(List.of(Kind.values()));
      boolean small = kind.isNumber() ? dice.chance(0.75) : dice.chance(0.6);
      columns.add(new Column("c" + i, kind, dice.chance(0.7), small));
    }
    Shape shape = dice.chance(0.5) ? Shape.MIXED : dice.one(List.of(Shape.values()));
    int size = dice.one(SIZES);
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < size; row++) {
      List<Object> values = new ArrayList<>();
      for (int c = 0; c < columns.size(); c++) {
        Column column = columns.get(c);
        if (c == 0) {
          values.add((long) row);
        } else if (column.nullable() && dice.chance(shape == Shape.MANY_NULLS ? 0.7 : 0.2)) {
          values.add(null);
        } else if (shape == Shape.ALL_EQUAL && row > 0 && rows.get(0).get(c) != null) {
          values.add(rows.get(0).get(c));
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
    return new RandomTable(owner, name, List.copyOf(columns), rows);
  }

  String ddl() {
    return columns.stream()
        .map(c -> c.name() + " " + c.kind().ddl() + (c.nullable() ? "" : " NOT NULL"))
        .collect(Collectors.joining(", "));
  }

  /** The rows as JSON, one object on a line. */
  String json() {
    StringBuilder text = new StringBuilder();
    for (List<Object> row : rows) {
      List<String> fields = new ArrayList<>();
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
