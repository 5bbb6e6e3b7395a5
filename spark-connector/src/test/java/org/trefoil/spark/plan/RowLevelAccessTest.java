package org.trefoil.spark.plan;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.ForeachFunction;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.PlainExecution;
import org.trefoil.spark.TrefoilSparkException;
import org.trefoil.spark.WardTables;
import org.trefoil.spark.share.LocalSpark;

/** Every way that we know to ask for rows: each is refused when it is planned, and nothing runs. */
class RowLevelAccessTest {
  private static final String EXCLUDED = "spark.sql.optimizer.excludedRules";
  private static final String ADAPTIVE = "spark.sql.adaptive.enabled";
  private static final String CODEGEN = "spark.sql.codegen.wholeStage";

  @TempDir static Path target;
  private static SparkSession spark;

  /** What a user does. */
  interface Action {
    Object run() throws Exception;
  }

  record Shape(String name, Condition condition, Action action) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void tables() {
    // As Spark plans by default.
    spark = LocalSpark.session().newSession();
    spark.conf().set(ADAPTIVE, "true");
    spark.conf().set(CODEGEN, "true");
    WardTables.register(spark);
    spark.udf().register("shout", (UDF1<String, String>) s -> s + "!", DataTypes.StringType);
    spark.udf().register("twice", (UDF1<Integer, Integer>) i -> i, DataTypes.IntegerType);
  }

  private static Dataset<Row> rows() {
    return spark.table("trefoil.north.patients");
  }

  private static Shape rowLevel(String name, Action action) {
    return new Shape(name, Condition.ROW_LEVEL_ACCESS, action);
  }

  private static Shape sql(String query) {
    return rowLevel(query, () -> spark.sql(query).collectAsList());
  }

  private static Shape sql(Condition condition, String query) {
    return new Shape(query, condition, () -> spark.sql(query).collectAsList());
  }

  private static Shape with(String key, String value, Shape shape) {
    return new Shape(
        shape.name() + " with " + key + "=" + value,
        shape.condition(),
        () -> {
          spark.conf().set(key, value);
          try {
            return shape.action().run();
          } finally {
            spark.conf().unset(key);
          }
        });
  }

