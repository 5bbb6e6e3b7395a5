package org.trefoil.jobs.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes random queries over tables with a least group size, and for each a query in the clear that
 * holds back what docs/threat-model.md says, and nothing else. That one is written beside it, term
 * by term: none of what plans or computes a query takes part.
 */
final class GroupedQuery {
  /**
   * An expression.
   *
   * @param parts on which rows each part of it weighs
   */
  private record Value(String text, List<String> parts) {}

  /**
   * An aggregate.
   *
   * @param parts on which rows each part of its argument weighs
   * @param never whether it is never NULL: the group is held back instead of the value
   */
  private record Call(String text, List<String> parts, boolean never) {}

  /**
   * What is counted of a table, or of a branch of a union.
   *
   * @param id its rows or entities; NULL on rows in which it has no part
   * @param present whether a row is one of the branch; empty where the table may not be absent
   */
  private record Counted(String id, int k, String present) {}

  private static final Call COUNT = new Call("count(*)", List.of(), true);

  private final Dice dice;
  private final List<RandomTable> tables;
  private final Function<String, Optional<Boolean>> known;
  private final List<Counted> counted = new ArrayList<>();
  private final StringBuilder from = new StringBuilder();
  private final List<String> aliases = new ArrayList<>();
  private final List<RandomTable> held = new ArrayList<>();
  private String clearFrom;

  /** The last relation, if rows may have several matches there or none. */
  private Optional<String> matches = Optional.empty();

  /**
   * Over {@code tables}.
   *
   * @param known of a query for one condition: what the condition is whatever the rows are, if
   *     Spark finds that out. Nothing is held back then, and there is no part that it could be of
   */
  GroupedQuery(Dice dice, List<RandomTable> tables, Function<String, Optional<Boolean>> known) {
    this.dice = dice;
    this.tables = tables;
    this.known = known;
  }

