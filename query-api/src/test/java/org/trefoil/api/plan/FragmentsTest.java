package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.min;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.test;
import static org.trefoil.api.plan.Rows.text;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.type.DataType;

class FragmentsTest {
  private final Catalog catalog = Tpch.catalog(1);

  @Test
  void joinsDimensionsFirst() {
    Split split = Fragments.split(Tpch.q3(catalog), catalog);
    assertThat(Text.of(split.remainder()))
        .isEqualTo(
            "((#0[c_custkey] * #1[o_custkey, o_orderkey, o_orderdate, o_shippriority]"
                + " on equal(c_custkey, o_custkey)) * #2[l_orderkey, _1]"
                + " on equal(o_orderkey, l_orderkey))"
                + ".group(l_orderkey, o_orderdate, o_shippriority; SUM(_1))"
                + ".sort(agg0? desc, o_orderdate).limit(0, 10)"
                + ".select(l_orderkey, agg0?, o_orderdate, o_shippriority)");
    assertThat(local(split, 1))
        .isEqualTo(
            "orders[o_orderkey, o_custkey, o_orderdate, o_shippriority]"
                + ".where(and(less(o_orderdate, 9204), is_not_null(o_custkey?)))"
                + ".select(o_custkey, o_orderkey, o_orderdate, o_shippriority)");
    assertThat(local(split, 2))
        .isEqualTo(
            "lineitem[l_orderkey, l_extendedprice, l_discount, l_shipdate]"
                + ".where(greater(l_shipdate, 9204))"
                + ".select(l_orderkey, multiply(l_extendedprice, subtract(1, l_discount)))");
  }

  @Test
  void turnsTheEqualityThatClosesACycleIntoACondition() {
    Split split = Fragments.split(Tpch.q5(catalog), catalog);
    assertThat(Text.of(split.remainder()))
        .isEqualTo(
            "(#3[s_suppkey, s_nationkey] * ((((#5[r_regionkey] * #4[n_regionkey, n_nationkey,"
                + " n_name] on equal(r_regionkey, n_regionkey)) * #0[c_nationkey, c_custkey] on"
                + " equal(n_nationkey, c_nationkey)) * #1[o_custkey, o_orderkey] on"
                + " equal(c_custkey, o_custkey)) * #2[l_orderkey, l_suppkey, _2] on"
                + " equal(o_orderkey, l_orderkey)) on equal(s_suppkey, l_suppkey))"
                + ".where(equal(c_nationkey, s_nationkey)).group(n_name; SUM(_2)).sort(agg0? desc)");
  }

  @Test
  void pushesWhatReadsOneTableToItsOwner() {
    Split q12 = Fragments.split(Tpch.q12(catalog), catalog);
    assertThat(Text.of(q12.remainder()))
        .isEqualTo(
            "(#0[o_orderkey, _1, _2] * #1[l_orderkey, l_shipmode] on equal(o_orderkey,"
                + " l_orderkey)).group(l_shipmode; SUM(_1), SUM(_2)).sort(l_shipmode)");
    Split q14 = Fragments.split(Tpch.q14(catalog), catalog);
    assertThat(Text.of(q14.remainder()))
        .isEqualTo(
            "(#1[p_partkey, _1] * #0[l_partkey, _1] on equal(p_partkey, l_partkey))"
                + ".group(; SUM(case(_1, _1, 0.0000)), SUM(_1))");
    assertThat(local(q14, 1))
        .isEqualTo("part[p_partkey, p_type].select(p_partkey, starts_with(p_type, PROMO))");
    Split q19 = Fragments.split(Tpch.q19(catalog), catalog);
    assertThat(Text.of(q19.remainder()))
        .contains(".where(or(and(_0, _0), and(_1, _1))).group(; SUM(_3))");
    assertThat(local(q19, 1))
        .isEqualTo(
            "part[p_partkey, p_brand, p_size].select(and(equal(p_brand, Brand#12),"
                + " less_or_equal(p_size, 5)), equal(p_brand, Brand#23), p_partkey)");
  }

