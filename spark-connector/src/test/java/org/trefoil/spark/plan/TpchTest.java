package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.spark.PlainCatalog;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.TpchTables;
import org.trefoil.spark.share.LocalSpark;

/** From Catalyst to the plan, its bytes, back, and to SQL: the answer is plain Spark's. */
class TpchTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    spark.conf().set("spark.sql.catalog.trefoil", PlainCatalog.class.getName());
    TpchTables.register(spark, 0.001);
  }

  static Stream<Arguments> queries() {
    return Stream.of(
        Arguments.of(
            "Q1",
            """
            select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty,
              sum(l_extendedprice) as sum_base_price,
              sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
              sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
              avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price,
              avg(l_discount) as avg_disc, count(*) as count_order
            from lineitem where l_shipdate <= date '1998-12-01' - interval '90' day
            group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus
            """),
        Arguments.of(
            "Q3",
            """
            select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate,
              o_shippriority
            from customer, orders, lineitem
            where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
              and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
            group by l_orderkey, o_orderdate, o_shippriority
            order by revenue desc, o_orderdate limit 10
            """),
        Arguments.of(
            "Q5",
            """
            select n_name, sum(l_extendedprice * (1 - l_discount)) as revenue
            from customer, orders, lineitem, supplier, nation, region
            where c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey
              and c_nationkey = s_nationkey and s_nationkey = n_nationkey
              and n_regionkey = r_regionkey and r_name in ('ASIA', 'AMERICA', 'EUROPE')
              and o_orderdate >= date '1994-01-01'
              and o_orderdate < date '1994-01-01' + interval '1' year
            group by n_name order by revenue desc
            """),
        Arguments.of(
            "Q6",
            """
            select sum(l_extendedprice * l_discount) as revenue from lineitem
            where l_shipdate >= date '1994-01-01'
              and l_shipdate < date '1994-01-01' + interval '1' year
              and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and l_quantity < 24
            """),
        Arguments.of(
            "Q10",
            """
            select c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) as revenue, c_acctbal,
              n_name, c_address, c_phone, c_comment
            from customer, orders, lineitem, nation
            where c_custkey = o_custkey and l_orderkey = o_orderkey
              and o_orderdate >= date '1993-10-01'
              and o_orderdate < date '1993-10-01' + interval '3' month
              and l_returnflag = 'R' and c_nationkey = n_nationkey
            group by c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment
            order by revenue desc limit 20
            """),
        Arguments.of(
            "Q12",
            """
            select l_shipmode,
              sum(case when o_orderpriority = '1-URGENT' or o_orderpriority = '2-HIGH'
                then 1 else 0 end) as high_line_count,
              sum(case when o_orderpriority <> '1-URGENT' and o_orderpriority <> '2-HIGH'
                then 1 else 0 end) as low_line_count
            from orders, lineitem
            where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP')
              and l_commitdate < l_receiptdate and l_shipdate < l_commitdate
              and l_receiptdate >= date '1994-01-01'
              and l_receiptdate < date '1994-01-01' + interval '1' year
            group by l_shipmode order by l_shipmode
            """),
        Arguments.of(
            "Q14",
            """
            select 100.00 * sum(case when p_type like 'PROMO%'
                then l_extendedprice * (1 - l_discount) else 0 end)
              / sum(l_extendedprice * (1 - l_discount)) as promo_revenue
            from lineitem, part
            where l_partkey = p_partkey and l_shipdate >= date '1995-09-01'
              and l_shipdate < date '1995-09-01' + interval '1' month
            """),
        Arguments.of(
            "Q19",
            """
            select sum(l_extendedprice * (1 - l_discount)) as revenue from lineitem, part
            where (p_partkey = l_partkey and p_brand = 'Brand#12'
                and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
                and l_quantity >= 1 and l_quantity <= 1 + 10 and p_size between 1 and 5
                and l_shipmode in ('AIR', 'AIR REG') and l_shipinstruct = 'DELIVER IN PERSON')
              or (p_partkey = l_partkey and p_brand = 'Brand#23'
                and p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
                and l_quantity >= 10 and l_quantity <= 10 + 10 and p_size between 1 and 10
                and l_shipmode in ('AIR', 'AIR REG') and l_shipinstruct = 'DELIVER IN PERSON')
              or (p_partkey = l_partkey and p_brand = 'Brand#34'
                and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
                and l_quantity >= 20 and l_quantity <= 20 + 10 and p_size between 1 and 15
                and l_shipmode in ('AIR', 'AIR REG') and l_shipinstruct = 'DELIVER IN PERSON')
            """));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("queries")
  void matchesPlainSpark(String name, String sql) {
    for (String adaptive : List.of("true", "false")) {
      spark.conf().set("spark.sql.adaptive.enabled", adaptive);
      int before = PlainExecution.INSTANCE.runs();
      List<Row> secure = spark.sql(TpchTables.onTrefoil(sql)).collectAsList();
      assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
      assertThat(secure).isEqualTo(spark.sql(sql).collectAsList());
      assertThat(secure).isNotEmpty();
    }
    spark.conf().unset("spark.sql.adaptive.enabled");
  }
}
