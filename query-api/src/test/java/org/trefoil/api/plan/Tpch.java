package org.trefoil.api.plan;

import static org.trefoil.api.plan.Rows.and;
import static org.trefoil.api.plan.Rows.asc;
import static org.trefoil.api.plan.Rows.bool;
import static org.trefoil.api.plan.Rows.call;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.date;
import static org.trefoil.api.plan.Rows.desc;
import static org.trefoil.api.plan.Rows.eq;
import static org.trefoil.api.plan.Rows.integer;
import static org.trefoil.api.plan.Rows.number;
import static org.trefoil.api.plan.Rows.or;
import static org.trefoil.api.plan.Rows.revenue;
import static org.trefoil.api.plan.Rows.sum;
import static org.trefoil.api.plan.Rows.test;
import static org.trefoil.api.plan.Rows.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.type.DataType;

/** TPC-H tables, each under an owner named after it, and plans as Spark's optimizer leaves them. */
final class Tpch {
  static final ColumnPolicy ALL = ColumnPolicy.of(Verb.values());

  private Tpch() {}

  static Catalog catalog(int k) {
    List<TableDescriptor> tables = new ArrayList<>();
    tables.add(table("lineitem", k, LINEITEM, List.of("l_orderkey", "l_linenumber")));
    tables.add(table("orders", k, ORDERS, List.of("o_orderkey")));
    tables.add(table("customer", k, CUSTOMER, List.of("c_custkey")));
    tables.add(table("supplier", k, SUPPLIER, List.of("s_suppkey")));
    tables.add(table("nation", k, NATION, List.of("n_nationkey")));
    tables.add(table("region", k, REGION, List.of("r_regionkey")));
    tables.add(table("part", k, PART, List.of("p_partkey")));
    return Catalog.of(tables);
  }

  static TableDescriptor table(String name, int k, String schema, List<String> key) {
    return new TableDescriptor(
        name, name, SchemaText.parse(schema).fields(), List.of(key), 100, policy(k, ALL, Map.of()));
  }

  static TablePolicy policy(int k, ColumnPolicy other, Map<String, ColumnPolicy> columns) {
    return TablePolicy.builder(k).columns(columns).other(other).absencePublic(false).build();
  }

  static Rows scan(Catalog c, String table, String... columns) {
    return Rows.scan(c, table, table, columns);
  }

  static Plan q3(Catalog c) {
    Rows customer =
        scan(c, "customer", "c_custkey", "c_mktsegment")
            .where(
                notNull(scan(c, "customer", "c_custkey", "c_mktsegment").col("c_mktsegment")),
                eq(
                    scan(c, "customer", "c_custkey", "c_mktsegment").col("c_mktsegment"),
                    text("BUILDING")))
            .select("c_custkey");
    Rows o = scan(c, "orders", "o_orderkey", "o_custkey", "o_orderdate", "o_shippriority");
    Rows orders = o.where(test(Function.LESS, o.col("o_orderdate"), date("1995-03-15")));
    Rows l = scan(c, "lineitem", "l_orderkey", "l_extendedprice", "l_discount", "l_shipdate");
    Rows lineitem =
        l.where(test(Function.GREATER, l.col("l_shipdate"), date("1995-03-15")))
            .select("l_orderkey", "l_extendedprice", "l_discount");
    Rows joined =
        customer
            .join(orders, r -> eq(r.col("c_custkey"), r.col("o_custkey")))
            .select("o_orderkey", "o_orderdate", "o_shippriority")
            .join(lineitem, r -> eq(r.col("l_orderkey"), r.col("o_orderkey")))
            .select("o_orderdate", "o_shippriority", "l_orderkey", "l_extendedprice", "l_discount");
    Rows grouped =
        joined.group(
            List.of(
                joined.col("l_orderkey"), joined.col("o_orderdate"), joined.col("o_shippriority")),
            sum(revenue(joined.col("l_extendedprice"), joined.col("l_discount"))));
    Rows shown = grouped.select("l_orderkey", "agg0", "o_orderdate", "o_shippriority");
    return shown.sort(desc(shown.col("agg0")), asc(shown.col("o_orderdate"))).limit(10).plan();
  }

  static Plan q5(Catalog c) {
    Rows orders = scan(c, "orders", "o_orderkey", "o_custkey", "o_orderdate");
    Rows region = scan(c, "region", "r_regionkey", "r_name");
    Rows joined =
        scan(c, "customer", "c_custkey", "c_nationkey")
            .join(
                orders.where(
                    test(Function.GREATER_OR_EQUAL, orders.col("o_orderdate"), date("1994-01-01"))),
                r -> eq(r.col("c_custkey"), r.col("o_custkey")))
            .join(
                scan(c, "lineitem", "l_orderkey", "l_suppkey", "l_extendedprice", "l_discount"),
                r -> eq(r.col("l_orderkey"), r.col("o_orderkey")))
            .join(
                scan(c, "supplier", "s_suppkey", "s_nationkey"),
                r ->
                    and(
                        eq(r.col("l_suppkey"), r.col("s_suppkey")),
                        eq(r.col("c_nationkey"), r.col("s_nationkey"))))
            .join(
                scan(c, "nation", "n_nationkey", "n_name", "n_regionkey"),
                r -> eq(r.col("s_nationkey"), r.col("n_nationkey")))
            .join(
                region.where(eq(region.col("r_name"), text("ASIA"))),
                r -> eq(r.col("n_regionkey"), r.col("r_regionkey")));
    Rows grouped =
        joined.group(
            List.of(joined.col("n_name")),
            sum(revenue(joined.col("l_extendedprice"), joined.col("l_discount"))));
    return grouped.sort(desc(grouped.col("agg0"))).plan();
  }