  @Test
  void countsRowsWithoutAnyColumn() {
    Catalog counted = Tpch.catalog(3);
    Split split = Fragments.split(Tpch.countAll(counted), counted);
    assertThat(Text.of(split.remainder())).isEqualTo("#0[].group(; COUNT(*))");
    assertThat(split.sources().get(0).fields()).isEmpty();
  }

  @Test
  void leavesOutConditionsThatSparkInferred() {
    Rows o = Tpch.scan(catalog, "orders", "o_orderkey", "o_custkey");
    Rows c = Tpch.scan(catalog, "customer", "c_custkey", "c_acctbal");
    Rows joined =
        o.where(
                Tpch.notNull(o.col("o_custkey")),
                test(Function.GREATER, o.col("o_custkey"), integer(7)))
            .join(
                c.where(test(Function.GREATER, c.col("c_custkey"), integer(7))),
                r -> eq(r.col("o_custkey"), r.col("c_custkey")));
    Split split =
        Fragments.split(joined.group(List.of(), sum(joined.col("c_acctbal"))).plan(), catalog);
    assertThat(local(split, 0))
        .isEqualTo("orders[o_custkey].where(greater(o_custkey?, 7)).select(o_custkey)");
    assertThat(local(split, 1))
        .isEqualTo("customer[c_custkey, c_acctbal].select(c_custkey, c_acctbal?)");
  }

  @Test
  void unitesTheTablesOfSeveralOwners() {
    Catalog owners = owners(ColumnPolicy.of(Verb.values()));
    Rows a = Rows.scan(owners, "a", "t", "id", "g", "v");
    Rows b = Rows.scan(owners, "b", "t", "id", "g", "v");
    Rows all =
        Rows.union(
            a.where(Tpch.notNull(a.col("g"))).select("g", "v"),
            b.where(Tpch.notNull(b.col("g")), test(Function.LESS, b.col("v"), integer(3)))
                .select("g", "v"));
    Split split =
        Fragments.split(all.group(List.of(all.col("g")), sum(all.col("v"))).plan(), owners);
    assertThat(Text.of(split.remainder())).isEqualTo("#0[g, v].group(g; SUM(v?))");
    assertThat(local(split, 0)).isEqualTo("a[g, v].where(is_not_null(g?)).select(g, v?)");
    assertThat(Text.of(split.sources().get(0).branches().get(1).local()))
        .isEqualTo("b[g, v].where(and(less(v?, 3), is_not_null(g?))).select(g, v?)");
  }

  @Test
  void leavesToAnOwnerWhatItCanAggregateAlone() {
    Plan large = largeOrders(catalog);
    Split split = Fragments.split(large, catalog);
    assertThat(Text.of(split.remainder()))
        .isEqualTo(
            "(#0[o_orderkey, o_custkey] * #1[l_orderkey] on equal(o_orderkey, l_orderkey))"
                + ".group(o_custkey?; COUNT(*))");
    assertThat(local(split, 1))
        .isEqualTo(
            "lineitem[l_orderkey, l_quantity].group(l_orderkey; SUM(l_quantity))"
                + ".where(greater(agg0?, 300.00)).select(l_orderkey)");
    assertThat(split.sources().get(1).branches().get(0).isFiltered()).isTrue();
    // Where rows have to be counted, the executors aggregate; here they cannot count them.
    Catalog three = Tpch.catalog(3);
    assertThatThrownBy(() -> Fragments.split(largeOrders(three), three))
        .hasMessageContaining("lineitem.lineitem, whose min-group-size is above 1");
  }

