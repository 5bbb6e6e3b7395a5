package org.trefoil.spark;

import java.util.Arrays;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What Spark would read an owner's rows with. It never can: whatever reaches {@link #toBatch} is
 * refused, also where the planner's rule and guard are missing.
 */
public final class RowScan implements Scan {
  private final TableDescriptor table;
  private final StructType columns;

  private RowScan(TableDescriptor table, StructType columns) {
    this.table = table;
    this.columns = columns;
  }

  public TableDescriptor table() {
    return table;
  }

  @Override
  public StructType readSchema() {
    return columns;
  }

  @Override
  public String description() {
    return "rows of " + table.name() + ", which are never read";
  }

  @Override
  public Batch toBatch() {
    throw TrefoilSparkException.raise(
        new TrefoilException(
            Condition.ROW_LEVEL_ACCESS,
            "Cannot read the rows of "
                + table.name()
                + ": only aggregates can be revealed. If this query aggregates, the session was"
                + " created before Trefoil's jar was added: set spark.jars when Spark starts."));
  }

  @Override
  public ColumnarSupportMode columnarSupportMode() {
    return ColumnarSupportMode.UNSUPPORTED;
  }

  /** Takes column pruning, so that messages name only what the query asked for. */
  static final class Builder implements ScanBuilder, SupportsPushDownRequiredColumns {
    private final TableDescriptor table;
    private StructType columns;

    Builder(TableDescriptor table, Column[] columns) {
      this.table = table;
      this.columns =
          DataTypes.createStructType(
              Arrays.stream(columns)
                  .map(c -> DataTypes.createStructField(c.name(), c.dataType(), c.nullable()))
                  .toArray(StructField[]::new));
    }

    @Override
    public void pruneColumns(StructType requiredSchema) {
      columns = requiredSchema;
    }

    @Override
    public Scan build() {
      return new RowScan(table, columns);
    }
  }
}
