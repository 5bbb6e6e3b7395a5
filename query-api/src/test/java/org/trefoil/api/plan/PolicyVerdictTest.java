package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.trefoil.api.plan.Rows.call;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.min;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.policy.PolicyVerdict;
import org.trefoil.api.type.DataType;

/** What is said offline is what executors say of the bytes. */
class PolicyVerdictTest {
  private static final List<String> COLUMNS = List.of("id", "g", "f", "s", "r");
  private static final List<String> OWNERS = List.of("a", "b", "c");

  private final long seed = Long.getLong("trefoil.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private TableDescriptor table(String owner) {
    Map<String, ColumnPolicy> columns = new TreeMap<>();
    for (String column : COLUMNS) {
      List<Verb> use = new ArrayList<>();
      for (Verb verb : List.of(Verb.JOIN, Verb.FILTER, Verb.GROUP, Verb.AGGREGATE, Verb.RANK)) {
        if (random.nextInt(8) > 0) {
          use.add(verb);
        }
      }
      ColumnPolicy policy = ColumnPolicy.of(use.toArray(Verb[]::new));
      columns.put(
          column,
          random.nextInt(6) > 0
              ? policy
              : policy.only(random.nextBoolean() ? Aggregated.SUM : Aggregated.COUNT));
    }
    return new TableDescriptor(
        owner,
        "t",
        SchemaText.parse("id INT NOT NULL, g INT, f INT, s INT, r INT").fields(),
        List.of(List.of("id")),
        10,
        TablePolicy.builder(1 + random.nextInt(2) * 2)
            .minOwners(random.nextInt(5) > 0 ? 1 : 2)
            .entity(random.nextInt(3) > 0 ? List.of() : List.of("id"))
            .analysts(random.nextInt(9) > 0 ? Optional.empty() : Optional.of(List.of("aa")))
            .recipients(
                Optional.of(
                    random.nextInt(9) > 0 ? List.of("analyst", "none") : List.of("owner:b")))
            .columns(columns)
            .build());
  }

  private Rows rows(Catalog catalog, String owner) {
    Rows scan = Rows.scan(catalog, owner, "t", COLUMNS.toArray(String[]::new));
    List<String> names = COLUMNS.stream().map(c -> owner + c).toList();
    Expr[] all = COLUMNS.stream().map(scan::col).toArray(Expr[]::new);
    return scan.select(names, all);
  }

  private Plan plan(Catalog catalog) {
    String first = OWNERS.get(random.nextInt(3));
    String other = OWNERS.get(random.nextInt(3));
    Rows rows = rows(catalog, first);
    int shape = random.nextInt(4);
    if (shape == 1 && !first.equals(other)) {
      rows = rows.join(rows(catalog, other), r -> eq(r.col(first + "id"), r.col(other + "f")));
    } else if (shape == 2) {
      rows = Rows.union(rows, rows(catalog, other));
    }
    if (random.nextInt(2) == 0) {
      String column = first + COLUMNS.get(random.nextInt(5));
      rows =
          random.nextInt(3) == 0
              ? rows.where(test(Function.EQUAL, rows.col(column), rows.col(first + "g")))
              : rows.where(test(Function.LESS, rows.col(column), integer(5)));
    }
    Expr s = rows.col(first + "s");
    AggregateCall aggregate =
        switch (random.nextInt(5)) {
          case 0 -> count(s);
          case 1 -> min(rows.col(first + "r"));
          case 2 -> sum(call(Function.MULTIPLY, DataType.INT, s, s));
          case 3 ->
              sum(
                  new Expr.Call(
                      Function.CASE,
                      List.of(
                          test(Function.LESS, rows.col(first + "f"), integer(3)), s, integer(0)),
                      DataType.INT,
                      true));
          default -> sum(s);
        };
    Rows result =
        random.nextInt(20) == 0
            ? rows
            : rows.group(
                random.nextInt(4) == 0 ? List.of() : List.of(rows.col(first + "g")),
                count(),
                aggregate);
    Release release =
        random.nextInt(8) == 0
            ? Release.parse(random.nextBoolean() ? "b" : "none:kept", OWNERS)
            : Release.TO_ANALYST;
    return new Plan(result.rel(), true, "UTC", release);
  }

  @Test
  void agreesWithExecutorsOnAThousandPlans() {
    Map<String, Integer> seen = new TreeMap<>();
    for (int i = 0; i < 1000; i++) {
      Catalog catalog = Catalog.of(OWNERS.stream().map(this::table).toList());
      Plan plan = plan(catalog);
      PolicyVerdict verdict = PolicyVerdict.of(plan, catalog, "hq");
      byte[] bytes = SubstraitPlans.encode(plan);
      // As Admission does at an executor, and an owner before it shares.
      Throwable refusal =
          catchThrowable(
              () -> {
                Plan decoded = SubstraitPlans.decode(bytes);
                PolicyCheck.check(decoded, catalog, "hq");
                Fragments.split(decoded, catalog);
              });
      String as = "seed " + seed + ", plan " + i + ": " + Text.of(plan.root());
      assertThat(verdict.allowed()).as(as).isEqualTo(refusal == null);
      if (refusal == null) {
        seen.merge("allowed", 1, Integer::sum);
        continue;
      }
      assertThat(verdict.faults().get(0)).as(as).hasMessage(refusal.getMessage());
      assertThat(verdict.lines()).as(as).hasSize(1 + verdict.faults().size());
      assertThat(verdict.faults().stream().map(TrefoilException::getMessage))
          .as(as)
          .doesNotHaveDuplicates()
          .allMatch(m -> m.contains("Cannot"));
      seen.merge(verdict.faults().size() > 1 ? "several" : "one", 1, Integer::sum);
    }
    assertThat(seen)
        .as("seed %s", seed)
        .hasSize(3)
        .allSatisfy((k, n) -> assertThat(n).isGreaterThan(50));
  }

  @Test
  void namesEveryClauseAndWhatWouldPass() {
    TableDescriptor table =
        new TableDescriptor(
            "a",
            "t",
            SchemaText.parse("id INT NOT NULL, g INT, f INT, s INT, r INT").fields(),
            List.of(List.of("id")),
            10,
            TablePolicy.builder(3)
                .entity(List.of("id"))
                .analysts(Optional.of(List.of("aa")))
                .columns(Map.of("id", ColumnPolicy.of(Verb.FILTER)))
                .build());
    Catalog catalog = Catalog.of(List.of(table));
    Rows rows = rows(catalog, "a");
    Rows one = rows.where(test(Function.EQUAL, rows.col("aid"), integer(7)));
    PolicyVerdict verdict =
        PolicyVerdict.of(
            one.group(List.of(one.col("ag")), sum(one.col("as"))).plan(), catalog, "hq");
    assertThat(verdict.lines())
        .hasSize(5)
        .anyMatch(l -> l.contains("ANALYST_NOT_ALLOWED"))
        .anyMatch(l -> l.contains("column g") && l.contains("ask owner a"))
        .anyMatch(l -> l.contains("column s") && l.contains("\"aggregate\""))
        .anyMatch(l -> l.contains("under entity") && l.contains("Leave the comparison out"))
        .first()
        .isEqualTo("Refused, for 4 reasons:");
  }
}
