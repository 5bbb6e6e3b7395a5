package org.trefoil.jobs.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.trefoil.jobs.check.RandomTable.Column;

/** Random expressions over the columns of some relations, each well typed and without errors. */
final class RandomExpressions {
  /** A column under the name that it has in the query. */
  private record Reference(RandomTable table, Column column, String text) {}

  private final Dice dice;
  private final List<Reference> columns = new ArrayList<>();
  private boolean constants = true;

  RandomExpressions(Dice dice) {
    this.dice = dice;
  }

  RandomExpressions add(RandomTable table, String alias) {
    table.columns().forEach(c -> columns.add(new Reference(table, c, alias + "." + c.name())));
    return this;
  }

  /**
   * Without conditions that Spark finds to be constant: nothing of any row shows in these, so that
   * they are answered whatever is held back.
   */
  RandomExpressions withoutConstants() {
    constants = false;
    return this;
  }

  private String pattern(List<String> patterns) {
    return dice.one(
        constants ? patterns : patterns.stream().filter(p -> !p.matches("%?")).toList());
  }

  /** A column of any type. */
  String column() {
    return dice.one(columns).text();
  }

  /** The names in the query of the columns that {@code fits} tells. */
  List<String> names(Predicate<Column> fits) {
    return that(fits).stream().map(Reference::text).toList();
  }

  private List<Reference> that(Predicate<Column> fits) {
    return columns.stream().filter(r -> fits.test(r.column())).toList();
  }

  /** What a query may group by. */
  String group() {
    if (dice.chance(0.75)) {
      List<Reference> few = that(c -> !c.name().equals("id"));
      return dice.one(few).text();
    }
    return dice.oneOf(
        // A number by itself would be the position of a column.
        () -> "(" + number(1) + " + 0)",
        () -> string(1),
        () -> "year(" + date() + ")",
        () -> "(" + condition(1) + ")",
        () -> "date_trunc('MONTH', " + timestamp() + ")");
  }

  /** A value of any type. */
  String any(int depth) {
    return dice.oneOf(
        this::column,
        () -> number(depth),
        () -> string(depth),
        this::date,
        this::timestamp,
        () -> interval(depth));
  }

  /** A number of any size: nothing may be computed of it. */
  String anyNumber() {
    List<Reference> numbers = that(c -> c.kind().isNumber());
    return dice.one(numbers).text();
  }

  /** A number that may fail: what it is made of is neither small nor wide enough, or zero. */
  String risky() {
    String one = dice.one(that(c -> c.kind().isNumber() && c.kind() != Kind.DOUBLE)).text();
    return dice.oneOf(
        () -> "(" + one + " * " + anyNumber() + ")",
        () -> "(" + one + " + " + one + ")",
        () -> "CAST(" + one + " AS TINYINT)",
        () -> "(" + one + " % " + intColumn() + ")",
        () -> "(" + one + " div " + intColumn() + ")",
        () -> "(- CAST(" + one + " AS INT))");
  }

