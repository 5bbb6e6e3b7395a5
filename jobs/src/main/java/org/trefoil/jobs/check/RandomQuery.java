package org.trefoil.jobs.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A random query that aggregates rows of some tables. Its text names tables by {@link
 * RandomTables#placeholder}.
 *
 * @param expected the query whose answer in the clear is the right one
 * @param ordered whether the order of its rows is determined
 * @param altered whether to ask it of the altered copies of the tables, with the same answer
 */
record RandomQuery(String text, String expected, boolean ordered, boolean altered) {
  /** Before an aggregate of intervals, which are no numbers. */
  private static final String OF_INTERVAL = "/* interval */ ";

  private RandomQuery(String text, boolean ordered) {
    this(text, text, ordered, false);
  }

  /**
   * The query {@code number} over {@code tables}.
   *
   * @param known of a query for one condition: what it is whatever the rows are, if that is known
   */
  static RandomQuery of(
      long seed, int number, RandomTables tables, Function<String, Optional<Boolean>> known) {
    Dice dice = Dice.of(seed, "query", number);
    boolean altered = dice.chance(0.2);
    RandomQuery query =
        tables.grouped()
            ? new GroupedQuery(dice, tables.tables(), known).query()
            : new Writer(dice, tables.tables(), tables.bounded()).query();
    return new RandomQuery(query.text(), query.expected(), query.ordered(), altered);
  }

  /** Writes one query. */
  private static final class Writer {
    private final Dice dice;
    private final List<RandomTable> tables;
    private final boolean bounded;
    private final RandomExpressions values;
    private final StringBuilder from = new StringBuilder();
    private final List<String> where = new ArrayList<>();

    /** The relations whose columns can be read are x0, x1, ... */
    private int relations = 1;

    Writer(Dice dice, List<RandomTable> tables, boolean bounded) {
      this.bounded = bounded;
      this.dice = dice;
      this.tables = tables;
      this.values = new RandomExpressions(dice);
    }

    RandomQuery query() {
      from();
      if (dice.chance(0.6)) {
        where.add(values.condition(2));
      }
      if (dice.chance(0.2)) {
        where.add(subquery());
      }
      if (dice.chance(0.08)) {
        return new RandomQuery(windowed(), false);
      }
      if (dice.chance(0.12)) {
        return new RandomQuery(dice.oneOf(this::nested, this::joinedTotals, this::combined), false);
      }
      List<String> groups = new ArrayList<>();
      for (int i = dice.below(3); i > 0; i--) {
        groups.add(values.group());
      }
      List<String> columns = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        columns.add(groups.get(i) + " AS g" + i);
      }
      List<String> calls = new ArrayList<>();
      for (int i = groups.isEmpty() ? 1 + dice.below(4) : dice.below(4); i > 0; i--) {
        calls.add(call());
      }
      for (int i = 0; i < calls.size(); i++) {
        columns.add(calls.get(i) + " AS a" + i);
      }
      String having =
          dice.chance(0.2)
              ? " HAVING " + call() + dice.one(List.of(" > ", " <= ", " <> ")) + dice.below(5)
              : "";
      // HAVING compares numbers only.
      if (having.startsWith(" HAVING " + OF_INTERVAL)
          || having.matches(
              "(?s) HAVING (min|max|median|mode|percentile_approx|percentile_disc|bool_or|every|round)\\(.*")) {
        having = " HAVING count(*) > " + dice.below(4);
      }
      boolean limited = !groups.isEmpty() && dice.chance(0.2);
      String text =
          "SELECT "
              + String.join(", ", columns)
              + body()
              + (groups.isEmpty() ? "" : " GROUP BY " + grouping(groups))
              + having
              + (limited ? order(columns.size()) : "");
      return new RandomQuery(text, limited);
    }

    private String body() {
      return " FROM " + from + (where.isEmpty() ? "" : " WHERE " + String.join(" AND ", where));
    }

    private void from() {
      RandomTable first = dice.one(tables);
      if (dice.chance(0.08)) {
        RandomTable second = dice.one(tables);
        from.append("(SELECT id, r0, r1 FROM ")
            .append(RandomTables.placeholder(first))
            .append(" UNION ALL SELECT id, r0, r1 FROM ")
            .append(RandomTables.placeholder(second))
            .append(") x0");
        values.add(first.keysOnly(), "x0");
      } else {
        from.append(RandomTables.placeholder(first)).append(" x0");
        values.add(first, "x0");
      }
      int joins = dice.chance(0.25) ? 0 : 1 + dice.below(2);
      for (int i = 1; i <= joins; i++) {
        RandomTable table = dice.one(tables);
        String other = "x" + dice.below(i);
        String kind =
            dice.chance(0.75)
                ? "JOIN"
                : dice.one(
                    List.of(
                        "LEFT JOIN",
                        "RIGHT JOIN",
                        "FULL JOIN",
                        "LEFT SEMI JOIN",
                        "LEFT ANTI JOIN"));
        String reference = "r" + dice.below(2);
        boolean toKey = dice.chance(0.5);
        String parts =
            other
                + ".%1$s div 3 = x"
                + i
                + ".p AND "
                + other
                + ".%1$s %% 3 = x"
                + i
                + ".q AND "
                + other
                + ".%1$s >= 0";
        boolean few = bounded && kind.equals("JOIN") && table.rows().size() <= RandomTable.FEW;
        String equal =
            few && dice.chance(0.3)
                ? unequal(other, "x" + i)
                : i == 1 && (joins == 1 || bounded) && dice.chance(bounded ? 0.15 : 0.06)
                    ? other + "." + reference + " = x" + i + ".r" + dice.below(2)
                    : toKey && dice.chance(0.15)
                        ? parts.formatted(reference)
                        : toKey
                            ? other + "." + reference + " = x" + i + ".id"
                            : other + ".id = x" + i + "." + reference;
        from.append(' ')
            .append(kind)
            .append(' ')
            .append(RandomTables.placeholder(table))
            .append(" x")
            .append(i)
            .append(" ON ")
            .append(equal);
        if (dice.chance(0.15)) {
          RandomExpressions both = new RandomExpressions(dice).add(table, "x" + i);
          from.append(" AND ").append(both.condition(1));
        }
        if (kind.contains("SEMI") || kind.contains("ANTI")) {
          return;
        }
        values.add(table, "x" + i);
        relations++;
      }
    }

    /** What many rows of {@code mine} may hold with one of {@code other}. */
    private String unequal(String other, String mine) {
      return dice.oneOf(
          () -> other + ".r0" + dice.one(List.of(" < ", " >= ", " <> ")) + mine + ".id",
          () -> mine + ".id BETWEEN " + other + ".r1 - 3 AND " + other + ".r1 + 3",
          () -> other + ".r0 = " + mine + ".r0 AND " + other + ".id > " + mine + ".r1",
          () -> "true");
    }

    private String grouping(List<String> groups) {
      String list = String.join(", ", groups);
      if (dice.chance(0.92)) {
        return list;
      }
      return groups.size() < 2 || dice.chance(0.7)
          ? dice.one(List.of("ROLLUP", "CUBE")) + "(" + list + ")"
          : "GROUPING SETS ((" + list + "), (" + groups.get(1) + "), ())";
    }

    private String call() {
      String call = aggregate();
      return !call.startsWith("round") && dice.chance(0.1)
          ? call + " FILTER (WHERE " + values.condition(1) + ")"
          : call;
    }

    private String aggregate() {
      return dice.oneOf(
          () -> "count(*)",
          () -> "count(" + values.any(1) + ")",
          () -> "sum(" + values.number(2) + ")",
          () -> "sum(" + values.number(1) + ")",
          () -> "sum(" + (dice.chance(0.2) ? values.anyNumber() : values.number(0)) + ")",
          () -> "avg(" + values.number(1) + ")",
          () -> OF_INTERVAL + dice.one(List.of("sum", "avg")) + "(" + values.interval(1) + ")",
          () -> dice.one(List.of("sum", "avg")) + "(" + values.real() + ")",
          () -> dice.chance(0.1) ? "sum(" + values.risky() + ")" : "count(*)",
          () -> "min(" + values.any(1) + ")",
          () -> "max(" + values.any(1) + ")",
          () -> dice.chance(0.4) ? picked() : "count(*)",
          () -> dice.chance(0.4) ? moment() : "count(*)",
          () -> dice.one(List.of("bool_or", "every", "count_if")) + "(" + values.condition(1) + ")",
          () -> dice.chance(0.3) ? "count(DISTINCT " + values.any(0) + ")" : "count(*)",
          () -> dice.chance(0.2) ? "sum(DISTINCT " + values.number(0) + ")" : "count(*)");
    }

    private String picked() {
      String percentage = dice.one(List.of("0", "0.25", "0.3", "0.5", "0.9", "1"));
      String value = values.number(1);
      return dice.oneOf(
          () -> "median(" + (dice.chance(0.2) ? "DISTINCT " : "") + value + ")",
          () -> "mode(" + values.any(0) + ", true)",
          () -> "percentile_approx(" + value + ", " + percentage + ")",
          () ->
              "mode() WITHIN GROUP (ORDER BY "
                  + values.any(1)
                  + dice.one(List.of("", " DESC"))
                  + ")",
          () -> "round(percentile(" + value + ", " + percentage + "), 6)",
          () ->
              "percentile_disc("
                  + percentage
                  + ") WITHIN GROUP (ORDER BY "
                  + value
                  + dice.one(List.of("", " DESC"))
                  + ")");
    }

    /** Trefoil adds up exactly, and Spark does not: the last digits may differ. */
    private String moment() {
      String of =
          dice.oneOf(
              () ->
                  dice.one(List.of("var_pop", "var_samp", "stddev_pop", "skewness", "kurtosis"))
                      + "("
                      + values.number(0)
                      + ")",
              () ->
                  dice.one(List.of("covar_pop", "covar_samp", "corr", "regr_sxy", "regr_avgx"))
                      + "("
                      + values.number(0)
                      + ", "
                      + values.number(0)
                      + ")");
      return "round(" + of + ", 4)";
    }

    private String order(int columns) {
      String keys =
          IntStream.rangeClosed(1, columns)
              .mapToObj(
                  i ->
                      i
                          + dice.one(List.of("", " ASC", " DESC"))
                          + dice.one(List.of("", " NULLS FIRST", " NULLS LAST")))
              .collect(Collectors.joining(", "));
      return " ORDER BY "
          + keys
          + " LIMIT "
          + (1 + dice.below(5))
          + (dice.chance(0.2) ? " OFFSET " + dice.below(3) : "");
    }

    private String subquery() {
      RandomTable table = dice.one(tables);
      String rows = RandomTables.placeholder(table) + " s";
      RandomExpressions inner = new RandomExpressions(dice).add(table, "s");
      String reference = "x0.r" + dice.below(2);
      return dice.oneOf(
          () -> "EXISTS (SELECT 1 FROM " + rows + " WHERE s.id = " + reference + ")",
          () ->
              "NOT EXISTS (SELECT 1 FROM "
                  + rows
                  + " WHERE s.r0 = x0.id AND "
                  + inner.condition(1)
                  + ")",
          () -> reference + " IN (SELECT s.id FROM " + rows + ")",
          () ->
              "x0.id"
                  + (dice.chance(0.4) ? " NOT" : "")
                  + " IN (SELECT s.r1 FROM "
                  + rows
                  + " WHERE "
                  + inner.condition(1)
                  + ")",
          () -> "x0.id NOT IN (SELECT s.r1 FROM " + rows + ")",
          () ->
              "("
                  + values.condition(0)
                  + " OR EXISTS (SELECT 1 FROM "
                  + rows
                  + " WHERE s.id = "
                  + reference
                  + "))",
          () -> "(" + values.condition(0) + " OR x0.id IN (SELECT s.r0 FROM " + rows + "))",
          () -> values.number(0) + " > (SELECT avg(s.r0) FROM " + rows + ")",
          () ->
              values.number(0)
                  + " >= (SELECT s.r0 FROM "
                  + rows
                  + " WHERE s.id "
                  + dice.one(List.of("= 0", "= 1", "= 5", "< 1", "< 2", "BETWEEN 2 AND 3"))
                  + ")",
          () -> values.number(0) + " < (SELECT sum(s.r0) FROM " + rows + " WHERE s.r0 = x0.r1)",
          () -> "(SELECT count(*) FROM " + rows + " WHERE s.r1 = x0.id) >= " + dice.below(3),
          () -> values.number(0) + " >= (SELECT max(s.r0) FROM " + rows + " WHERE s.r1 = x0.id)");
    }

    /** Rows beside totals of another table, aggregated. */
    private String joinedTotals() {
      RandomTable table = dice.one(tables);
      RandomExpressions inner = new RandomExpressions(dice).add(table, "s");
      return "SELECT count(*) AS c, sum(t.n) AS n, "
          + dice.one(List.of("min", "max", "sum"))
          + "(t.v) AS v, sum("
          + values.number(1)
          + ") AS s FROM "
          + from
          + dice.one(List.of(" JOIN", " LEFT JOIN"))
          + " (SELECT s.r0 AS k, count(*) AS n, "
          + dice.one(List.of("min", "max", "sum"))
          + "("
          + inner.number(1)
          + ") AS v FROM "
          + RandomTables.placeholder(table)
          + " s GROUP BY s.r0) t ON x0.id = t.k"
          + (where.isEmpty() ? "" : " WHERE " + String.join(" AND ", where));
    }

    /** Groups of two queries. */
    private String combined() {
      RandomTable table = dice.one(tables);
      RandomExpressions other = new RandomExpressions(dice).add(table, "s");
      String first = "SELECT x0.r0 AS g" + body();
      String second =
          "SELECT s.r1 AS g FROM "
              + RandomTables.placeholder(table)
              + " s WHERE "
              + other.condition(1);
      String both =
          first + dice.one(List.of(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ")) + second;
      return dice.chance(0.5)
          ? "SELECT g, count(*) AS n FROM (" + both + ") GROUP BY g"
          : "SELECT DISTINCT g FROM (" + both + ")";
    }

    /** What is computed in an order that no two rows agree in, aggregated. */
    private String windowed() {
      String inOrder =
          (dice.chance(0.6) ? values.number(0) : values.any(0))
              + dice.one(List.of("", " DESC", " NULLS LAST", " DESC NULLS FIRST"));
      StringBuilder total = new StringBuilder(inOrder);
      for (int i = 0; i < relations; i++) {
        total.append(", x" + i + ".id");
      }
      String by = dice.chance(0.7) ? "PARTITION BY " + values.group() + " " : "";
      String alone = by + "ORDER BY " + inOrder;
      String all = by + "ORDER BY " + total;
      String rows = all + " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
      String place =
          dice.oneOf(
              () -> "row_number() OVER (" + all + ")",
              () -> "ntile(" + (1 + dice.below(5)) + ") OVER (" + all + ")",
              () -> "rank() OVER (" + alone + ")",
              () -> "dense_rank() OVER (" + alone + ")");
      String summed = "CAST(" + values.number(0) + " AS DECIMAL(12,2))";
      String value =
          dice.oneOf(
              () -> "sum(" + summed + ") OVER (" + rows + ")",
              () -> "sum(" + summed + ") OVER (" + alone + ")",
              () -> "count(" + values.any(0) + ") OVER (" + alone + ")",
              () -> "count(*) OVER (" + rows + ")",
              () -> "lag(" + values.number(0) + ", " + dice.below(4) + ") OVER (" + all + ")",
              () -> "lead(" + values.string(0) + ") OVER (" + all + ")",
              () -> "lead(" + values.any(0) + ", " + (1 + dice.below(2)) + ") OVER (" + all + ")");
      return "SELECT k, count(*) AS n, sum(p) AS s, max(v) AS m, count(v) AS c FROM (SELECT "
          + values.group()
          + " AS k, "
          + place
          + " AS p, "
          + value
          + " AS v"
          + body()
          + ")"
          + (dice.chance(0.5) ? " WHERE p <= " + (1 + dice.below(4)) : "")
          + " GROUP BY k";
    }

    private String nested() {
      return "SELECT n, count(*) AS c, max(s) AS m FROM (SELECT "
          + values.group()
          + " AS g, count(*) AS n, sum("
          + values.number(1)
          + ") AS s"
          + body()
          + " GROUP BY 1) GROUP BY n";
    }
  }
}