  RandomQuery query() {
    from();
    List<String> groups = new ArrayList<>();
    for (int i = dice.below(3); i > 0; i--) {
      groups.add(dice.chance(0.8) ? dice.one(columns(of(), "g", "r0")) : of().group());
    }
    List<Call> calls = new ArrayList<>();
    for (int i = (groups.isEmpty() ? 1 : 0) + dice.below(4); i > 0; i--) {
      calls.add(call());
    }
    String chosen = dice.chance(0.4) ? " WHERE " + condition() : "";
    // Groups of the others tell rows with a match from those without.
    matches = matches.filter(x -> groups.stream().noneMatch(g -> g.contains(x + ".")));
    // With a condition on what may be missing Spark might find out that nothing is.
    String where = matches.filter(x -> chosen.contains(x + ".")).isPresent() ? "" : chosen;
    String rows = clearFrom == null ? from.toString() : clearFrom;
    String all = rows + where;
    List<String> columns = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    List<String> inner = new ArrayList<>();
    List<String> stand = new ArrayList<>(List.of(stands("true")));
    for (int i = 0; i < groups.size(); i++) {
      columns.add(groups.get(i) + " AS g" + i);
      inner.add(groups.get(i) + " AS g" + i);
      shown.add("g" + i);
    }
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      String stands =
          parts(call).stream()
              .filter(p -> known(p, all).isEmpty())
              .map(this::stands)
              .reduce((a, b) -> a + " AND " + b)
              .orElse("true");
      columns.add(call.text() + " AS a" + i);
      inner.add(call.text() + " AS b" + i);
      inner.add(stands + " AS s" + i);
      shown.add(call.never() ? "b" + i + " AS a" + i : "if(s" + i + ", b" + i + ", NULL) AS a" + i);
      if (call.never()) {
        stand.add("s" + i);
      }
    }
    inner.add(stand.get(0) + " AS released");
    stand.set(0, "released");
    String by = "";
    if (!groups.isEmpty()) {
      String list = String.join(", ", groups);
      boolean one = aliases.size() == 1 && clearFrom == null;
      by =
          " GROUP BY "
              + (one && (counted.isEmpty() ? dice.chance(0.2) : dice.chance(0.03))
                  ? dice.one(List.of("ROLLUP", "CUBE")) + "(" + list + ")"
                  : list);
    }
    List<Integer> numbers =
        IntStream.range(0, calls.size())
            .filter(i -> calls.get(i).text().startsWith("sum"))
            .boxed()
            .toList();
    String having = "";
    String kept = "";
    if (dice.chance(0.25)) {
      int least = dice.below(6);
      if (numbers.isEmpty()) {
        having = " HAVING count(*) > " + least;
        inner.add("count(*) AS h");
        inner.add(
            parts(COUNT).stream().map(this::stands).reduce("true", (a, b) -> a + " AND " + b)
                + " AS hs");
        kept = " AND hs AND h > " + least;
      } else {
        int i = dice.one(numbers);
        having = " HAVING " + calls.get(i).text() + " > " + least;
        kept = " AND s" + i + " AND b" + i + " > " + least;
      }
    }
    boolean limited = !groups.isEmpty() && dice.chance(0.2);
    String cut = "";
    if (limited) {
      cut =
          " ORDER BY "
              + IntStream.rangeClosed(1, columns.size())
                  .mapToObj(i -> i + dice.one(List.of("", " DESC", " NULLS LAST")))
                  .collect(Collectors.joining(", "))
              + " LIMIT "
              + (1 + dice.below(4));
    }
    String text = "SELECT " + String.join(", ", columns) + " FROM " + from + where + by + having;
    String expected =
        "SELECT "
            + String.join(", ", shown)
            + " FROM (SELECT "
            + String.join(", ", inner)
            + " FROM "
            + rows
            + where
            + by
            + ") WHERE "
            + String.join(" AND ", stand)
            + kept;
    return new RandomQuery(text + cut, expected + cut, limited, false);
  }

  private void from() {
    RandomTable first = dice.one(tables);
    List<RandomTable> others = tables.stream().filter(t -> t != first).toList();
    if (dice.chance(0.15)) {
      union(first, dice.one(others));
      return;
    }
    from.append(RandomTables.placeholder(first)).append(" x0");
    add(first, true);
    for (int i = 1; i <= dice.below(3); i++) {
      RandomTable table = dice.one(tables);
      boolean mayMiss = table.minimum().k() == 1 && dice.chance(0.4);
      boolean once = dice.chance(0.5);
      from.append(mayMiss ? " LEFT JOIN " : " JOIN ")
          .append(RandomTables.placeholder(table))
          .append(" x" + i + " ON x" + (i - 1))
          .append(once ? ".r0 = x" + i + ".id" : ".id = x" + i + ".r1");
      matches = mayMiss && !once ? Optional.of("x" + i) : Optional.empty();
      add(table, !mayMiss);
    }
  }

  private void add(RandomTable table, boolean always) {
    String alias = "x" + aliases.size();
    aliases.add(alias);
    held.add(table.withoutEntity());
    if (table.minimum().k() > 1 && always) {
      String id = table.minimum().entities() ? RandomTable.ENTITY : "id";
      counted.add(new Counted(alias + "." + id, table.minimum().k(), ""));
    }
  }

  private void union(RandomTable first, RandomTable second) {
    List<String> secure = new ArrayList<>();
    List<String> clear = new ArrayList<>();
    for (RandomTable table : List.of(first, second)) {
      String rows = " FROM " + RandomTables.placeholder(table);
      String branch = "x0.branch = " + secure.size();
      String id = table.minimum().entities() ? RandomTable.ENTITY : "id";
      secure.add("SELECT id, r0, r1, g" + rows);
      clear.add(
          "SELECT id, r0, r1, g, " + clear.size() + " AS branch, " + id + " AS counted" + rows);
      if (table.minimum().k() > 1) {
        counted.add(
            new Counted(
                "if(" + branch + ", x0.counted, NULL)",
                table.minimum().k(),
                table.minimum().absencePublic() ? branch : ""));
      }
    }
    from.append("(").append(String.join(" UNION ALL ", secure)).append(") x0");
    clearFrom = "(" + String.join(" UNION ALL ", clear) + ") x0";
    aliases.add("x0");
    held.add(first.keysOnly());
  }

  /**
   * A row that matches several others weighs more, and is told apart from those that match none.
   */
  private List<String> parts(Call call) {
    boolean often =
        call.text().startsWith("count")
            || call.text().startsWith("sum")
            || call.text().startsWith("avg");
    if (matches.isEmpty() || !often || call.text().contains(matches.get() + ".")) {
      return call.parts();
    }
    String matched = matches.get() + ".id IS NOT NULL";
    return (call.parts().isEmpty() ? List.of("true") : call.parts())
        .stream()
            .flatMap(p -> Stream.of(p + " AND " + matched, p + " AND NOT " + matched))
            .toList();
  }

  private Optional<Boolean> known(String part, String rows) {
    return known.apply("SELECT " + part + " FROM " + rows);
  }

  /** Whether enough rows, of those that {@code part} tells, are there of every table. */
  private String stands(String part) {
    return counted.isEmpty()
        ? "true"
        : counted.stream()
            .map(
                c -> {
                  String enough = distinct(part, c.id()) + " >= " + c.k();
                  return c.present().isEmpty()
                      ? enough
                      : "("
                          + enough
                          + " OR (count(*) > 0 AND count_if("
                          + part
                          + " AND "
                          + c.present()
                          + ") = 0))";
                })
            .collect(Collectors.joining(" AND "));
  }

  private static String distinct(String part, String id) {
    return "size(collect_set(if(" + part + ", " + id + ", NULL)))";
  }

  // ---- what is computed

  /** The columns of all relations. */
  private RandomExpressions of() {
    RandomExpressions all = new RandomExpressions(dice).withoutConstants();
    for (int i = 0; i < aliases.size(); i++) {
      all.add(held.get(i), aliases.get(i));
    }
    return all;
  }

  private List<String> columns(RandomExpressions of, String... preferred) {
    List<String> found =
        of.names(c -> List.of(preferred).contains(c.name()) || c.kind() == Kind.BOOLEAN);
    return found.isEmpty() ? of.names(c -> c.name().equals("r0")) : found;
  }

  private String condition() {
    return "coalesce(" + of().condition(1) + ", false)";
  }

  private String number() {
    return dice.one(of().names(c -> c.kind().isNumber() && c.small()));
  }

  private Call call() {
    return dice.oneOf(
        () -> COUNT,
        () -> {
          String column = of().column();
          return new Call("count(" + column + ")", List.of(column + " IS NOT NULL"), true);
        },
        () -> {
          String condition = condition();
          return new Call("count(*) FILTER (WHERE " + condition + ")", List.of(condition), true);
        },
        () -> {
          String condition = condition();
          return new Call("count_if(" + condition + ")", List.of(condition), true);
        },
        () -> sum(value()),
        () -> sum(value()),
        () -> sum(value()),
        () -> {
          String condition = condition();
          String column = number();
          return new Call(
              "sum(" + column + ") FILTER (WHERE " + condition + ")",
              List.of("(" + condition + " AND " + column + " IS NOT NULL)"),
              false);
        },
        () -> {
          String column = number();
          return new Call("avg(" + column + ")", List.of(column + " IS NOT NULL"), true);
        },
        () -> {
          String column = of().column();
          return new Call(
              dice.one(List.of("min", "max")) + "(" + column + ")",
              column.endsWith("live") ? List.of() : List.of(column + " IS NOT NULL"),
              false);
        },
        () -> {
          String condition = condition();
          return new Call(
              dice.one(List.of("bool_or", "bool_and")) + "(" + condition + ")",
              List.of(condition, "(NOT " + condition + ")"),
              false);
        },
        () -> {
          String column = number();
          return new Call("median(" + column + ")", List.of(column + " IS NOT NULL"), false);
        });
  }

  private static Call sum(Value value) {
    return new Call("sum(" + value.text() + ")", value.parts(), false);
  }

  /**
   * A number whose parts are known. Spark leaves out what adds zero, and a column itself weighs
   * where it is zero.
   */
  private Value value() {
    int at = dice.below(aliases.size());
    List<String> local =
        new RandomExpressions(dice)
            .add(held.get(at), aliases.get(at))
            .names(c -> c.kind().isNumber() && c.small() && c.kind() != Kind.DOUBLE);
    String a = number();
    String b =
        dice.one(of().names(c -> c.kind().isNumber() && c.small() && c.kind() != Kind.DOUBLE));
    String one = dice.one(local);
    String two = dice.one(local);
    String c = condition();
    return dice.oneOf(
        () -> new Value(a, List.of(there(a))),
        () ->
            new Value(
                "(" + one + " + 1L + " + two + ")",
                List.of(
                    notZero("(" + one + " + 1L + " + two + ")")
                        + " AND "
                        + notZero("(" + one + " + " + two + ")"))),
        () ->
            new Value(
                "((" + one + " + 1L) * " + b + ")",
                List.of(notZero("(" + one + " + 1L)") + " AND " + notZero(b))),
        () ->
            new Value(
                "CASE WHEN " + c + " THEN " + a + " ELSE 0 END",
                List.of("(" + c + " AND " + there(a) + ")")),
        () ->
            new Value(
                "CASE WHEN " + c + " THEN " + a + " ELSE 1 END",
                List.of("(" + c + " AND " + there(a) + ")", "(NOT " + c + ")")),
        () ->
            a.equals(b)
                ? new Value(a, List.of(there(a)))
                : new Value(
                    "CASE WHEN " + c + " THEN " + a + " ELSE " + b + " END",
                    List.of(
                        "(" + c + " AND " + there(a) + ")",
                        "((NOT " + c + ") AND " + there(b) + ")")),
        () -> new Value("coalesce(" + a + ", 0)", List.of(there(a))),
        () -> new Value("abs(" + one + " + 1L)", List.of(notZero("(" + one + " + 1L)"))),
        () -> new Value("CAST(" + c + " AS INT)", List.of(c)),
        () -> new Value("(2 * (" + one + " + 1L))", List.of(notZero("(" + one + " + 1L)"))));
  }

  private static String there(String column) {
    return column + " IS NOT NULL";
  }

  private static String notZero(String number) {
    return "coalesce(" + number + " <> 0, false)";
  }
}