  @Test
  void addsUpWhatOwnersHaveAggregatedWhereTheirGroupsAreBounded() {
    ColumnPolicy few =
        new ColumnPolicy(
            Set.of(Verb.values()), Optional.empty(), OptionalInt.empty(), OptionalLong.of(7));
    for (int k : new int[] {1, 2}) {
      Catalog owners =
          Catalog.of(
              List.of("a", "b").stream()
                  .map(
                      owner ->
                          new TableDescriptor(
                              owner,
                              "t",
                              SchemaText.parse("id BIGINT NOT NULL, g VARCHAR(5), v INT").fields(),
                              List.of(),
                              10,
                              Tpch.policy(k, Tpch.ALL, Map.of("g", few))))
                  .toList());
      Rows all =
          Rows.union(
              Rows.scan(owners, "a", "t", "id", "g", "v"),
              Rows.scan(owners, "b", "t", "id", "g", "v"));
      Plan byG =
          all.where(test(Function.LESS, all.col("v"), integer(3)))
              .group(List.of(all.col("g")), sum(all.col("v")), count(), min(all.col("v")))
              .plan();
      Split split = Fragments.split(byG, owners);
      if (k == 2) {
        assertThat(Text.of(split.remainder())).startsWith("#0[g, v].group(g?; SUM(v), COUNT(*)");
        continue;
      }
      assertThat(Text.of(split.remainder()))
          .isEqualTo("#0[g, agg0, agg1, agg2].group(g?; SUM(agg0?), SUM(agg1), MIN(agg2?))");
      Fragment fragment = split.sources().get(0).branches().get(1);
      assertThat(Text.of(fragment.local()))
          .startsWith("b[id, g, v].where(less(v?, 3)).group(g?; SUM(v?), COUNT(*), MIN(v?))");
      assertThat(fragment.mostRows(owners.table("b", "t"))).hasValue(8);
      Rows one = Rows.scan(owners, "a", "t", "id", "g", "v");
      Split alone = Fragments.split(one.group(List.of(), sum(one.col("v"))).plan(), owners);
      assertThat(Text.of(alone.remainder())).isEqualTo("#0[agg0].group(; SUM(agg0?))");
      assertThat(local(alone, 0)).startsWith("a[id, g, v].group(; SUM(v?))");
      // By a column whose values are not bounded, owners would show how many there are.
      Plan byId = all.group(List.of(all.col("id")), count()).plan();
      assertThat(Text.of(Fragments.split(byId, owners).remainder())).contains("COUNT(*)");
    }
  }

  private static Plan largeOrders(Catalog catalog) {
    Rows o = Tpch.scan(catalog, "orders", "o_orderkey", "o_custkey");
    Rows l = Tpch.scan(catalog, "lineitem", "l_orderkey", "l_quantity");
    Rows sums = l.group(List.of(l.col("l_orderkey")), sum(l.col("l_quantity")));
    Rows large = sums.where(test(Function.GREATER, sums.col("agg0"), Rows.number("300", 25, 2)));
    Rows both = o.join(large);
    Rows semi =
        new Rows(
            new Rel.Join(
                Rel.Join.Kind.LEFT_SEMI,
                o.rel(),
                large.rel(),
                eq(both.col("o_orderkey"), both.col("l_orderkey"))));
    return semi.group(List.of(semi.col("o_custkey")), count()).plan();
  }

