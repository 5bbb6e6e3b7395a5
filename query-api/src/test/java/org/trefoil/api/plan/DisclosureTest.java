package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.owners.SchemaText;

class DisclosureTest {
  @Test
  void saysWhatQ3Reveals() {
    Catalog catalog = Tpch.catalog(3);
    Plan plan = Tpch.q3(catalog);
    Disclosure d = Disclosure.of(plan, Fragments.split(plan, catalog), catalog);
    assertThat(d.reveals())
        .containsExactly(
            "Column l_orderkey: values of lineitem.lineitem.l_orderkey.",
            "Column agg0: SUM((lineitem.lineitem.l_extendedprice * (1 -"
                + " lineitem.lineitem.l_discount))).",
            "Column o_orderdate: values of orders.orders.o_orderdate.",
            "Column o_shippriority: values of orders.orders.o_shippriority.",
            "One row for each group of lineitem.lineitem.l_orderkey, orders.orders.o_orderdate,"
                + " orders.orders.o_shippriority.",
            "Only rows with"
                + " (customer.customer.c_mktsegment = 'BUILDING') and (orders.orders.o_orderdate <"
                + " DATE '1995-03-15') and (lineitem.lineitem.l_shipdate > DATE '1995-03-15').",
            "At most 10 rows in the order of SUM((lineitem.lineitem.l_extendedprice * (1 -"
                + " lineitem.lineitem.l_discount))) descending, orders.orders.o_orderdate.",
            "A row only if at least 3 distinct rows of customer.customer contribute to it.",
            "A row only if at least 3 distinct rows of orders.orders contribute to it.",
            "A row only if at least 3 distinct rows of lineitem.lineitem contribute to it.",
            "NULL instead of SUM((lineitem.lineitem.l_extendedprice * (1 -"
                + " lineitem.lineitem.l_discount))) where fewer of them weigh in it: rows with a"
                + " value that is not NULL, counted for each branch of a CASE and each term of a"
                + " sum, and without a factor that is zero.");
    assertThat(d.recipients()).containsExactly("The analyst who runs the query, and nobody else.");
    assertThat(d.leaks())
        .contains(
            "To the executors, owners and analysts: the number of rows of orders.orders.",
            "To the executors: the number of rows of the result.",
            "To the analyst: that groups may be held back because they are too small, never how"
                + " many.")
        .anyMatch(s -> s.contains("single row's value cannot be computed"));
    Rows orders = Tpch.scan(catalog, "orders", "o_custkey");
    Plan rows = orders.group(List.of(), Rows.count()).plan();
    assertThat(Disclosure.of(rows, Fragments.split(rows, catalog), catalog).reveals())
        .noneMatch(s -> s.contains("weigh in it"));
    assertThat(d.model()).anyMatch(s -> s.startsWith("integrity: none"));
  }

  @Test
  void saysHowSizesAreHidden() {
    TablePolicy policy =
        TablePolicy.builder(2)
            .entity(List.of("g"))
            .padding(Padding.POW2)
            .other(Tpch.ALL)
            .tellSuppressed(true)
            .filteredSizePublic(true)
            .build();
    TablePolicy secret =
        TablePolicy.builder(2)
            .entity(List.of("g"))
            .padding(Padding.POW2)
            .other(Tpch.ALL)
            .tellSuppressed(true)
            .filteredSizePublic(true)
            .absencePublic(false)
            .build();
    Catalog catalog =
        Catalog.of(
            List.of("a", "b").stream()
                .map(
                    o ->
                        new TableDescriptor(
                            o,
                            "t",
                            SchemaText.parse("g INT, v INT").fields(),
                            List.of(),
                            1,
                            o.equals("a") ? policy : secret))
                .toList());
    Rows a = Rows.scan(catalog, "a", "t", "g", "v");
    Rows all =
        Rows.union(
            a.where(Rows.test(Function.LESS, a.col("v"), Rows.integer(3))),
            Rows.scan(catalog, "b", "t", "g", "v"));
    Plan plan = all.group(List.of(), Rows.sum(all.col("v")), Rows.count(all.col("v"))).plan();
    Disclosure d = Disclosure.of(plan, Fragments.split(plan, catalog), catalog);
    assertThat(d.reveals())
        .containsExactly(
            "Column agg0: SUM(v).",
            "Column agg1: COUNT(v).",
            "One row over all joined rows.",
            "A row only if at least 2 distinct values of g of a.t, or none, contribute to it.",
            "A row only if at least 2 distinct values of g of b.t contribute to it.",
            "NULL instead of SUM(v) where fewer of them weigh in it: rows with a value that is not"
                + " NULL, counted for each branch of a CASE and each term of a sum, and without a"
                + " factor that is zero.",
            "No row where fewer of them are counted in COUNT(v).");
    assertThat(d.leaks())
        .contains(
            "To the executors, owners and analysts: the number of rows of a.t that its conditions leave,"
                + " rounded up to a power of two.",
            "To the executors, owners and analysts: the number of rows of b.t, rounded up to a power of two.",
            "To whoever knows the other tables' rows: of a group that is held back, that a.t has rows"
                + " in it.",
            "To the analyst: how many groups are held back because they are too small.")
        .noneMatch(s -> s.contains("that b.t has rows in it"));
  }
}
