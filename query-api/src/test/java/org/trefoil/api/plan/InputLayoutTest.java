package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.asc;
import static org.trefoil.api.plan.Rows.call;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.min;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.test;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.type.DataType;

class InputLayoutTest {
  private final Catalog catalog = Tpch.catalog(1);

  @Test
  void laysOutQ3() {
    assertThat(print(Tpch.q3(catalog), catalog, 1500, 15000, 60000))
        .isEqualTo(
            """
            #0 KEY[0]:65 in bins by 0, 1913
            #1 ORDERED[2]:32 ORDERED[3]:32 KEY[0]:65 KEY[1]:65 PLACE[0, 0]:16 PLACE[0, 1]:16 PLACE[0, 2]:16 PLACE[0, 3]:16 sorted by 3
            #2 ARITHMETIC[1]:128 ORDERED[0]:64 KEY[0]:65 RANK[0]:16 sorted by 3
            groups #2 RANK[0]
            counts
            result l_orderkey ORDERED:64 agg0? ARITHMETIC:128 o_orderdate ORDERED:32 o_shippriority ORDERED:32
            """);
  }

  @Test
  void joinsWithoutASortOnlyWhereThatPays() {
    // Too few keys; many more rows than keys; many more keys than rows; too many places.
    for (long[] rows :
        new long[][] {
          {511, 15000, 60000},
          {1500, 15000 * 16, 60000},
          {150_000, 15000, 60000},
          {2_000_000, 3_000_000, 60000}
        }) {
      assertThat(print(Tpch.q3(catalog), catalog, rows)).doesNotContain("PLACE");
    }
    // The keys of orders are known to one owner, but its rows hold another owner's after a join.
    assertThat(print(Tpch.q3(catalog), catalog, 1500, 15000, 60000)).doesNotContain("PLACE[1");
  }

  @Test
  void laysOutQ5WithItsCycleComparedInOrder() {
    assertThat(print(Tpch.q5(catalog), catalog, 1500, 15000, 60000, 100, 25, 5))
        .isEqualTo(
            """
            #0 ORDERED[0]:32 KEY[0]:33 KEY[1]:65 sorted by 2
            #1 KEY[0]:65 KEY[1]:65 sorted by 1
            #2 ARITHMETIC[2]:128 KEY[0]:65 KEY[1]:65
            #3 ORDERED[1]:32 KEY[0]:65 sorted by 1
            #4 ORDERED[2]:519 KEY[0]:33 KEY[1]:33 RANK[2]:5 sorted by 2
            #5 KEY[0]:33 sorted by 0
            groups #4 RANK[2]
            counts
            result n_name ORDERED:519 agg0? ARITHMETIC:128
            """);
  }

  @Test
  void laysOutQ12AndQ14AndQ19WithK() {
    Catalog k3 = Tpch.catalog(3);
    assertThat(print(Tpch.q12(k3), k3, 15000, 60000))
        .isEqualTo(
            """
            #0 BIT[2]:1 BIT[4]:1 ARITHMETIC[1]:64 ARITHMETIC[3]:64 KEY[0]:65 ROW_ID[]:15 in bins by 4, 19058
            #1 ORDERED[1]:326 KEY[0]:65 RANK[1]:16 PLACE[0, 0]:18 PLACE[0, 1]:18 PLACE[0, 2]:18 PLACE[0, 3]:18
            groups #1 RANK[1]
            counts #0.0 3 ROW_ID #1.0 3 ROW_ID once
            result l_shipmode ORDERED:326 agg0? ARITHMETIC:64 agg1? ARITHMETIC:64
            """);
    assertThat(print(Tpch.q14(k3), k3, 60000, 2000))
        .isEqualTo(
            """
            #0 BIT[2]:1 ARITHMETIC[1]:128 KEY[0]:65
            #1 BIT[1]:1 KEY[0]:65 ROW_ID[]:11 sorted by 1
            groups
            counts #0.0 3 ROW_ID once #1.0 3 ROW_ID
            result agg0? ARITHMETIC:128 agg1? ARITHMETIC:128
            """);
    assertThat(print(Tpch.q19(k3), k3, 60000, 2000))
        .isEqualTo(
            """
            #0 BIT[0]:1 BIT[1]:1 BIT[4]:1 ARITHMETIC[3]:128 KEY[2]:65
            #1 BIT[0]:1 BIT[1]:1 KEY[2]:65 ROW_ID[]:11 sorted by 2
            groups
            counts #0.0 3 ROW_ID once #1.0 3 ROW_ID
            result agg0? ARITHMETIC:128
            """);
  }