  @Test
  void refusesWhatItCannotDoByName() {
    refused(Tpch.rowsOf(catalog), "TREFOIL_ROW_LEVEL_ACCESS", "column c_custkey of single rows");

    Rows c = Tpch.scan(catalog, "customer", "c_nationkey", "c_name");
    Rows s = Tpch.scan(catalog, "supplier", "s_nationkey");
    Rows manyToMany = c.join(s, r -> eq(r.col("c_nationkey"), r.col("s_nationkey")));
    refused(
        manyToMany.group(List.of(), count()).plan(),
        "TREFOIL_UNSUPPORTED_JOIN",
        "customer.customer and supplier.supplier: neither has a declared key");
    refused(
        c.join(s).group(List.of(), count()).plan(),
        "TREFOIL_UNSUPPORTED_JOIN",
        "no condition equates");

    for (Rel.Join.Kind kind : List.of(Rel.Join.Kind.LEFT, Rel.Join.Kind.FULL)) {
      Rel.Join joined = (Rel.Join) manyToMany.rel();
      refused(
          new Rows(new Rel.Join(kind, joined.left(), joined.right(), joined.condition()))
              .group(List.of(), count())
              .plan(),
          "TREFOIL_UNSUPPORTED_JOIN",
          "outer join of customer.customer and supplier.supplier");
    }
    Rows o = Tpch.scan(catalog, "orders", "o_custkey", "o_orderkey");
    Rows customersOrders = c.join(o);
    refused(
        new Rows(
                new Rel.Join(
                    Rel.Join.Kind.LEFT_ANTI,
                    c.rel(),
                    o.rel(),
                    test(
                        Function.LESS,
                        customersOrders.col("c_nationkey"),
                        customersOrders.col("o_orderkey"))))
            .group(List.of(), count())
            .plan(),
        "TREFOIL_UNSUPPORTED_JOIN",
        "EXISTS, IN and their negations");
    Catalog three = Tpch.catalog(3);
    Rows inner = c.group(List.of(c.col("c_nationkey")), count());
    Plan nested = inner.group(List.of(), sum(inner.col("agg0"))).plan();
    assertThatThrownBy(() -> Fragments.split(nested, three))
        .hasMessageContaining("TREFOIL_UNSUPPORTED_OPERATION")
        .hasMessageContaining("customer.customer, whose min-group-size is above 1, below a nested");

    Rows n = Tpch.scan(catalog, "nation", "n_nationkey", "n_name");
    Rows cn = c.join(n, r -> eq(r.col("c_nationkey"), r.col("n_nationkey")));
    Expr both =
        Rows.call(Function.CONCAT, DataType.string(100), cn.col("c_name"), cn.col("n_name"));
    refused(cn.group(List.of(both), count()).plan(), "TREFOIL_UNSUPPORTED_FUNCTION", "concat");
    refused(
        cn.group(
                List.of(
                    Rows.call(
                        Function.CASE,
                        DataType.string(25),
                        eq(cn.col("c_name"), text("x")),
                        cn.col("n_name"),
                        text("y"))),
                count())
            .plan(),
        "TREFOIL_UNSUPPORTED_TYPE",
        "choose between values");
    refused(c.limit(3).group(List.of(), count()).plan(), "TREFOIL_UNSUPPORTED_OPERATION", "LIMIT");
    Rows quotient = c.group(List.of(c.col("c_nationkey")), min(c.col("c_name")));
    refused(
        quotient
            .select(
                List.of("q"), Rows.call(Function.UPPER, DataType.string(64), quotient.col("agg0")))
            .plan(),
        "TREFOIL_UNSUPPORTED_FUNCTION",
        "upper");
    DataType cents = DataType.fixedPoint(2);
    Expr asCents = Rows.call(Function.CAST, cents, c.col("c_nationkey"));
    refused(
        c.group(List.of(), sum(Rows.call(Function.DIVIDE, cents, asCents, asCents))).plan(),
        "TREFOIL_UNSUPPORTED_FUNCTION",
        "DIVIDE");
    refused(
        c.group(List.of(), sum(Rows.call(Function.ADD, DataType.fixedPoint(1), asCents, asCents)))
            .plan(),
        "TREFOIL_UNSUPPORTED_FUNCTION",
        "2 digits in a DOUBLE of 1");
    refused(
        new Plan(
            new Rel.Aggregate(
                new Rel.Scan("customer", "clients", List.of()),
                List.of(),
                List.of(count()),
                List.of("n")),
            true,
            "UTC"),
        "TREFOIL_TABLE_NOT_FOUND",
        "customer.clients");
  }

  private void refused(Plan plan, String condition, String words) {
    assertThatThrownBy(() -> Fragments.split(plan, catalog))
        .hasMessageContaining(condition)
        .hasMessageContaining(words);
  }

  static Catalog owners(ColumnPolicy policy) {
    return Catalog.of(
        List.of("a", "b").stream()
            .map(
                owner ->
                    new TableDescriptor(
                        owner,
                        "t",
                        SchemaText.parse("id BIGINT NOT NULL, g VARCHAR(5), v INT").fields(),
                        List.of(List.of("id")),
                        10,
                        Tpch.policy(2, policy, Map.of())))
            .toList());
  }

  private static String local(Split split, int source) {
    return Text.of(split.sources().get(source).branches().get(0).local());
  }
}
