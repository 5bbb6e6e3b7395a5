package org.trefoil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attempts to see what fewer than k rows (entities) hold, through SQL and three embedded executors.
 *
 * <p>Of the north's people, k = 3, Ada alone is called Ada, has id 1, earns more than 500000 and
 * has a bonus; wards C and D have two people and one. The south shares what suits the attempt: a
 * weight that is 1 for Ada and 0 for all others, a number that is its person's but for Ada, and a
 * table in which Ada occurs five times. The west, whose absence is secret too, has one person in
 * ward B. What is refused when it is planned shows nothing either.
 */
class SmallGroupsTest {
  private static final String P = " FROM {north.people} p";
  private static final String J = P + " JOIN {south.marks} m ON p.id = m.person";
  private static final String U =
      " FROM (SELECT * FROM {north.people} UNION ALL SELECT * FROM {west.people}) u";

  private static final String OWNERS =
      """
      owners:
        north:
          tables:
            people:
              source: {format: csv, path: north.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, name VARCHAR(8) NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL, bonus BIGINT, vip BOOLEAN NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                absence: secret
                columns:
                  id: {use: [join, filter, group, aggregate, rank], range: [0, 100]}
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                  bonus: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
            visits:
              source: {format: csv, path: visits.csv, options: {header: "true"}}
              schema: "visit BIGINT NOT NULL, patient BIGINT NOT NULL, site VARCHAR(4) NOT NULL, cost BIGINT NOT NULL"
              keys: [[visit]]
              policy:
                min-group-size: 3
                entity: [patient]
                columns: {cost: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}}
                default: {use: [join, filter, group, aggregate, rank]}
            customers:
              source: {format: csv, path: customers.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, spent BIGINT NOT NULL, city VARCHAR(4) NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                columns: {spent: {use: [aggregate, filter], range: [0, 100000]}}
                default: {use: [join, filter, group, aggregate, rank]}
        west:
          tables:
            people:
              source: {format: csv, path: west.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, name VARCHAR(8) NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL, bonus BIGINT, vip BOOLEAN NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                absence: secret
                columns:
                  id: {use: [join, filter, group, aggregate, rank], range: [0, 100]}
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                  bonus: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
        south:
          tables:
            marks:
              source: {format: csv, path: marks.csv, options: {header: "true"}}
              schema: "person BIGINT NOT NULL, weight BIGINT NOT NULL, other BIGINT NOT NULL"
              keys: [[person]]
              policy:
                min-group-size: 1
                columns: {weight: {use: [join, filter, group, aggregate, rank], range: [0, 100]}, other: {use: [join, filter, group, aggregate, rank], range: [0, 100]}}
                default: {use: [join, filter, group, aggregate, rank]}
            choice:
              source: {format: csv, path: choice.csv, options: {header: "true"}}
              schema: "pick BIGINT NOT NULL"
              keys: [[]]
              policy: {min-group-size: 1, columns: {pick: {use: [join, filter, group, aggregate, rank], range: [0, 100]}}, default: {use: []}}
            sales:
              source: {format: csv, path: sales.csv, options: {header: "true"}}
              schema: "buyer BIGINT NOT NULL, amount BIGINT NOT NULL, region VARCHAR(2) NOT NULL"
              policy:
                min-group-size: 1
                columns: {amount: {use: [aggregate, filter], range: [0, 1000]}}
                default: {use: [join, filter, group, aggregate, rank]}
            calls:
              source: {format: csv, path: calls.csv, options: {header: "true"}}
              schema: "caller BIGINT NOT NULL, tag VARCHAR(4) NOT NULL"
              policy: {min-group-size: 1, default: {use: [join, filter, group, aggregate, rank]}}
      """;

  private static SparkSession spark;