  @Test
  void countsBranchesAndEntitiesOfAUnion() {
    TablePolicy entities =
        TablePolicy.builder(5).entity(List.of("g")).other(Tpch.ALL).absencePublic(false).build();
    Catalog owners = Catalog.of(List.of(table("a", entities), table("b", policy(2, Map.of()))));
    Rows all =
        Rows.union(Rows.scan(owners, "a", "t", "g", "v"), Rows.scan(owners, "b", "t", "g", "v"));
    Plan plan = all.group(List.of(all.col("g")), sum(all.col("v")), count(all.col("v"))).plan();
    Split split = Fragments.split(plan, owners);
    InputLayout layout = InputLayout.of(split, owners, List.of(List.of(100L, 300L)));
    assertThat(print(split, layout))
        .isEqualTo(
            """
            #0 VALID[0]:1 VALID[1]:1 ARITHMETIC[1]:64 ORDERED[0]:165 HASHED[0]:64 ENTITY[]:9 BRANCH[0]:1 BRANCH[1]:1
            groups #0 HASHED[0]
            counts #0.0 5 ENTITY once several #0.1 2 ROW_ID once several
            result g? ORDERED:165 agg0? ARITHMETIC:64 agg1 ARITHMETIC:64
            """);
    assertThat(layout.rows(0)).isEqualTo(400);
    assertThat(layout.rows(0, 1)).isEqualTo(300);
  }

  @Test
  void takesNarrowGroupColumnsAsTheyAreAndDropsWhatFollows() {
    Rows c = Tpch.scan(catalog, "customer", "c_custkey", "c_name", "c_nationkey");
    Rows n = Tpch.scan(catalog, "nation", "n_nationkey", "n_name");
    Rows joined = c.join(n, r -> eq(r.col("c_nationkey"), r.col("n_nationkey")));
    Plan byCustomer =
        joined
            .group(
                List.of(joined.col("n_name"), joined.col("c_name"), joined.col("c_custkey")),
                count())
            .plan();
    assertThat(print(byCustomer, catalog, 1500, 25)).contains("groups #1 RANK[1] #0 RANK[1, 2]\n");
    // Of the PK side of a join the key suffices, as its owner checks that it is unique.
    Rows o = Tpch.scan(catalog, "orders", "o_custkey");
    Rows co = c.join(o, r -> eq(r.col("c_custkey"), r.col("o_custkey")));
    Plan byKey = co.group(List.of(co.col("c_name"), co.col("c_custkey")), count()).plan();
    assertThat(print(byKey, catalog, 1500, 15000)).contains("groups #0 RANK[0]\n");
    Plan byNation =
        joined.group(List.of(joined.col("n_name"), joined.col("c_nationkey")), count()).plan();
    assertThat(print(byNation, catalog, 1500, 25)).contains("groups #0 RANK[0]\n");
    Catalog small = Catalog.of(List.of(table("a", policy(1, Map.of("v", ranged("0", "7"))))));
    Rows a = Rows.scan(small, "a", "t", "v");
    assertThat(print(a.group(List.of(a.col("v")), count()).plan(), small, 1000))
        .isEqualTo(
            """
            #0 VALID[0]:1 ORDERED[0]:3 RANK[0]:10 sorted by 2
            groups #0 ORDERED[0]
            counts
            result v? ORDERED:3 agg0 ARITHMETIC:64
            """);
  }

  @Test
  void believesNoOtherOwnerAboutTheRowsOfAGroup() {
    // Both declare their key unique; a row of a is joined with one of b, unless one of them lies.
    Catalog two = Catalog.of(List.of(keyed("a", "t", 3), keyed("b", "t", 3), keyed("a", "u", 3)));
    Rows a = Rows.scan(two, "a", "t", "id", "g");
    Rows b =
        Rows.scan(two, "b", "t", "id", "g").select(List.of("bid", "bg"), bt(two)[0], bt(two)[1]);
    Rows others = a.join(b, r -> eq(r.col("id"), r.col("bid")));
    assertThat(print(others.group(List.of(), count()).plan(), two, 50, 60))
        .contains("counts #0.0 3 ROW_ID #1.0 3 ROW_ID once\n");
    assertThat(
            print(
                others.group(List.of(others.col("bid"), others.col("g")), count()).plan(),
                two,
                50,
                60))
        .contains("groups #1 RANK[0] #0 RANK[1]\n");
    Rows own =
        Rows.scan(two, "a", "u", "id", "g").select(List.of("bid", "bg"), bt(two)[0], bt(two)[1]);
    Rows same = a.join(own, r -> eq(r.col("id"), r.col("bid")));
    assertThat(
            print(same.group(List.of(same.col("bid"), same.col("g")), count()).plan(), two, 50, 60))
        .contains("groups #1 RANK[0]\n")
        .contains("counts #0.0 3 ROW_ID once #1.0 3 ROW_ID once\n");
  }