  static Plan q12(Catalog c) {
    Rows l =
        scan(
            c,
            "lineitem",
            "l_orderkey",
            "l_shipmode",
            "l_shipdate",
            "l_commitdate",
            "l_receiptdate");
    Rows joined =
        scan(c, "orders", "o_orderkey", "o_orderpriority")
            .join(
                l.where(
                    test(Function.IN, l.col("l_shipmode"), text("MAIL"), text("SHIP")),
                    test(Function.LESS, l.col("l_commitdate"), l.col("l_receiptdate")),
                    test(Function.LESS, l.col("l_shipdate"), l.col("l_commitdate"))),
                r -> eq(r.col("o_orderkey"), r.col("l_orderkey")));
    Expr urgent = eq(joined.col("o_orderpriority"), text("1-URGENT"));
    Rows grouped =
        joined.group(
            List.of(joined.col("l_shipmode")),
            sum(call(Function.CASE, DataType.INT, urgent, integer(1), integer(0))),
            sum(
                call(
                    Function.CASE,
                    DataType.INT,
                    test(Function.NOT, urgent),
                    integer(1),
                    integer(0))));
    return grouped.sort(asc(grouped.col("l_shipmode"))).plan();
  }

  static Plan q14(Catalog c) {
    Rows l = scan(c, "lineitem", "l_partkey", "l_extendedprice", "l_discount", "l_shipdate");
    Rows joined =
        l.where(test(Function.GREATER_OR_EQUAL, l.col("l_shipdate"), date("1995-09-01")))
            .join(
                scan(c, "part", "p_partkey", "p_type"),
                r -> eq(r.col("l_partkey"), r.col("p_partkey")));
    Expr revenue = revenue(joined.col("l_extendedprice"), joined.col("l_discount"));
    Expr promo =
        call(
            Function.CASE,
            revenue.type(),
            test(Function.STARTS_WITH, joined.col("p_type"), text("PROMO")),
            revenue,
            number("0", revenue.type().precision(), revenue.type().scale()));
    return joined.group(List.of(), sum(promo), sum(revenue)).plan();
  }

  static Plan q19(Catalog c) {
    Rows l = scan(c, "lineitem", "l_partkey", "l_quantity", "l_extendedprice", "l_discount");
    Rows joined =
        l.join(
            scan(c, "part", "p_partkey", "p_brand", "p_size"),
            r ->
                and(
                    eq(r.col("p_partkey"), r.col("l_partkey")),
                    or(
                        and(
                            eq(r.col("p_brand"), text("Brand#12")),
                            test(Function.LESS, r.col("l_quantity"), number("11", 15, 2)),
                            test(Function.LESS_OR_EQUAL, r.col("p_size"), integer(5))),
                        and(
                            eq(r.col("p_brand"), text("Brand#23")),
                            test(Function.GREATER, r.col("l_quantity"), number("20", 15, 2))))));
    return joined
        .group(List.of(), sum(revenue(joined.col("l_extendedprice"), joined.col("l_discount"))))
        .plan();
  }

  static Plan rowsOf(Catalog c) {
    return scan(c, "customer", "c_custkey", "c_name").plan();
  }

  static Plan countAll(Catalog c) {
    return scan(c, "customer").group(List.of(), count()).plan();
  }

  static Expr notNull(Expr e) {
    return test(Function.IS_NOT_NULL, e);
  }

  static Expr always() {
    return bool(true);
  }

  private static final String LINEITEM =
      "l_orderkey BIGINT NOT NULL, l_partkey BIGINT NOT NULL, l_suppkey BIGINT NOT NULL,"
          + " l_linenumber INT NOT NULL, l_quantity DECIMAL(15,2) NOT NULL, l_extendedprice"
          + " DECIMAL(15,2) NOT NULL, l_discount DECIMAL(15,2) NOT NULL, l_shipdate DATE NOT NULL,"
          + " l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL, l_shipmode CHAR(10) NOT NULL";
  private static final String ORDERS =
      "o_orderkey BIGINT NOT NULL, o_custkey BIGINT, o_orderdate DATE NOT NULL, o_shippriority INT"
          + " NOT NULL, o_orderpriority CHAR(15) NOT NULL";
  private static final String CUSTOMER =
      "c_custkey BIGINT NOT NULL, c_name VARCHAR(25), c_nationkey INT NOT NULL, c_mktsegment"
          + " CHAR(10), c_acctbal DECIMAL(15,2)";
  private static final String SUPPLIER = "s_suppkey BIGINT NOT NULL, s_nationkey INT NOT NULL";
  private static final String NATION =
      "n_nationkey INT NOT NULL, n_name CHAR(25) NOT NULL, n_regionkey INT NOT NULL";
  private static final String REGION = "r_regionkey INT NOT NULL, r_name CHAR(25) NOT NULL";
  private static final String PART =
      "p_partkey BIGINT NOT NULL, p_type VARCHAR(25) NOT NULL, p_brand CHAR(10) NOT NULL, p_size"
          + " INT NOT NULL";
}
