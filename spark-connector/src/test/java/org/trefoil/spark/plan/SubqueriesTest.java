package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.plan.Rel;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.WardTables;
import org.trefoil.spark.share.LocalSpark;

/**
 * Joins of every kind, subqueries, nested and distinct aggregates, grouping sets: one leaf, and the
 * answer that plain Spark gives over the same rows. What the executors make of such a plan is
 * tested elsewhere.
 */
class SubqueriesTest {
  private static SparkSession spark;

  @BeforeAll
  static void tables() {
    spark = LocalSpark.session();
    WardTables.register(spark);
    PlainExecution.INSTANCE.lenient(true);
  }

  @AfterAll
  static void strict() {
    PlainExecution.INSTANCE.lenient(false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Joins
        "SELECT ward, count(*), count(fee), sum(fee) FROM {north.patients} LEFT JOIN {south.visits}"
            + " ON id = patient AND fee > 0 GROUP BY ward",
        "SELECT ward, count(*), count(id), sum(fee) FROM {north.patients} RIGHT JOIN {south.visits}"
            + " ON id = patient GROUP BY ward",
        "SELECT ward, kind, count(*), sum(fee), sum(cost) FROM {north.patients} FULL JOIN"
            + " {south.visits} ON id = patient AND age > 30 GROUP BY ward, kind",
        "SELECT count(*), count(fee), count(age), sum(age), min(age), max(fee), sum(fee * 2), sum(CASE"
            + " WHEN fee > 3 THEN 1 END) FROM {north.patients} LEFT JOIN {south.visits} ON id ="
            + " patient AND kind IS NOT NULL",
        "SELECT count(*), count(fee), sum(fee) FROM {north.patients} LEFT JOIN {south.visits} ON id"
            + " = patient WHERE id < 0",
        "SELECT ward, count(*), count(visit) FROM {south.visits} RIGHT JOIN {north.patients} ON id ="
            + " patient GROUP BY ward",
        "SELECT ward, count(*), sum(coalesce(fee, 1)) FROM {north.patients} LEFT JOIN"
            + " {south.visits} ON id = patient GROUP BY ward",
        "SELECT count(*), sum(cost) FROM {north.patients} LEFT SEMI JOIN {south.visits} ON id ="
            + " patient",
        "SELECT count(*), sum(cost) FROM {north.patients} LEFT ANTI JOIN {south.visits} ON id ="
            + " patient AND fee > 10",
        "SELECT sum(a.cost * b.age) FROM {north.patients} a CROSS JOIN {west.patients} b",
        "SELECT count(*) FROM {north.patients} a JOIN {west.patients} b ON a.ward <=> b.ward",
        "SELECT a.ward, count(*) FROM {north.patients} a JOIN {north.patients} b ON a.id = b.id + 1"
            + " GROUP BY a.ward",
        "SELECT ward, count(*) FROM {north.patients} LEFT JOIN {south.visits} ON id = patient WHERE"
            + " visit IS NULL GROUP BY ward",
        // Subqueries
        "SELECT count(*) FROM {north.patients} p WHERE EXISTS (SELECT 1 FROM {south.visits} WHERE"
            + " patient = p.id AND fee > p.cost)",
        "SELECT ward, count(*) FROM {north.patients} p WHERE NOT EXISTS (SELECT 1 FROM"
            + " {south.visits} WHERE patient = p.id) GROUP BY ward",
        "SELECT count(*) FROM {north.patients} WHERE id IN (SELECT patient FROM {south.visits})",
        "SELECT count(*) FROM {north.patients} WHERE id NOT IN (SELECT patient FROM {south.visits})",
        "SELECT count(*) FROM {north.patients} WHERE id NOT IN (SELECT patient FROM {south.visits}"
            + " WHERE patient IS NOT NULL)",
        "SELECT count(*) FROM {north.patients} WHERE age NOT IN (SELECT age FROM {west.patients}"
            + " WHERE age > 25)",
        "SELECT count(*) FROM {north.patients} WHERE ward NOT IN (SELECT ward FROM {west.patients}"
            + " WHERE id < 0)",
        "SELECT count(*) FROM {north.patients} p WHERE age > 60 OR EXISTS (SELECT 1 FROM"
            + " {south.visits} WHERE patient = p.id AND kind = 'lab')",
        "SELECT count(*), sum(CASE WHEN id IN (SELECT patient FROM {south.visits}) THEN cost END)"
            + " FROM {north.patients}",
        "SELECT count(*) FROM {north.patients} WHERE EXISTS (SELECT 1 FROM {south.visits} WHERE fee"
            + " > 80)",
        "SELECT count(*) FROM {north.patients} WHERE NOT EXISTS (SELECT 1 FROM {south.visits} WHERE"
            + " fee > 80)",
        "SELECT count(*) FROM {north.patients} WHERE cost > (SELECT avg(cost) FROM {west.patients})",
        "SELECT count(*) FROM {north.patients} p WHERE cost > (SELECT avg(fee) FROM {south.visits}"
            + " WHERE patient = p.id)",
        "SELECT count(*) FROM {north.patients} p WHERE 2 > (SELECT count(*) FROM {south.visits}"
            + " WHERE patient = p.id AND fee > 5)",
        "SELECT sum((SELECT max(fee) FROM {south.visits} WHERE patient = p.id)) FROM"
            + " {north.patients} p",
        "SELECT sum(cost) / (SELECT sum(fee) FROM {south.visits}) FROM {north.patients}",
        "SELECT sum(cost), (SELECT max(fee) FROM {south.visits} HAVING count(*) > 1000) m FROM"
            + " {north.patients}",
        "SELECT ward, sum(cost) FROM {north.patients} GROUP BY ward HAVING sum(cost) > (SELECT"
            + " min(cost) FROM {west.patients})",
        "SELECT ward, count(*) FROM {north.patients} GROUP BY ward HAVING ward IN (SELECT ward FROM"
            + " {west.patients})",
        "SELECT ward, sum(cost) - (SELECT avg(cost) FROM {west.patients}) d FROM {north.patients}"
            + " GROUP BY ward",
        "SELECT ward, count(*) n FROM {north.patients} GROUP BY ward ORDER BY n - (SELECT count(*)"
            + " FROM {west.patients}) DESC, ward LIMIT 2",
        "SELECT count(*) FROM {north.patients} WHERE age < (SELECT max(age) FROM {west.patients})"
            + " AND age > (SELECT min(age) FROM {west.patients}) AND cost < (SELECT max(age) FROM"
            + " {west.patients})",
        // Aggregates over aggregates
        "SELECT max(n), min(s), count(*) FROM (SELECT ward, count(*) n, sum(cost) s FROM"
            + " {north.patients} GROUP BY ward)",
        "SELECT n, count(*) FROM (SELECT id, count(visit) n FROM {north.patients} LEFT JOIN"
            + " {south.visits} ON id = patient GROUP BY id) GROUP BY n",
        "SELECT sum(a) FROM (SELECT avg(cost) a FROM {north.patients} GROUP BY ward)",
        "SELECT p.ward, sum(p.cost), sum(t.n) FROM {north.patients} p JOIN (SELECT patient,"
            + " count(*) n FROM {south.visits} GROUP BY patient) t ON t.patient = p.id GROUP BY"
            + " p.ward",
        "SELECT a.ward, a.n, b.n m FROM (SELECT ward, count(*) n FROM {north.patients} GROUP BY"
            + " ward) a JOIN (SELECT ward, count(*) n FROM {west.patients} GROUP BY ward) b ON"
            + " a.ward = b.ward",
        "SELECT ward, avg(cost) a FROM {north.patients} GROUP BY ward HAVING avg(cost) > 1",
        "SELECT ward, avg(cost) a FROM {north.patients} GROUP BY ward ORDER BY avg(cost) DESC, ward LIMIT"
            + " 2",
        "WITH t AS (SELECT ward, sum(cost) s FROM {north.patients} GROUP BY ward) SELECT ward, s"
            + " FROM t WHERE s = (SELECT max(s) FROM t)",
        "SELECT sum(age) FROM (SELECT age, id FROM {north.patients} ORDER BY id LIMIT 7 OFFSET 2)",
        // Distinct aggregates
        "SELECT count(DISTINCT ward) FROM {north.patients}",
        "SELECT ward, count(DISTINCT age), sum(DISTINCT age), avg(DISTINCT cost) FROM"
            + " {north.patients} GROUP BY ward",
        "SELECT ward, count(DISTINCT age), count(*), count(cost), sum(cost), avg(cost), min(name)"
            + " FROM {north.patients} GROUP BY ward",
        "SELECT count(DISTINCT age), count(*), sum(cost) FROM {north.patients} WHERE id < 0",
        "SELECT count(DISTINCT ward, vip), max(DISTINCT age) FROM {north.patients}",
        "SELECT count(DISTINCT age) FILTER (WHERE vip), count(DISTINCT age) FROM {north.patients}",
        "SELECT ward, count(DISTINCT patient), count(DISTINCT kind), sum(fee) FROM {north.patients}"
            + " JOIN {south.visits} ON id = patient GROUP BY ward",
        // Sets
        "SELECT ward, vip, count(*), sum(cost) FROM {north.patients} GROUP BY ROLLUP(ward, vip)",
        "SELECT ward, vip, count(*), grouping(ward) g, grouping_id() i FROM {north.patients} GROUP"
            + " BY CUBE(ward, vip)",
        "SELECT ward, vip, min(age) FROM {north.patients} GROUP BY GROUPING SETS ((ward), (vip),"
            + " ())",
        "SELECT ward, count(DISTINCT age) FROM {north.patients} GROUP BY ROLLUP(ward)",
        "SELECT count(*) FROM (SELECT ward FROM {north.patients} UNION SELECT ward FROM"
            + " {west.patients})",
        "SELECT count(*) FROM (SELECT ward, age FROM {north.patients} INTERSECT SELECT ward, age"
            + " FROM {west.patients})",
        "SELECT count(*) FROM (SELECT age FROM {north.patients} EXCEPT SELECT age FROM"
            + " {west.patients})",
        "SELECT ward FROM {north.patients} INTERSECT SELECT ward FROM {west.patients}",
        "SELECT age FROM {north.patients} EXCEPT SELECT age FROM {west.patients}",
        "SELECT ward, kind, count(*), sum(age) FROM (SELECT ward, kind, age FROM {north.patients}"
            + " JOIN {south.visits} ON id = patient UNION ALL SELECT ward, 'none', age FROM"
            + " {west.patients} UNION ALL SELECT ward, 'all', max(age) FROM {west.patients} GROUP"
            + " BY ward) GROUP BY ward, kind",
        "SELECT ward, vip, sum(age) FROM {north.patients} JOIN {south.visits} ON id = patient GROUP"
            + " BY ROLLUP(ward, vip)",
        "SELECT count(*) FROM (SELECT ward FROM {north.patients} JOIN {south.visits} ON id ="
            + " patient INTERSECT SELECT ward FROM {west.patients})",
        // Windows with an order
        "SELECT count(*), sum(cost) FROM (SELECT *, row_number() OVER (PARTITION BY ward ORDER BY cost,"
            + " id) r FROM {north.patients}) WHERE r = 1",
        "SELECT kind, sum(r), max(d), count(*) FROM (SELECT kind, rank() OVER (PARTITION BY ward ORDER"
            + " BY age DESC) r, dense_rank() OVER (PARTITION BY ward ORDER BY age DESC) d FROM"
            + " {north.patients} JOIN {south.visits} ON id = patient) GROUP BY kind",
        "SELECT sum(s), sum(c), sum(p), max(a) FROM (SELECT sum(fee) OVER (PARTITION BY ward ORDER BY"
            + " visit ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) s, count(fee) OVER (PARTITION"
            + " BY ward ORDER BY visit) c, sum(age) OVER (ORDER BY kind NULLS LAST) p, CAST(round(avg(cost) OVER"
            + " (ORDER BY age), 2) AS DECIMAL(20,2)) a FROM {north.patients} JOIN {south.visits} ON id = patient)",
        "SELECT ward, count(s), sum(s), count(a), count(*) FROM (SELECT ward, sum(fee) OVER (PARTITION BY"
            + " ward ORDER BY age, visit) s, CAST(avg(cost) OVER (ORDER BY visit DESC) AS DECIMAL(20,2)) a FROM"
            + " {north.patients} LEFT JOIN {south.visits} ON id = patient) GROUP BY ward",
        "SELECT ward, count(s), count(CASE WHEN s IS NULL OR s < 5 THEN 1 END) FROM (SELECT ward, sum(fee)"
            + " OVER (PARTITION BY ward ORDER BY fee DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING"
            + " AND CURRENT ROW) s FROM {north.patients} LEFT JOIN {south.visits} ON id = patient) GROUP"
            + " BY ward",
        "SELECT ward, sum(fee - before), count(before), sum(after), max(second) FROM (SELECT ward, fee,"
            + " lag(fee) OVER w before, lead(visit, 1, -1) OVER w after, lag(kind, 2) OVER w second FROM"
            + " {north.patients} JOIN {south.visits} ON id = patient WINDOW w AS (PARTITION BY ward ORDER"
            + " BY visit)) GROUP BY ward",
        "SELECT ward, n FROM (SELECT ward, n, rank() OVER (ORDER BY n DESC) r FROM (SELECT ward,"
            + " count(*) n FROM {north.patients} GROUP BY ward)) WHERE r <= 2",
        "SELECT count(*), sum(m) FROM (SELECT max(cost) OVER (PARTITION BY ward) m FROM"
            + " {north.patients})",
        "SELECT ward, n, sum(n) OVER () s FROM (SELECT ward, count(*) n FROM {north.patients} GROUP"
            + " BY ward) ORDER BY n DESC, ward LIMIT 2",
        "SELECT * FROM (SELECT ward, age, count(*) n, sum(count(*)) OVER (PARTITION BY ward) s FROM"
            + " {north.patients} GROUP BY ward, age) WHERE n * 2 > s",
        // Rows that a subquery with an aggregate chooses: their columns are groups
        "SELECT name, cost FROM {north.patients} WHERE cost > (SELECT avg(cost) FROM"
            + " {north.patients})",
        "SELECT ward FROM {north.patients} WHERE cost > (SELECT avg(cost) FROM {north.patients})"
            + " ORDER BY ward LIMIT 3",
        "SELECT p.ward, a.n FROM {north.patients} p JOIN (SELECT ward, count(*) n FROM"
            + " {west.patients} GROUP BY ward) a ON a.ward = p.ward",
        "SELECT ward, age + 1 FROM {north.patients} WHERE age = (SELECT max(age) FROM"
            + " {west.patients} WHERE ward = {north.patients}.ward) ORDER BY name"
      })
  void isOneLeafWithPlainSparksAnswer(String query) {
    List<String> expected =
        AbsorbAggregatesTest.answers(
            spark.sql(
                query
                    .replace("{north.patients}.", "plain_north_patients.")
                    .replaceAll("\\{(\\w+)\\.(\\w+)\\}", "plain_$1_$2")));
    int before = PlainExecution.INSTANCE.runs();
    Dataset<Row> secure = spark.sql(query.replaceAll("\\{(\\w+\\.\\w+)\\}", "trefoil.$1"));
    assertThat(AbsorbAggregatesTest.answers(secure)).isEqualTo(expected);
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before + 1);
  }

  @Test
  void leavesOutTheCopyOfASubqueryOnTheOtherSideOfAJoin() {
    spark
        .sql(
            "SELECT sum(fee) FROM trefoil.north.patients, trefoil.south.visits WHERE id = patient"
                + " AND id IN (SELECT patient FROM trefoil.south.visits GROUP BY patient HAVING"
                + " sum(fee) > 30)")
        .collectAsList();
    assertThat(joins(PlainExecution.INSTANCE.last().root()))
        .extracting(Rel.Join::kind)
        .containsExactlyInAnyOrder(Rel.Join.Kind.INNER, Rel.Join.Kind.LEFT_SEMI);
  }

  private static List<Rel.Join> joins(Rel rel) {
    List<Rel.Join> found = new ArrayList<>();
    if (rel instanceof Rel.Join join) {
      found.add(join);
    }
    rel.inputs().forEach(r -> found.addAll(joins(r)));
    return found;
  }
}