  static Stream<Shape> shapes() {
    List<Shape> all = new ArrayList<>();
    all.addAll(
        List.of(
            rowLevel("collect", () -> rows().collectAsList()),
            rowLevel("show", () -> show(rows())),
            rowLevel("head", () -> rows().head()),
            rowLevel("take", () -> rows().take(1)),
            rowLevel("first", () -> rows().first()),
            rowLevel("tail", () -> rows().tail(1)),
            rowLevel("isEmpty", () -> rows().isEmpty()),
            rowLevel("toLocalIterator", () -> rows().toLocalIterator().hasNext()),
            rowLevel("javaRDD", () -> rows().javaRDD().count()),
            rowLevel("toJSON", () -> rows().toJSON().collectAsList()),
            rowLevel("foreach", () -> foreach(rows())),
            rowLevel("foreachPartition", () -> foreachPartition(rows())),
            rowLevel(
                "map",
                () ->
                    rows()
                        .map((MapFunction<Row, String>) r -> r.getString(1), Encoders.STRING())
                        .collectAsList()),
            rowLevel(
                "flatMap",
                () ->
                    rows()
                        .flatMap(
                            (FlatMapFunction<Row, String>) r -> List.of(r.getString(1)).iterator(),
                            Encoders.STRING())
                        .collectAsList()),
            rowLevel(
                "mapPartitions",
                () ->
                    rows()
                        .mapPartitions(
                            (MapPartitionsFunction<Row, Integer>) r -> List.of(1).iterator(),
                            Encoders.INT())
                        .collectAsList()),
            rowLevel(
                "typed filter",
                () -> rows().filter((FilterFunction<Row>) r -> true).collectAsList()),
            rowLevel(
                "typed filter, then an aggregate",
                () -> rows().filter((FilterFunction<Row>) r -> true).count()),
            rowLevel(
                "groupByKey",
                () ->
                    rows()
                        .groupByKey(
                            (MapFunction<Row, String>) r -> r.getString(2), Encoders.STRING())
                        .count()
                        .collectAsList()),
            rowLevel(
                "map, then an aggregate",
                () ->
                    rows()
                        .map((MapFunction<Row, Long>) r -> r.getLong(0), Encoders.LONG())
                        .groupBy()
                        .sum("value")
                        .collectAsList()),
            rowLevel("limit", () -> rows().limit(3).collectAsList()),
            rowLevel("sort", () -> rows().sort("age").collectAsList()),
            rowLevel("sample", () -> rows().sample(0.5).collectAsList()),
            rowLevel("randomSplit", () -> rows().randomSplit(new double[] {1, 1})[0].head()),
            rowLevel("repartition", () -> rows().repartition(3).collectAsList()),
            rowLevel("coalesce", () -> rows().coalesce(1).collectAsList()),
            rowLevel("dropDuplicates", () -> rows().dropDuplicates("ward").collectAsList()),
            rowLevel("cache, then count", () -> rows().cache().count()),
            rowLevel(
                "persist, then an aggregate",
                () -> rows().persist().groupBy("ward").count().collectAsList()),
            rowLevel("localCheckpoint", () -> rows().localCheckpoint()),
            rowLevel("write parquet", () -> write(rows(), "parquet")),
            rowLevel("write csv", () -> write(rows().select("name"), "csv")),
            rowLevel("write noop", () -> write(rows(), "noop")),
            rowLevel("saveAsTable", () -> saveAsTable(rows())),
            rowLevel("broadcast join with local rows", () -> broadcastJoin().collectAsList()),
            rowLevel(
                "temporary view",
                () -> {
                  rows().createOrReplaceTempView("rows_of_north");
                  return spark.sql("SELECT * FROM rows_of_north").collectAsList();
                }),
            rowLevel(
                "format, option table",
                () ->
                    spark
                        .read()
                        .format("trefoil")
                        .option("table", "north.patients")
                        .load()
                        .collectAsList()),
            rowLevel(
                "format, option query",
                () ->
                    spark
                        .read()
                        .format("trefoil")
                        .option("query", "SELECT name FROM trefoil.north.patients")
                        .load()
                        .collectAsList()),
            rowLevel(
                "a UDF as a column",
                () ->
                    rows()
                        .select(
                            udf((UDF1<String, String>) s -> s, DataTypes.StringType)
                                .apply(col("name")))
                        .collectAsList())));
    all.addAll(
        List.of(
            sql("SELECT * FROM trefoil.north.patients"),
            sql("SELECT name FROM trefoil.north.patients WHERE age > 40"),
            sql("SELECT age + 1 FROM trefoil.north.patients"),
            sql("SELECT struct(*) FROM trefoil.north.patients"),
            sql("SELECT to_json(struct(*)) FROM trefoil.north.patients"),
            sql("SELECT * FROM trefoil.north.patients ORDER BY age LIMIT 1"),
            sql("SELECT * FROM trefoil.north.patients LIMIT 5 OFFSET 2"),
            sql("SELECT /*+ REPARTITION(3) */ * FROM trefoil.north.patients"),
            sql("SELECT * FROM trefoil.north.patients TABLESAMPLE (10 PERCENT)"),
            sql("CACHE TABLE cached_rows AS SELECT * FROM trefoil.north.patients"),
            sql("CREATE TABLE copy USING parquet AS SELECT * FROM trefoil.north.patients"),
            sql(
                "INSERT OVERWRITE DIRECTORY 'target/rows' USING parquet SELECT * FROM"
                    + " trefoil.north.patients"),
            sql("WITH c AS (SELECT * FROM trefoil.north.patients) SELECT name FROM c"),
            sql("SELECT name FROM (SELECT * FROM trefoil.north.patients) p"),
            sql("SELECT * FROM trefoil.north.patients p JOIN mine ON p.id = mine.id"),
            sql("SELECT count(*) FROM trefoil.north.patients p JOIN mine ON p.id = mine.id"),
            sql(
                "SELECT label, sum(cost) FROM mine LEFT JOIN trefoil.north.patients p ON p.id ="
                    + " mine.id GROUP BY label"),
            sql("SELECT sum(age) FROM trefoil.north.patients, (VALUES (1), (2)) AS v(x)"),
            sql("SELECT id FROM trefoil.north.patients UNION ALL SELECT id FROM mine"),
            sql(
                "SELECT sum(id) FROM (SELECT id FROM trefoil.north.patients UNION ALL SELECT id"
                    + " FROM mine)"),
            sql("SELECT id FROM mine INTERSECT SELECT id FROM trefoil.north.patients"),
            sql("SELECT id FROM mine EXCEPT SELECT id FROM trefoil.north.patients"),
            sql(
                "SELECT id FROM trefoil.north.patients UNION ALL SELECT id FROM trefoil.west.patients"),
            sql("SELECT * FROM trefoil.north.patients p JOIN trefoil.south.visits ON id = patient"),
            sql("SELECT row_number() OVER (ORDER BY age) FROM trefoil.north.patients"),
            sql("SELECT sum(cost) OVER (PARTITION BY ward) FROM trefoil.north.patients"),
            sql("SELECT lag(name) OVER (ORDER BY id) FROM trefoil.north.patients"),
            sql("SELECT shout(name) FROM trefoil.north.patients"),
            sql("SELECT sum(twice(age)) FROM trefoil.north.patients"),
            sql("SELECT shout(ward), count(*) FROM trefoil.north.patients GROUP BY shout(ward)"),
            sql("SELECT count(*) FROM trefoil.north.patients WHERE shout(name) = 'x'"),
            sql("SELECT collect_list(name) FROM trefoil.north.patients"),
            sql("SELECT ward, collect_set(name) FROM trefoil.north.patients GROUP BY ward"),
            sql("SELECT array_agg(age) FROM trefoil.north.patients"),
            sql("SELECT listagg(name, ',') FROM trefoil.north.patients"),
            sql("SELECT first(name) FROM trefoil.north.patients"),
            sql("SELECT last(name) FROM trefoil.north.patients"),
            sql("SELECT ward, any_value(name) FROM trefoil.north.patients GROUP BY ward"),
            sql("SELECT explode(array(name, ward)) FROM trefoil.north.patients"),
            sql("SELECT * FROM trefoil.north.patients LATERAL VIEW explode(array(1)) t AS x"),
            sql("SELECT * FROM mine WHERE id IN (SELECT id FROM trefoil.north.patients)"),
            sql(
                "SELECT * FROM mine WHERE EXISTS (SELECT 1 FROM trefoil.north.patients p WHERE p.id"
                    + " = mine.id)"),
            sql("SELECT (SELECT name FROM trefoil.north.patients LIMIT 1)"),
            sql(
                "SELECT p.name, a.n FROM trefoil.east.patients p JOIN (SELECT ward, count(*) n"
                    + " FROM trefoil.west.patients GROUP BY ward) a ON a.ward = p.ward"),
            sql(
                "SELECT name FROM trefoil.north.patients UNION ALL SELECT ward FROM"
                    + " trefoil.north.patients GROUP BY ward"),
            sql(
                "SELECT name FROM trefoil.east.patients WHERE cost > (SELECT avg(cost) FROM"
                    + " trefoil.north.patients)")));
    all.addAll(
        List.of(
            with(
                EXCLUDED,
                AbsorbAggregates.class.getName(),
                rowLevel("collect", () -> rows().head())),
            with(
                EXCLUDED,
                AbsorbAggregates.class.getName(),
                sql("SELECT ward, count(*) FROM trefoil.north.patients GROUP BY ward")),
            with(
                EXCLUDED,
                AbsorbAggregates.class.getName(),
                rowLevel(
                    "option query",
                    () ->
                        spark
                            .read()
                            .format("trefoil")
                            .option("query", "SELECT count(*) FROM trefoil.north.patients")
                            .load()
                            .collectAsList())),
            with(ADAPTIVE, "false", sql("SELECT * FROM trefoil.north.patients")),
            with(
                ADAPTIVE,
                "false",
                sql("SELECT count(*) FROM trefoil.north.patients p JOIN mine ON p.id = mine.id")),
            with(
                ADAPTIVE,
                "false",
                sql("SELECT * FROM mine WHERE id IN (SELECT id FROM trefoil.north.patients)")),
            with(CODEGEN, "false", sql("SELECT name FROM trefoil.north.patients")),
            // Not rows, but outside the profile: refused as well, and nothing runs.
            sql(
                Condition.UNSUPPORTED_OPERATION,
                "SELECT sum(r) FROM (SELECT percent_rank() OVER (ORDER BY age) r FROM"
                    + " trefoil.north.patients)"),
            sql(
                Condition.UNSUPPORTED_OPERATION,
                "SELECT count(*) FROM trefoil.north.patients TABLESAMPLE (10 PERCENT)"),
            sql(
                Condition.UNSUPPORTED_OPERATION,
                "SELECT sum(age) FROM (SELECT age FROM trefoil.north.patients LIMIT 3)"),
            sql(
                Condition.UNSUPPORTED_OPERATION,
                "SELECT x, count(*) FROM trefoil.north.patients LATERAL VIEW explode(array(age)) t"
                    + " AS x GROUP BY x"),
            sql(
                Condition.UNSUPPORTED_JOIN,
                "SELECT count(*) FROM trefoil.north.patients, trefoil.west.patients"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT percentile(age, 0.5, 2) FROM trefoil.north.patients"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT max_by(name, age) FROM trefoil.north.patients"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT approx_count_distinct(age) FROM trefoil.north.patients"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT count(*) FROM trefoil.north.patients WHERE rand() < 0.5"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT count(*) FROM trefoil.north.patients WHERE md5(name) = 'a'"),
            sql(
                Condition.UNSUPPORTED_FUNCTION,
                "SELECT sum(try_add(age, 1)) FROM trefoil.north.patients")));
    return all.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void refusesAndRunsNothing(Shape shape) {
    int before = PlainExecution.INSTANCE.runs();
    Throwable error = catchThrowable(() -> shape.action().run());
    assertThat(error).as("what %s ends in", shape).isNotNull();
    TrefoilException found =
        TrefoilException.in(error).orElseThrow(() -> new AssertionError(error));
    assertThat(found.condition()).as(found.getMessage()).isEqualTo(shape.condition());
    assertThat(error).isInstanceOf(TrefoilSparkException.class);
    assertThat(((TrefoilSparkException) error).getCondition()).isEqualTo(shape.condition().label());
    assertThat(((TrefoilSparkException) error).getSqlState())
        .isEqualTo(shape.condition().sqlState());
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before);
  }

  @Test
  void listsAtLeastSixtyShapesOfRowLevelAccess() {
    assertThat(shapes().filter(s -> s.condition().outcome() == Outcome.REFUSED))
        .hasSizeGreaterThanOrEqualTo(60);
  }

  @Test
  void namesColumnTableAndWhatWouldWork() {
    assertThat(catchThrowable(() -> spark.sql("SELECT name FROM trefoil.north.patients").head()))
        .hasMessageContaining("[TREFOIL_ROW_LEVEL_ACCESS] Cannot return column north.patients.name")
        .hasMessageContaining("group by a column whose policy allows \"group\"");
  }

  @Test
  void explainOfRowsShowsTheRefusal() {
    int before = PlainExecution.INSTANCE.runs();
    String text =
        spark.sql("EXPLAIN SELECT name FROM trefoil.north.patients").collectAsList().toString();
    assertThat(text).contains("TREFOIL_ROW_LEVEL_ACCESS");
    assertThat(PlainExecution.INSTANCE.runs()).isEqualTo(before);
  }

  private static Object show(Dataset<Row> frame) {
    frame.show();
    return null;
  }

  private static Object foreach(Dataset<Row> frame) {
    frame.foreach((ForeachFunction<Row>) r -> {});
    return null;
  }

  private static Object foreachPartition(Dataset<Row> frame) {
    frame.foreachPartition((ForeachPartitionFunction<Row>) r -> {});
    return null;
  }

  private static Object write(Dataset<?> frame, String format) {
    frame.write().mode("overwrite").format(format).save(target.resolve(format).toString());
    return null;
  }

  private static Object saveAsTable(Dataset<Row> frame) {
    frame.write().mode("overwrite").saveAsTable("rows_saved");
    return null;
  }

  private static Dataset<Row> broadcastJoin() {
    return rows().join(broadcast(spark.table("mine")), "id");
  }
}
