package org.trefoil.spark;

import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.result.Explanation;
import org.trefoil.spark.result.QueryExecution;
import org.trefoil.spark.result.RevealedRows;

/**
 * Answers a plan as executors would, but in the clear: decodes its bytes, writes them as SQL and
 * asks plain Spark over the tables' data. Counts how often it was asked.
 */
public final class PlainExecution implements QueryExecution {
  public static final PlainExecution INSTANCE = new PlainExecution();

  private final List<TableDescriptor> tables = new CopyOnWriteArrayList<>();
  private final AtomicInteger runs = new AtomicInteger();
  private volatile Plan last;
  private volatile boolean lenient;

  private PlainExecution() {}

  @Override
  public CostEstimate estimate(byte[] planBytes) {
    return new CostEstimate(2_000, 346_000_000, true, 4, true);
  }

  /** Adds a table that anyone may use in every way, with k = 1. */
  public void add(
      String owner, String table, Dataset<Row> rows, List<List<String>> keys, int stringBytes) {
    add(owner, table, rows, keys, stringBytes, ColumnPolicy.of(Verb.values()), Map.of(), 1);
  }

  /** Adds a table with a policy of its own and k = 1. */
  public void add(
      String owner,
      String table,
      Dataset<Row> rows,
      List<List<String>> keys,
      int stringBytes,
      ColumnPolicy other,
      Map<String, ColumnPolicy> columns) {
    add(owner, table, rows, keys, stringBytes, other, columns, 1);
  }

  /** Adds a table with a policy of its own, and k of {@code minGroupSize}. */
  public void add(
      String owner,
      String table,
      Dataset<Row> rows,
      List<List<String>> keys,
      int stringBytes,
      ColumnPolicy other,
      Map<String, ColumnPolicy> columns,
      int minGroupSize) {
    tables.removeIf(d -> d.owner().equals(owner) && d.table().equals(table));
    List<Field> fields = new ArrayList<>();
    Map<String, String> others = new TreeMap<>();
    for (var column : rows.schema().fields()) {
      SparkTypes.fromSpark(column.dataType(), stringBytes, 2)
          .ifPresentOrElse(
              type -> fields.add(new Field(column.name(), type, column.nullable())),
              () -> others.put(column.name(), column.dataType().sql()));
    }
    rows.createOrReplaceTempView(view(owner, table));
    tables.add(
        new TableDescriptor(
                owner,
                table,
                fields,
                keys,
                rows.count(),
                TablePolicy.builder(minGroupSize)
                    .columns(columns)
                    .other(other)
                    .absencePublic(false)
                    .build())
            .withOthers(others));
  }

  /** The temporary view with the data of a table. */
  public static String view(String owner, String table) {
    return "plain_" + owner + "_" + table;
  }

  public int runs() {
    return runs.get();
  }

  /** The plan that was run last, as it was decoded. */
  public Plan last() {
    return last;
  }

  @Override
  public List<TableDescriptor> descriptors(SparkSession session) {
    return List.copyOf(tables);
  }

  @Override
  public String analyst() {
    return "hq";
  }

  @Override
  public String mode() {
    return "plain";
  }

  /**
   * Takes plans that the executors do not run yet, while {@code lenient}: what Catalyst is read as
   * is tested here, what the executors compute of it elsewhere.
   */
  @Override
  public Explanation explain(Plan plan, Catalog catalog) {
    if (!lenient) {
      return QueryExecution.super.explain(plan, catalog);
    }
    SubstraitPlans.encode(plan);
    return Explanation.ofHeld(plan, mode());
  }

  public void lenient(boolean value) {
    lenient = value;
  }

  @Override
  public RevealedRows run(
      SparkSession session, TrefoilOptions options, byte[] planBytes, Plan plan) {
    runs.incrementAndGet();
    Plan decoded = SubstraitPlans.decode(planBytes);
    last = decoded;
    Dataset<Row> rows = session.sql(PlainSql.of(decoded.root(), PlainExecution::view));
    List<Field> fields = decoded.root().fields();
    List<Object[]> values =
        rows.collectAsList().stream()
            .map(
                row -> {
                  Object[] converted = new Object[fields.size()];
                  for (int i = 0; i < converted.length; i++) {
                    converted[i] = value(row.get(i), fields.get(i).type());
                  }
                  return converted;
                })
            .collect(Collectors.toList());
    return new RevealedRows(
        fields,
        values,
        false,
        Map.of(Counter.ROWS_REVEALED, (long) values.size(), Counter.ROUNDS, 42L));
  }

  @Override
  public void close() {}

  private static final Set<DataType.Kind> LONGS =
      Set.of(
          DataType.Kind.TINYINT, DataType.Kind.SMALLINT, DataType.Kind.INT, DataType.Kind.BIGINT);

  private static Object value(Object value, DataType type) {
    if (value == null) {
      return null;
    }
    if (LONGS.contains(type.kind())) {
      return ((Number) value).longValue();
    }
    return switch (type.kind()) {
      case DATE -> ((Date) value).toLocalDate().toEpochDay();
      case TIMESTAMP -> {
        var instant = ((Timestamp) value).toInstant();
        yield instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
      }
      case DECIMAL -> ((BigDecimal) value).setScale(type.scale());
      default -> value;
    };
  }
}