  /** A small number. */
  String number(int depth) {
    if (depth == 0 || dice.chance(0.3)) {
      List<Reference> numbers = that(c -> c.kind().isNumber() && c.small());
      return dice.chance(0.15) ? RandomTable.smallNumber(dice) : dice.one(numbers).text();
    }
    return dice.oneOf(
        () -> "(" + wide(number(depth - 1)) + " + " + number(depth - 1) + ")",
        () -> "(" + wide(number(depth - 1)) + " - " + number(depth - 1) + ")",
        () -> "(" + wide(number(0)) + " * " + number(0) + ")",
        () -> "(- " + wide(number(depth - 1)) + ")",
        () ->
            "CASE WHEN "
                + condition(depth - 1)
                + " THEN "
                + number(depth - 1)
                + (dice.chance(0.7) ? " ELSE " + number(depth - 1) : "")
                + " END",
        () -> "coalesce(" + number(depth - 1) + ", " + number(depth - 1) + ")",
        () -> "if(" + condition(depth - 1) + ", " + number(depth - 1) + ", NULL)",
        () -> "nullif(" + number(depth - 1) + ", " + number(0) + ")",
        () -> "greatest(" + number(depth - 1) + ", " + number(0) + ")",
        () -> "least(" + number(depth - 1) + ", " + number(0) + ")",
        () -> "abs(" + wide(number(depth - 1)) + ")",
        () -> "(" + wide(number(depth - 1)) + " % " + (dice.below(6) + 2) + ")",
        () -> "(" + wide(number(depth - 1)) + " div " + (dice.below(6) + 2) + ")",
        () ->
            "(CAST("
                + number(0)
                + " AS DECIMAL(9,2)) "
                + dice.one(List.of("%", "div"))
                + " nullif(CAST("
                + number(0)
                + " AS DECIMAL(8,1)), 0))",
        () -> "round(" + number(depth - 1) + ", " + dice.below(2) + ")",
        () -> "CAST(" + number(depth - 1) + " AS DECIMAL(20,3))",
        () -> "CAST(" + number(depth - 1) + " AS BIGINT)",
        () -> "year(" + date() + ")",
        () -> dice.one(List.of("month", "quarter", "day", "dayofweek")) + "(" + date() + ")",
        () -> "hour(" + timestamp() + ")",
        () -> "datediff(" + date() + ", " + date() + ")",
        () -> dice.one(List.of("floor", "ceil")) + "(" + number(depth - 1) + ")",
        () -> "CAST(" + number(0) + " AS DECIMAL(9,2)) / " + (dice.below(7) + 2) + "BD",
        () -> "length(" + string(0) + ")");
  }

  /** Small numbers may be of one byte: what is computed of them is wider. */
  private String wide(String number) {
    return "(" + number + (dice.chance(0.5) ? " + 0L)" : " + 0)");
  }

  String string(int depth) {
    List<Reference> strings = that(c -> c.kind() == Kind.STRING);
    String value =
        strings.isEmpty() ? "CAST(" + intColumn() + " AS STRING)" : dice.one(strings).text();
    List<Reference> bytes = that(c -> c.kind() == Kind.BINARY);
    if (!bytes.isEmpty() && dice.chance(0.15)) {
      return "hex(" + dice.one(bytes).text() + ")";
    }
    if (depth == 0 || dice.chance(0.5)) {
      return value;
    }
    return dice.oneOf(
        () -> "upper(" + value + ")",
        () -> "lower(" + value + ")",
        () -> "substring(" + value + ", " + (1 + dice.below(3)) + ", " + (1 + dice.below(3)) + ")",
        () -> "trim(" + value + ")",
        () -> "concat(" + value + ", '-', " + value + ")",
        () -> "coalesce(" + value + ", " + string(depth - 1) + ")",
        () -> "CASE WHEN " + condition(0) + " THEN " + value + " ELSE 'other' END");
  }

  private String intColumn() {
    return dice.one(that(c -> c.kind() == Kind.BIGINT && c.small())).text();
  }

  String date() {
    List<Reference> dates = that(c -> c.kind() == Kind.DATE && c.small());
    if (!dates.isEmpty() && dice.chance(0.1)) {
      return "("
          + dice.one(dates).text()
          + dice.one(List.of(" + INTERVAL 3 DAY", " - INTERVAL 2 DAY", " + INTERVAL 1 MONTH"))
          + ")";
    }
    return dates.isEmpty()
        ? "date_add(DATE '2024-02-27', CAST(" + intColumn() + " AS INT))"
        : dice.one(dates).text();
  }

  private String timestamp() {
    List<Reference> times = that(c -> c.kind() == Kind.TIMESTAMP && c.small());
    String time = times.isEmpty() ? "CAST(" + date() + " AS TIMESTAMP)" : dice.one(times).text();
    if (dice.chance(0.8)) {
      return time;
    }
    return dice.oneOf(
        () -> "(" + time + " + INTERVAL " + (dice.below(60) - 30) + " HOUR)",
        () -> "(" + time + " - INTERVAL " + dice.below(14) + " MONTH)",
        () -> "(" + time + " + " + interval(0) + ")");
  }