  @BeforeAll
  static void tables(@TempDir Path folder) throws IOException {
    StringBuilder north = new StringBuilder("id,name,ward,salary,bonus,vip\n");
    StringBuilder marks = new StringBuilder("person,weight,other\n");
    StringBuilder calls = new StringBuilder("caller,tag\n");
    String wards = "BAAAAABBBCCDEEE";
    for (int id = 1; id <= wards.length(); id++) {
      boolean ada = id == 1;
      String name = ada ? "Ada" : "p" + id;
      north.append(
          "%d,%s,%s,%d,%s,%b%n"
              .formatted(
                  id, name, wards.charAt(id - 1), ada ? 700001 : id * 1003, ada ? 77 : "", ada));
      marks.append("%d,%d,%d%n".formatted(id, ada ? 1 : 0, ada ? 9 : id));
      calls.append("%d,%s%n".formatted(ada ? 14 : id, "all"));
    }
    calls.append("1,ada\n".repeat(5));
    Files.writeString(folder.resolve("north.csv"), north);
    Files.writeString(folder.resolve("marks.csv"), marks);
    Files.writeString(folder.resolve("calls.csv"), calls);
    Files.writeString(folder.resolve("choice.csv"), "pick\n1\n");
    Files.writeString(folder.resolve("customers.csv"), customers());
    Files.writeString(folder.resolve("sales.csv"), sales());
    Files.writeString(
        folder.resolve("west.csv"),
        """
        id,name,ward,salary,bonus,vip
        51,Wes,B,600001,,true
        52,q2,E,52,,false
        53,q3,E,53,,false
        54,q4,E,54,,false
        """);
    Files.writeString(
        folder.resolve("visits.csv"),
        """
        visit,patient,site,cost
        1,1,x,900001
        2,1,x,900002
        3,1,x,900003
        4,2,y,10
        5,3,y,11
        6,4,y,12
        7,1,y,900004
        8,1,y,900005
        """);
    Path owners = Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS);
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("small groups")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "ERROR")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.adaptive.enabled", "false")
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .config("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog")
            .config("spark.sql.catalog.trefoil.executors", "embedded")
            .config("spark.sql.catalog.trefoil.owners", owners.toString())
            .getOrCreate();
    for (String[] table :
        new String[][] {
          {
            "north", "id BIGINT, name STRING, ward STRING, salary BIGINT, bonus BIGINT, vip BOOLEAN"
          },
          {"west", "id BIGINT, name STRING, ward STRING, salary BIGINT, bonus BIGINT, vip BOOLEAN"},
          {"marks", "person BIGINT, weight BIGINT, other BIGINT"},
          {"calls", "caller BIGINT, tag STRING"},
          {"choice", "pick BIGINT"},
          {"customers", "id BIGINT, spent BIGINT, city STRING"},
          {"sales", "buyer BIGINT, amount BIGINT, region STRING"},
          {"visits", "visit BIGINT, patient BIGINT, site STRING, cost BIGINT"}
        }) {
      spark
          .read()
          .option("header", "true")
          .schema(table[1])
          .csv(folder.resolve(table[0] + ".csv").toString())
          .createOrReplaceTempView(table[0]);
    }
  }

  /** 600 customers of three cities; Tiny has two. */
  private static String customers() {
    StringBuilder rows = new StringBuilder("id,spent,city\n");
    for (int c = 0; c < 600; c++) {
      String city = c < 2 ? "Tiny" : c % 2 == 0 ? "Ulm" : "Bonn";
      rows.append("%d,%d,%s%n".formatted(7L * c * c + 1000, 11 * c, city));
    }
    return rows.toString();
  }

  /**
   * 700 sales, of which every fifth is to nobody the north knows; those in xx are to one customer
   * of a large city, again and again.
   */
  private static String sales() {
    StringBuilder rows = new StringBuilder("buyer,amount,region\n");
    for (int s = 0; s < 700; s++) {
      long c = s >= 680 ? 77 : s % 600;
      long buyer = s % 5 == 4 ? -s : 7 * c * c + 1000;
      rows.append("%d,%d,%s%n".formatted(buyer, s % 91, s >= 680 ? "xx" : "r" + s % 2));
    }
    return rows.toString();
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  private static final Pattern TABLE = Pattern.compile("\\{(\\w+)\\.(\\w+)\\}");

  private static List<Row> inTrefoil(String query) {
    return spark.sql(TABLE.matcher(query).replaceAll("trefoil.$1.$2")).collectAsList();
  }

  private static List<Row> inTheClear(String query) {
    Function<MatchResult, String> view = m -> m.group(2).equals("people") ? m.group(1) : m.group(2);
    return spark.sql(TABLE.matcher(query).replaceAll(view)).collectAsList();
  }

  // ---- one value of Ada, or of too few

  /** Values over all of the north's people, which may be NULL. */
  static Stream<String> cells() {
    String ada = "name = 'Ada'";
    String one = "CASE WHEN " + ada + " THEN salary END";
    String zero = "CASE WHEN " + ada + " THEN salary ELSE 0 END";
    StringBuilder others = new StringBuilder("salary");
    for (int id = 2; id <= 15; id++) {
      others.append(" * (id - ").append(id).append(" + 0)");
    }
    return Stream.of(
        // CASE and FILTER.
        "sum(" + one + ")",
        "sum(" + zero + ")",
        "sum(CASE WHEN " + ada + " THEN salary ELSE 1 END)",
        "sum(CASE WHEN " + ada + " THEN salary ELSE id END)",
        "sum(CASE WHEN " + ada + " THEN salary * 10000000 ELSE salary END)",
        "sum(CASE WHEN " + ada + " THEN -salary ELSE 1 END)",
        "sum(CASE WHEN name <> 'Ada' THEN 0 ELSE salary END)",
        "sum(CASE name WHEN 'Ada' THEN salary ELSE 0 END)",
        "sum(if(vip, salary, 0))",
        "sum(salary) FILTER (WHERE " + ada + ")",
        "max(" + one + ")",
        "max(" + zero + ")",
        "min(CASE WHEN " + ada + " THEN salary ELSE 999999 END)",
        "sum(CASE WHEN ward = 'C' THEN salary ELSE 0 END)",
        "sum(salary + CASE WHEN " + ada + " THEN salary * 10000000 ELSE 0 END)",
        "sum(CASE WHEN " + ada + " THEN 1 ELSE 0 END)",
        "sum(CAST(" + ada + " AS INT))",
        // Values by their place.
        "median(bonus)",
        "median(" + one + ")",
        "percentile(" + zero + ", 1)",
        "percentile_disc(1) WITHIN GROUP (ORDER BY " + zero + ")",
        "percentile(CASE WHEN " + ada + " THEN salary ELSE 999999 END, 0)",
        "percentile(" + zero + ", 0.95)",
        // Columns of mostly NULLs.
        "sum(bonus)",
        "max(bonus)",
        "sum(coalesce(bonus, 0))",
        "sum(coalesce(bonus, 1))",
        "sum(salary + bonus)",
        "sum(nullif(" + zero + ", 0))",
        "sum(coalesce(" + one + ", 1))",
        // Formulas that select.
        "sum(salary * CAST(" + ada + " AS INT))",
        "sum(salary * CASE WHEN " + ada + " THEN 1 ELSE 0 END)",
        "sum(salary * (1 - least(1, abs(id - 1))))",
        "sum(salary * (1 + 1000000 * (1 - least(1, abs(id - 1)))))",
        "max(salary * (1 - least(1, abs(id - 1))))",
        "sum(salary * greatest(0, 2 - id))",
        "sum(" + others + ")",
        "sum(salary % CASE WHEN " + ada + " THEN 1000000 ELSE 1 END)",
        "sum(salary div CASE WHEN " + ada + " THEN 1 ELSE 1000000 END)",
        "sum(greatest(0, salary - 500000))",
        "sum(least(salary, CASE WHEN " + ada + " THEN 999999 ELSE 1 END))",
        "max(least(salary, CASE WHEN " + ada + " THEN 999999 ELSE 0 END))",
        "sum(length(CASE WHEN " + ada + " THEN ward ELSE '' END))",
        // Single facts.
        "max(" + ada + " AND salary > 500000)",
        "bool_or(" + ada + " AND salary > 500000)",
        "every(name <> 'Ada' OR salary > 500000)");
  }

  /** The same over the north's people, the marks that the south shares, and its one row. */
  static Stream<String> cellsOverTables() {
    return Stream.of(
        "sum(salary * m.weight)",
        "sum(CASE WHEN m.weight = 1 THEN salary END)",
        "sum(CASE WHEN m.weight = 1 THEN salary ELSE m.other END)",
        "sum(salary * (m.other - p.id))",
        "sum(CASE WHEN p.id = o.pick THEN salary END)",
        "sum(salary * CAST(p.id = o.pick AS INT))",
        "sum(abs(salary * m.weight))",
        "sum(least(salary, m.weight * 1000000))",
        "sum(least(salary, 1 + m.weight * 1000000))",
        "max(least(salary, m.weight * 1000000))",
        "sum(greatest(salary * m.weight, 1))",
        "sum(greatest(salary - 1000000 * (1 - m.weight), 0))",
        "sum(nullif(salary * m.weight, 0))",
        "sum(CASE WHEN p.id IN (m.weight, o.pick) THEN salary ELSE 0 END)",
        "covar_pop(salary, m.weight)",
        "regr_slope(salary, m.weight)",
        "bool_or(p.id = o.pick AND salary > 500000)");
  }

  static Stream<String> values() {
    String ada = "name = 'Ada'";
    String one = "CASE WHEN " + ada + " THEN salary END";
    String zero = "CASE WHEN " + ada + " THEN salary ELSE 0 END";
    return Stream.of(
        // Filters.
        "SELECT sum(salary)" + P + " WHERE " + ada,
        "SELECT max(salary)" + P + " WHERE " + ada,
        "SELECT min(salary)" + P + " WHERE id = 1",
        "SELECT avg(salary)" + P + " WHERE id < 2",
        "SELECT count(*)" + P + " WHERE salary > 500000",
        "SELECT sum(salary)" + P + " WHERE vip AND ward = 'B'",
        "SELECT sum(salary)" + P + " WHERE ward = 'C'",
        "SELECT count(*)" + P + " WHERE ward IN ('C', 'none')",
        // CASE and FILTER.
        "SELECT count(*) FILTER (WHERE " + ada + " AND salary > 500000)" + P,
        "SELECT count(CASE WHEN " + ada + " AND salary > 500000 THEN 1 END)" + P,
        "SELECT count_if(" + ada + ")" + P,
        "SELECT avg(" + one + ")" + P,
        "SELECT avg(salary) FILTER (WHERE " + ada + ")" + P,
        // Columns of mostly NULLs.
        "SELECT avg(bonus)" + P,
        "SELECT count(bonus)" + P,
        // Values that only HAVING reads.
        "SELECT count(*)" + P + " HAVING sum(" + one + ") > 500000",
        "SELECT count(*)" + P + " HAVING max(" + zero + ") > 500000",
        "SELECT sum(id)" + P + " HAVING count(bonus) = 1",
        // What another owner shares.
        "SELECT sum(salary)" + J + " WHERE m.weight = 1",
        "SELECT covar_pop(salary, m.weight)" + J + " WHERE m.weight = 1",
        "SELECT regr_avgy(bonus, m.other)" + J,
        "SELECT var_pop(bonus)" + P,
        "SELECT sum(salary)" + P + " WHERE id = (SELECT pick FROM {south.choice})",
        "SELECT max(salary)" + P + " CROSS JOIN {south.choice} o WHERE p.id < o.pick + 1",
        "SELECT sum(salary)" + P + " JOIN {south.calls} c ON p.id = c.caller WHERE c.tag = 'ada'",
        "SELECT sum(CASE WHEN c.tag = 'ada' THEN salary END)"
            + P
            + " JOIN {south.calls} c ON p.id = c.caller",
        // Many rows of one entity.
        "SELECT sum(cost) FROM {north.visits} WHERE site = 'x'",
        "SELECT sum(CASE WHEN cost > 900000 THEN cost END) FROM {north.visits}",
        "SELECT sum(cost) FILTER (WHERE site = 'y' AND patient = 1) FROM {north.visits}",
        // Of a union, rows of one table.
        "SELECT sum(salary)" + U + " WHERE ward = 'B'",
        "SELECT sum(CASE WHEN name = 'Wes' THEN salary END)" + U,
        "SELECT count(*) FILTER (WHERE ward = 'B')" + U,
        "SELECT sum(CASE WHEN ward = 'B' THEN salary ELSE 0 END)" + U,
        // Aggregates of aggregates.
        "SELECT sum(s) FROM (SELECT name, sum(salary) s" + P + " GROUP BY name HAVING " + ada + ")",
        "SELECT sum(salary)" + P + " WHERE id = (SELECT min(id)" + P + ")");
  }

  /** Many in one query, each by itself only where one of them is refused. */
  @Test
  void showsNoCellOfTooFew() {
    showsNoCellOfTooFew(cells().toList(), P);
    showsNoCellOfTooFew(cellsOverTables().toList(), J + " CROSS JOIN {south.choice} o");
    assertThat(cells().count() + cellsOverTables().count() + values().count() + groups().count())
        .isGreaterThanOrEqualTo(60);
  }

  private void showsNoCellOfTooFew(List<String> all, String rows) {
    for (int from = 0; from < all.size(); from += 8) {
      List<String> some = all.subList(from, Math.min(all.size(), from + 8));
      String query = "SELECT " + String.join(", ", some) + rows;
      Row clear = inTheClear(query).get(0);
      List<Row> shown = shown(query);
      if (shown.isEmpty()) {
        some.forEach(cell -> showsNoValueOfTooFew("SELECT " + cell + rows));
        continue;
      }
      for (int i = 0; i < some.size(); i++) {
        assertThat(clear.isNullAt(i)).as(some.get(i)).isFalse();
        assertThat(shown.get(0).isNullAt(i)).as(some.get(i)).isTrue();
      }
    }
  }

  /** In the clear each shows one value that is not NULL; Trefoil shows none. */
  @ParameterizedTest
  @MethodSource("values")
  void showsNoValueOfTooFew(String query) {
    assertThat(inTheClear(query)).hasSize(1).allMatch(row -> !row.isNullAt(0));
    assertThat(shown(query)).allMatch(row -> row.isNullAt(0));
  }

  /** No rows where the query is refused when it is planned: that shows nothing. */
  private static List<Row> shown(String query) {
    try {
      return inTrefoil(query);
    } catch (Exception e) {
      assertThat(e.getMessage())
          .as(query)
          .containsAnyOf("[TREFOIL_UNSUPPORTED_", "its policy names it under entity");
      return List.of();
    }
  }

  // ---- groups

  static Stream<String> groups() {
    return Stream.of(
        "SELECT ward, count(*)" + P + " GROUP BY ward",
        "SELECT ward, sum(salary), max(salary)" + P + " GROUP BY ward",
        "SELECT DISTINCT ward" + P,
        "SELECT name, sum(salary)" + P + " GROUP BY name",
        "SELECT id, count(*)" + P + " GROUP BY id",
        "SELECT ward, vip, count(*)" + P + " GROUP BY ward, vip",
        "SELECT salary div 500000 AS many, count(*)" + P + " GROUP BY many",
        "SELECT if(name = 'Ada', 'Ada', 'others') AS who, sum(salary)" + P + " GROUP BY who",
        "SELECT ward, count(*)" + P + " GROUP BY ward HAVING count(*) < 3",
        "SELECT ward, count(*) n" + P + " GROUP BY ward ORDER BY n LIMIT 2",
        "SELECT bonus, count(*)" + P + " GROUP BY bonus",
        "SELECT m.weight, sum(salary)" + J + " GROUP BY m.weight",
        "SELECT c.tag, sum(salary)" + P + " JOIN {south.calls} c ON p.id = c.caller GROUP BY c.tag",
        "SELECT site, sum(cost) FROM {north.visits} GROUP BY site",
        "SELECT ward, count(*)" + U + " GROUP BY ward",
        "SELECT ward, sum(salary)" + U + " GROUP BY ward");
  }

  /** Groups of which too few rows of a table are part, by their first columns. */
  private static final Set<String> SMALL =
      Set.of("C", "D", "Ada", "1", "77", "ada", "x", "[B,true]", "[null,true]");

  @ParameterizedTest
  @MethodSource("groups")
  void showsNoGroupOfTooFew(String query) {
    assertThat(named(inTheClear(query))).containsAnyElementsOf(SMALL);
    assertThat(named(shown(query))).doesNotContainAnyElementsOf(SMALL);
  }

  /** A total less the groups that are shown is the one that is not. */
  @ParameterizedTest
  @ValueSource(strings = {"ROLLUP (ward)", "CUBE (ward, vip)", "GROUPING SETS ((ward), ())"})
  void refusesTotalsBesideGroups(String groups) {
    assertThatThrownBy(() -> inTrefoil("SELECT ward, count(*)" + P + " GROUP BY " + groups))
        .hasMessageContaining("[TREFOIL_POLICY_VIOLATION]")
        .hasMessageContaining("a total less the groups that are shown");
  }

  /** Joins that leave one row. */
  @Test
  void showsNoRowThatJoinsLeave() {
    String marked = " {south.marks} m ON p.id = m.person AND m.weight = ";
    for (String query :
        List.of(
            "SELECT sum(p.salary)" + P + " JOIN {north.people} q ON p.id = q.id WHERE q.vip",
            "SELECT sum(p.salary)" + P + " LEFT SEMI JOIN" + marked + "1",
            "SELECT max(p.salary)" + P + " LEFT ANTI JOIN" + marked + "0")) {
      showsNoValueOfTooFew(query);
    }
  }

  private static List<String> named(List<Row> rows) {
    List<String> names = new ArrayList<>();
    for (Row row : rows) {
      names.add(String.valueOf(row.get(0)));
      if (row.size() > 2) {
        names.add("[" + row.get(0) + "," + row.get(1) + "]");
      }
    }
    return names;
  }

  // ---- and what is large enough is shown

  @Test
  void showsWhatIsLargeEnough() {
    for (String query :
        List.of(
            "SELECT sum(CASE WHEN ward = 'A' THEN salary ELSE 0 END), count(*)" + P,
            "SELECT sum(salary) FILTER (WHERE ward = 'A'), count_if(ward = 'A')" + P,
            "SELECT sum(CASE WHEN ward = 'A' THEN salary ELSE id END)" + P,
            "SELECT sum(salary * id), sum(salary + id), max(salary - id)" + P,
            "SELECT sum(CASE WHEN m.weight = 0 THEN salary END), sum(salary * m.other)" + J)) {
      assertThat(inTrefoil(query)).as(query).isEqualTo(inTheClear(query));
    }
    // West has nobody in ward A: whether it has must not show.
    assertThat(named(inTrefoil("SELECT ward, count(*)" + U + " GROUP BY ward")))
        .containsExactly("E");
    // One value of a group that is shown rests on too few.
    assertThat(
            inTrefoil(
                    "SELECT ward, sum(CASE WHEN vip THEN salary ELSE 0 END) s, count(*) n"
                        + P
                        + " GROUP BY ward")
                .stream()
                .filter(row -> row.getString(0).equals("B"))
                .toList())
        .singleElement()
        .matches(row -> row.isNullAt(1) && row.getLong(2) == 4);
  }

  /** Two lists of customers, whose owners know their keys: a join without a sort. */
  @Test
  void joinsLongListsOnKeysThatTheirOwnersKnow() {
    String joined = " FROM {north.customers} c JOIN {south.sales} s ON c.id = s.buyer";
    for (String query :
        List.of(
            "SELECT count(*), sum(c.spent), sum(s.amount) FILTER (WHERE c.spent > s.amount)"
                + joined
                + " WHERE c.city <> 'Bonn' AND s.amount < 50")) {
      assertThat(inTrefoil(query)).as(query).isEqualTo(inTheClear(query));
    }
    String byCity = "SELECT c.city, s.region, sum(c.spent), count(*)" + joined + " GROUP BY 1, 2";
    List<Row> clear = inTheClear(byCity);
    assertThat(named(clear)).contains("Tiny");
    // Neither the two customers of Tiny nor the one of xx, however often it buys.
    assertThat(inTrefoil(byCity + " ORDER BY 1, 2"))
        .isEqualTo(
            clear.stream()
                .filter(row -> !row.getString(0).equals("Tiny") && !row.getString(1).equals("xx"))
                .sorted(Comparator.comparing(row -> row.getString(0) + row.getString(1)))
                .toList());
  }
}