  private static Expr[] bt(Catalog catalog) {
    Rows b = Rows.scan(catalog, "b", "t", "id", "g");
    return new Expr[] {b.col("id"), b.col("g")};
  }

  private static TableDescriptor keyed(String owner, String table, int k) {
    return new TableDescriptor(
        owner,
        table,
        SchemaText.parse("id BIGINT NOT NULL, g BIGINT NOT NULL").fields(),
        List.of(List.of("id")),
        1,
        policy(k, Map.of()));
  }

  @Test
  void givesComparedColumnsOneSlot() {
    Catalog two =
        Catalog.of(
            List.of(
                table("a", policy(1, Map.of("v", ranged("-10", "5")))),
                table("b", policy(1, Map.of("v", ranged("3", "20"))))));
    Rows a = Rows.scan(two, "a", "t", "id", "v");
    Rows b = Rows.scan(two, "b", "t", "id", "v").select("id", "v");
    Rows bRenamed = b.select(List.of("id2", "v2"), b.col("id"), b.col("v"));
    Rows joined =
        a.join(
            bRenamed,
            r ->
                Rows.and(
                    eq(r.col("id"), r.col("id2")), test(Function.LESS, r.col("v"), r.col("v2"))));
    Split split = Fragments.split(joined.group(List.of(), count()).plan(), two);
    InputLayout layout = InputLayout.of(split, two, List.of(List.of(9L), List.of(9L)));
    Slot slot = new Slot(BigInteger.valueOf(-10), 5);
    int v = layout.column(0, Form.ORDERED, List.of(0));
    assertThat(layout.columns(0).get(v).slots()).containsExactly(slot);
    v = layout.column(1, Form.ORDERED, List.of(0));
    assertThat(layout.columns(1).get(v).slots()).containsExactly(slot);
    // Both keys are unique: no row of either side occurs twice.
    assertThat(layout.columns(0)).noneMatch(c -> c.form() == Form.ROW_ID);
  }

  @Test
  void choosesTheRingByProof() {
    Map<String, ColumnPolicy> narrow = Map.of("v", ranged("0", "1000"));
    Catalog ranged = Catalog.of(List.of(table("a", policy(2, narrow))));
    Rows a = Rows.scan(ranged, "a", "t", "v", "id");
    Plan sums = a.group(List.of(), sum(a.col("v")), sum(a.col("id"))).plan();
    Split split = Fragments.split(sums, ranged);
    InputLayout layout = InputLayout.of(split, ranged, List.of(List.of(1L << 20)));
    Rel.Aggregate aggregate = (Rel.Aggregate) split.remainder();
    assertThat(layout.ring(aggregate, 0)).isEqualTo(64);
    assertThat(layout.ring(aggregate, 1)).isEqualTo(128);
    assertThat(layout.bounds(aggregate, new Expr.FieldRef(0, DataType.BIGINT, true)))
        .isEqualTo(Bounds.of(0, 1000L << 20));
    assertThat(layout.bounds(0, 0)).isEqualTo(Bounds.of(0, 1000));
  }

