package org.trefoil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                differences: public
                columns:
                  id: {use: [join, filter, group, aggregate, rank], range: [0, 100]}
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                  bonus: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
            members:
              source: {format: csv, path: members.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL"
              keys: [[id]]
              history: history
              policy:
                min-group-size: 3
                entity: [id]
                reruns: checked
                columns: {salary: {use: [aggregate, filter], range: [0, 1000000]}}
                default: {use: [join, filter, group, aggregate, rank]}
            staff:
              source: {format: csv, path: north.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, name VARCHAR(8) NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL, bonus BIGINT, vip BOOLEAN NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                columns:
                  id: {use: [join, filter, group, aggregate, rank], range: [0, 100]}
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                  bonus: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
            firms:
              source: {format: csv, path: north.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, name VARCHAR(8) NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL, bonus BIGINT, vip BOOLEAN NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                dominance: 10
                columns:
                  id: {use: [join, filter, group, aggregate, rank], range: [0, 100]}
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                  bonus: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate, rank]}
            census:
              source: {format: csv, path: north.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, name VARCHAR(8) NOT NULL, ward VARCHAR(2) NOT NULL, salary BIGINT NOT NULL, bonus BIGINT, vip BOOLEAN NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                rounding: 10
                columns:
                  salary: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}
                default: {use: [join, filter, group, aggregate]}
            stays:
              source: {format: csv, path: visits.csv, options: {header: "true"}}
              schema: "visit BIGINT NOT NULL, patient BIGINT NOT NULL, site VARCHAR(4) NOT NULL, cost BIGINT NOT NULL"
              keys: [[visit]]
              policy:
                min-group-size: 3
                entity: [patient]
                columns: {cost: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}}
                default: {use: [join, filter, group, aggregate, rank]}
            visits:
              source: {format: csv, path: visits.csv, options: {header: "true"}}
              schema: "visit BIGINT NOT NULL, patient BIGINT NOT NULL, site VARCHAR(4) NOT NULL, cost BIGINT NOT NULL"
              keys: [[visit]]
              policy:
                min-group-size: 3
                entity: [patient]
                differences: public
                columns: {cost: {use: [join, filter, group, aggregate, rank], range: [0, 1000000]}}
                default: {use: [join, filter, group, aggregate, rank]}
            customers:
              source: {format: csv, path: customers.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, spent BIGINT NOT NULL, city VARCHAR(4) NOT NULL"
              keys: [[id]]
              policy:
                min-group-size: 3
                differences: public
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
                differences: public
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
  private static Path members;

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
    members = Files.writeString(folder.resolve("members.csv"), members(5, 4, 10));
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
          {
            "staff=north",
            "id BIGINT, name STRING, ward STRING, salary BIGINT, bonus BIGINT, vip BOOLEAN"
          },
          {
            "firms=north",
            "id BIGINT, name STRING, ward STRING, salary BIGINT, bonus BIGINT, vip BOOLEAN"
          },
          {
            "census=north",
            "id BIGINT, name STRING, ward STRING, salary BIGINT, bonus BIGINT, vip BOOLEAN"
          },
          {"stays=visits", "visit BIGINT, patient BIGINT, site STRING, cost BIGINT"},
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
          .csv(folder.resolve(table[0].replaceFirst(".*=", "") + ".csv").toString())
          .createOrReplaceTempView(table[0].replaceFirst("=.*", ""));
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

  private static final int TOGETHER = 8;
  private static final Pattern CONDITION = Pattern.compile("\\[TREFOIL_(\\w+)\\]");
  private static final Pattern TABLE = Pattern.compile("\\{(\\w+)\\.(\\w+)\\}");

  private static List<Row> inTrefoil(String query) {
    return spark.sql(TABLE.matcher(query).replaceAll("trefoil.$1.$2")).collectAsList();
  }

  private static List<Row> inTheClear(String query) {
    Function<MatchResult, String> view = m -> m.group(2).equals("people") ? m.group(1) : m.group(2);
    return spark.sql(TABLE.matcher(query).replaceAll(view)).collectAsList();
  }

  // ---- the attempts, each with what comes of it

  /**
   * A line of {@code tricks.txt}.
   *
   * @param verdict as the head of the file says
   */
  private record Trick(String kind, String verdict, String query) {
    static Trick of(String line) {
      String[] parts = line.split(" \\| ", 3);
      return new Trick(parts[0], parts[1], parts[2]);
    }

    /** Of many that are values over one relation, which. */
    Optional<String> relation() {
      return VALUES_OVER.keySet().stream().filter(query::startsWith).findFirst();
    }

    String sql() {
      return relation()
          .map(of -> "SELECT " + query.substring(of.length()) + VALUES_OVER.get(of))
          .orElse(query)
          .replace("{P}", P.strip())
          .replace("{S}", P.strip().replace("people", "staff"))
          .replace("{F}", P.strip().replace("people", "firms"))
          .replace("{J}", J.strip())
          .replace("{U}", U.strip());
    }
  }

  private static final Map<String, String> VALUES_OVER =
      Map.of("people: ", P, "joined: ", J + " CROSS JOIN {south.choice} o");

  static List<Trick> tricks() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                SmallGroupsTest.class.getResourceAsStream("tricks.txt"), StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Trick::of)
          .toList();
    }
  }

  /** Groups of which too few rows of a table are part, by their first columns. */
  private static final Set<String> SMALL =
      Set.of("C", "D", "Ada", "1", "77", "ada", "x", "[B,true]", "[null,true]");

  @Test
  void showsNothingOfTooFew() throws IOException {
    List<Trick> tricks = tricks();
    assertThat(tricks).hasSizeGreaterThanOrEqualTo(80).doesNotHaveDuplicates();
    assertThat(tricks.stream().map(Trick::kind))
        .contains(
            "HAVING",
            "CASE",
            "FILTER",
            "differences",
            "dominance",
            "rounding",
            "DISTINCT",
            "NULL groups",
            "fan-out",
            "UNION ALL",
            "totals",
            "point filter",
            "errors",
            "LIMIT");
    Set<Trick> withheld = withheldTogether(tricks);
    List<String> others = new ArrayList<>();
    for (Trick trick : tricks) {
      String found = withheld.contains(trick) ? "NULL" : verdict(trick);
      if (!found.equals(trick.verdict())) {
        others.add(trick.kind() + " | " + found + " | " + trick.query());
      }
    }
    assertThat(others).isEmpty();
  }

  /** Values over one relation, several in one query; what is not withheld there is left out. */
  private static Set<Trick> withheldTogether(List<Trick> tricks) {
    Set<Trick> withheld = new HashSet<>();
    for (String relation : VALUES_OVER.keySet()) {
      List<Trick> all =
          tricks.stream()
              .filter(t -> t.query().startsWith(relation) && t.verdict().equals("NULL"))
              .toList();
      for (int from = 0; from < all.size(); from += TOGETHER) {
        List<Trick> some = all.subList(from, Math.min(all.size(), from + TOGETHER));
        String query =
            "SELECT "
                + some.stream()
                    .map(t -> t.query().substring(relation.length()))
                    .collect(Collectors.joining(", "))
                + VALUES_OVER.get(relation);
        Row shown;
        try {
          shown = inTrefoil(query).get(0);
        } catch (Exception e) {
          assertThat(e).hasMessageFindingMatch(CONDITION.pattern());
          continue; // One of them is refused: each by itself.
        }
        Row clear = inTheClear(query).get(0);
        for (int i = 0; i < some.size(); i++) {
          if (!clear.isNullAt(i) && shown.isNullAt(i)) {
            withheld.add(some.get(i));
          }
        }
      }
    }
    return withheld;
  }

  private static String verdict(Trick trick) {
    List<Row> shown;
    try {
      shown = inTrefoil(trick.sql());
    } catch (Exception e) {
      Matcher condition = CONDITION.matcher(String.valueOf(e.getMessage()));
      return "refused " + (condition.find() ? condition.group(1) : e.getMessage());
    }
    List<Row> clear = inTheClear(trick.sql());
    if (trick.verdict().equals("NULL")) {
      boolean something = clear.size() == 1 && !clear.get(0).isNullAt(0);
      return something && shown.stream().allMatch(row -> row.isNullAt(0)) ? "NULL" : "" + shown;
    }
    if (trick.verdict().equals("held back")) {
      boolean something = named(clear).stream().anyMatch(SMALL::contains);
      return something && named(shown).stream().noneMatch(SMALL::contains)
          ? "held back"
          : "" + shown;
    }
    return shown.isEmpty()
        ? "shows nothing"
        : "shows " + shown.stream().map(Row::toString).collect(Collectors.joining(" "));
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

  // ---- the same again, over other rows

  /** So many members of ward A and of ward B, who earn {@code salary} each. */
  private static String members(int a, int b, int salary) {
    StringBuilder rows = new StringBuilder("id,ward,salary\n");
    for (int i = 0; i < a; i++) {
      rows.append("%d,A,10%n".formatted(i));
    }
    for (int i = 0; i < b; i++) {
      rows.append("%d,B,%d%n".formatted(50 + i, i == 0 ? salary : 10));
    }
    return rows.toString();
  }

  private static List<String> again(String rows, String query) throws IOException {
    Files.writeString(members, rows);
    return inTrefoil(query).stream().map(Row::toString).sorted().toList();
  }

  @Test
  void showsNothingOfTooFewThatComeOrChangeBetweenRuns() throws IOException {
    String totals = "SELECT ward, count(*), sum(salary) FROM {north.members} GROUP BY ward";
    assertThat(again(members(5, 4, 10), totals)).containsExactly("[A,5,50]", "[B,4,40]");
    assertThat(again(members(5, 4, 10), totals)).containsExactly("[A,5,50]", "[B,4,40]");
    for (String rows : List.of(members(6, 4, 10), members(5, 4, 11))) {
      assertThatThrownBy(() -> again(rows, totals))
          .hasMessageContaining("TREFOIL_POLICY_VIOLATION")
          .hasMessageContaining("fewer than 3 entities");
    }
    assertThat(again(members(9, 4, 10), totals)).containsExactly("[A,9,90]", "[B,4,40]");
    assertThatThrownBy(() -> again(members(6, 4, 10), totals))
        .as("three less than in the last run, one more than in the first")
        .hasMessageContaining("fewer than 3 entities");
    String joined =
        "SELECT sum(p.salary) FROM {north.members} p JOIN {south.marks} m ON p.id = m.person";
    assertThat(again(members(9, 4, 10), joined)).hasSize(1);
    assertThatThrownBy(() -> again(members(9, 4, 10), joined))
        .hasMessageContaining("joined with other tables");
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
    // Of Ada alone the list has calls that others have not.
    String often = " LEFT JOIN (SELECT * FROM {south.calls} %s) c ON p.id = c.caller GROUP BY ward";
    for (String value : List.of("count(*)", "avg(salary)", "count(p.bonus)", "count(c.tag)")) {
      assertThat(inTrefoil("SELECT ward, " + value + P + often.formatted("WHERE tag = 'ada'")))
          .as(value)
          .isEmpty();
    }
    assertThat(inTrefoil("SELECT ward, count(c.tag)" + P + often.formatted("WHERE caller > 1")))
        .as("a count of too few is no zero")
        .extracting(row -> row.getString(0) + row.getLong(1))
        .containsExactlyInAnyOrder("A5", "B3", "E4");
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