  /** A small interval of days to seconds. */
  String interval(int depth) {
    List<Reference> intervals = that(c -> c.kind() == Kind.DAY_TIME && c.small());
    if (!intervals.isEmpty() && (depth == 0 || dice.chance(0.5))) {
      return dice.one(intervals).text();
    }
    if (depth == 0) {
      // No larger than the sum of a few can be.
      return "if("
          + condition(0)
          + ", INTERVAL '1 02:03:04.000005' DAY TO SECOND, INTERVAL '-1' DAY)";
    }
    return dice.oneOf(
        () -> "(" + interval(0) + " + " + interval(depth - 1) + ")",
        () -> "(" + interval(0) + " - INTERVAL '90' SECOND)",
        () -> "abs(" + interval(depth - 1) + ")",
        () -> "coalesce(" + interval(0) + ", " + interval(depth - 1) + ")",
        () -> "(" + timestamp() + " - TIMESTAMP '2024-03-10 12:00:00')");
  }

  /** A FLOAT column of small values, or else a number. */
  String real() {
    List<Reference> reals = that(c -> c.kind() == Kind.FLOAT && c.small());
    return reals.isEmpty() ? number(0) : dice.one(reals).text();
  }

  /** A condition; three-valued. */
  String condition(int depth) {
    if (depth > 0 && dice.chance(0.5)) {
      return dice.oneOf(
          () -> "(" + condition(depth - 1) + " AND " + condition(depth - 1) + ")",
          () -> "(" + condition(depth - 1) + " OR " + condition(depth - 1) + ")",
          () -> "(NOT " + condition(depth - 1) + ")");
    }
    List<Reference> flags = that(c -> c.kind() == Kind.BOOLEAN);
    if (!flags.isEmpty() && dice.chance(0.15)) {
      return dice.one(flags).text();
    }
    String compare = dice.one(List.of("=", "<>", "<", "<=", ">", ">=", "<=>"));
    return dice.oneOf(
        this::sameColumns,
        () -> {
          Reference r = dice.one(columns);
          return "(" + r.text() + " " + compare + " " + r.table().literal(r.column(), dice) + ")";
        },
        () -> {
          Reference r = dice.one(columns);
          return "("
              + r.text()
              + (dice.chance(0.3) ? " NOT" : "")
              + " IN ("
              + r.table().literal(r.column(), dice)
              + ", "
              + r.table().literal(r.column(), dice)
              + (dice.chance(0.1) ? ", NULL" : "")
              + "))";
        },
        () -> {
          Reference r = dice.one(columns);
          return "("
              + r.text()
              + " BETWEEN "
              + r.table().literal(r.column(), dice)
              + " AND "
              + r.table().literal(r.column(), dice)
              + ")";
        },
        () -> "(" + number(1) + " " + compare + " " + number(1) + ")",
        () -> "(" + anyNumber() + " " + compare + " " + anyNumber() + ")",
        () -> {
          // Of what is never NULL it would be a constant, which shows nothing of any row.
          List<Reference> some = that(Column::nullable);
          String of = some.isEmpty() ? "nullif(" + intColumn() + ", 1)" : dice.one(some).text();
          return "(" + of + (dice.chance(0.5) ? " IS NULL)" : " IS NOT NULL)");
        },
        () ->
            dice.one(List.of("startswith", "endswith", "contains"))
                + "("
                + string(0)
                + ", '"
                + pattern(List.of("a", "b", "ü", " ", ""))
                + "')",
        () -> "(" + date() + " <= add_months(" + date() + ", " + (dice.below(5) - 2) + "))",
        () ->
            "("
                + string(0)
                + (dice.chance(0.3) ? " NOT" : "")
                + " LIKE '"
                + pattern(List.of("a%", "%b", "%ü%", "_", "%", "x\\\\_y", ""))
                + "')");
  }

  /** Two columns of one type compared, often of two tables. */
  private String sameColumns() {
    Reference one = dice.one(columns);
    List<Reference> alike = that(c -> c.kind() == one.column().kind());
    Reference other = dice.one(alike);
    if (other == one) {
      // A column compared with itself is a constant.
      return "(" + one.text() + " <=> " + one.table().literal(one.column(), dice) + ")";
    }
    return "("
        + one.text()
        + " "
        + dice.one(List.of("=", "<>", "<", "<=", ">", ">=", "<=>"))
        + " "
        + other.text()
        + ")";
  }
}
