package org.trefoil.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.result.QueryExecution;

/**
 * What the executors say of governance, as {@code <catalog>.system.<name>}: names, ids, times and
 * digests, read anew for every query.
 */
record SystemTable(String name, QueryExecution execution) implements Table, SupportsRead {
  static final String NAMESPACE = "system";

  private static final Map<String, StructType> SCHEMAS =
      new TreeMap<>(
          Map.of(
              "proposals",
              StructType.fromDDL(
                  "executor INT, id STRING, proposer STRING, owners STRING, missing STRING,"
                      + " runs_left BIGINT, valid_until TIMESTAMP, ended STRING"),
              "approvals",
              StructType.fromDDL(
                  "executor INT, proposal STRING, owner STRING, person STRING,"
                      + " signed TIMESTAMP, valid_until STRING"),
              "runs",
              StructType.fromDDL(
                  "executor INT, query STRING, proposal STRING, analyst STRING,"
                      + " began TIMESTAMP, revealed BOOLEAN, ended STRING"),
              "audit",
              StructType.fromDDL(
                  "executor INT, line BIGINT, signed TIMESTAMP, event STRING,"
                      + " facts MAP<STRING, STRING>")));

  static Set<String> names() {
    return SCHEMAS.keySet();
  }

  static Optional<SystemTable> named(String name, QueryExecution execution) {
    String lower = name.toLowerCase(Locale.ROOT);
    return SCHEMAS.containsKey(lower)
        ? Optional.of(new SystemTable(lower, execution))
        : Optional.empty();
  }

  @Override
  public Column[] columns() {
    return columns(SCHEMAS.get(name));
  }

  private static Column[] columns(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(f -> Column.create(f.name(), f.dataType(), f.nullable()))
        .toArray(Column[]::new);
  }

  @Override
  public Map<String, String> properties() {
    return Map.of();
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap unused) {
    return () -> {
      try {
        return scan(SCHEMAS.get(name), execution.system(name));
      } catch (TrefoilException e) {
        throw TrefoilSparkException.raise(e);
      }
    };
  }

  /** Rows of Java values as Spark reads them without a job. */
  static LocalScan scan(StructType schema, List<Object[]> rows) {
    var converter = CatalystTypeConverters.createToCatalystConverter(schema);
    InternalRow[] internal =
        rows.stream()
            .map(row -> (InternalRow) converter.apply(RowFactory.create(row)))
            .toArray(InternalRow[]::new);
    return new LocalScan() {
      @Override
      public StructType readSchema() {
        return schema;
      }

      @Override
      public InternalRow[] rows() {
        return internal;
      }
    };
  }
}