  @Test
  void narrowsBoundsThatNoRingCouldSum() {
    TableDescriptor wide =
        new TableDescriptor(
            "a",
            "t",
            SchemaText.parse("x DECIMAL(38,2) NOT NULL").fields(),
            List.of(),
            10,
            policy(1, Map.of()));
    Catalog catalog = Catalog.of(List.of(wide));
    Rows a = Rows.scan(catalog, "a", "t", "x");
    Split split = Fragments.split(a.group(List.of(), sum(a.col("x"))).plan(), catalog);
    InputLayout layout = InputLayout.of(split, catalog, List.of(List.of(1000L)));
    BigInteger limit =
        BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE).divide(BigInteger.valueOf(1000));
    assertThat(layout.bounds(0, 0)).isEqualTo(Bounds.symmetric(limit));
    assertThat(layout.ring((Rel.Aggregate) split.remainder(), 0)).isEqualTo(128);
  }

  @Test
  void refusesProductsThatNoRingHolds() {
    Catalog wide =
        Catalog.of(
            List.of("a", "b").stream()
                .map(
                    o ->
                        new TableDescriptor(
                            o,
                            "t",
                            SchemaText.parse("id INT NOT NULL, x DECIMAL(30,0) NOT NULL").fields(),
                            List.of(List.of("id")),
                            10,
                            policy(1, Map.of())))
                .toList());
    Rows a = Rows.scan(wide, "a", "t", "id", "x");
    Rows b = Rows.scan(wide, "b", "t", "id", "x");
    Rows joined =
        a.join(
            b.select(List.of("i", "y"), b.col("id"), b.col("x")), r -> eq(r.col("id"), r.col("i")));
    Expr product =
        call(Function.MULTIPLY, DataType.decimal(38, 0), joined.col("x"), joined.col("y"));
    Split split = Fragments.split(joined.group(List.of(), sum(product)).plan(), wide);
    assertThatThrownBy(() -> InputLayout.of(split, wide, List.of(List.of(8L), List.of(8L))))
        .hasMessageContaining("TREFOIL_UNBOUNDED_VALUE")
        .hasMessageContaining("Declare a range");
  }

  @Test
  void servesHavingAndOrder() {
    Rows c = Tpch.scan(catalog, "customer", "c_nationkey", "c_name", "c_acctbal");
    Rows grouped =
        c.group(
            List.of(c.col("c_nationkey")), count(), min(c.col("c_name")), sum(c.col("c_acctbal")));
    Plan plan =
        grouped
            .where(test(Function.GREATER, grouped.col("agg2"), Rows.number("5", 25, 2)))
            .sort(asc(grouped.col("c_nationkey")))
            .select("agg0", "agg1")
            .plan();
    assertThat(print(plan, catalog, 5000000))
        .isEqualTo(
            """
            #0 VALID[1]:1 VALID[2]:1 ARITHMETIC[2]:128 ORDERED[0]:32 ORDERED[1]:519 RANK[0]:23
            groups #0 RANK[0]
            counts
            result agg0 ARITHMETIC:64 agg1? ORDERED:519
            """);
  }

  @Test
  void isTheSameForEverybody() {
    Plan plan = Tpch.q5(catalog);
    assertThat(print(plan, catalog, 1, 2, 3, 4, 5, 6))
        .isEqualTo(print(Tpch.q5(Tpch.catalog(1)), Tpch.catalog(1), 1, 2, 3, 4, 5, 6));
    Split split = Fragments.split(plan, catalog);
    assertThatThrownBy(() -> InputLayout.of(split, catalog, List.of(List.of(1L))))
        .hasMessageContaining("row counts");
    InputLayout layout =
        InputLayout.of(split, catalog, split.sources().stream().map(s -> List.of(9L)).toList());
    assertThatThrownBy(() -> layout.column(0, Form.RANK, List.of(0))).hasMessageContaining("RANK");
    assertThat(layout.has(0, Form.KEY, List.of(0))).isTrue();
    assertThat(integer(3).nullable()).isFalse();
  }

  private static TableDescriptor table(String owner, TablePolicy policy) {
    return new TableDescriptor(
        owner,
        "t",
        SchemaText.parse("id BIGINT NOT NULL, g VARCHAR(5), v INT").fields(),
        List.of(List.of("id")),
        10,
        policy);
  }

  private static TablePolicy policy(int k, Map<String, ColumnPolicy> columns) {
    return Tpch.policy(k, Tpch.ALL, columns);
  }

  private static ColumnPolicy ranged(String least, String greatest) {
    return new ColumnPolicy(
        Set.of(Verb.values()),
        Optional.of(new Range(new BigDecimal(least), new BigDecimal(greatest))),
        OptionalInt.empty(),
        OptionalLong.empty());
  }

  private static String print(Plan plan, Catalog catalog, long... rows) {
    Split split = Fragments.split(plan, catalog);
    return print(
        split, InputLayout.of(split, catalog, Arrays.stream(rows).mapToObj(List::of).toList()));
  }

  private static String print(Split split, InputLayout layout) {
    StringBuilder all = new StringBuilder();
    for (Source source : split.sources()) {
      all.append('#').append(source.id());
      for (InputColumn c : layout.columns(source.id())) {
        all.append(' ').append(c.form()).append(c.outputs()).append(':').append(c.width());
      }
      layout.sortedBy(source.id()).ifPresent(i -> all.append(" sorted by ").append(i));
      layout
          .binnedBy(source.id())
          .ifPresent(
              i ->
                  all.append(" in bins by ")
                      .append(i)
                      .append(", ")
                      .append(layout.rows(source.id())));
      all.append('\n');
    }
    all.append("groups");
    layout.groupKeys().stream()
        .flatMap(List::stream)
        .forEach(
            k ->
                all.append(" #").append(k.node()).append(' ').append(k.form()).append(k.outputs()));
    all.append("\ncounts");
    layout
        .contributions()
        .forEach(
            c ->
                all.append(" #")
                    .append(c.source())
                    .append('.')
                    .append(c.branch())
                    .append(' ')
                    .append(c.k())
                    .append(' ')
                    .append(c.form())
                    .append(c.once() ? " once" : "")
                    .append(c.several() ? " several" : ""));
    all.append("\nresult");
    layout
        .result()
        .forEach(
            r ->
                all.append(' ')
                    .append(r.field().name())
                    .append(r.field().nullable() ? "? " : " ")
                    .append(r.form())
                    .append(':')
                    .append(r.width()));
    return all.append('\n').toString();
  }
}
