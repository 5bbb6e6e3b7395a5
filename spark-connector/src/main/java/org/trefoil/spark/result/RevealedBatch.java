package org.trefoil.spark.result;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;

/** The revealed rows on their way to the one task that hands them to Spark, as one batch. */
final class RevealedBatch implements PartitionReaderFactory {
  private static final long serialVersionUID = 1L;

  /** The one partition. */
  enum Whole implements InputPartition {
    PARTITION
  }

  private final StructType schema;
  private final DataType.Kind[] kinds;
  private final Object[][] rows;

  RevealedBatch(List<Field> fields, List<Object[]> rows) {
    schema = SparkTypes.toSpark(fields);
    kinds = fields.stream().map(f -> f.type().kind()).toArray(DataType.Kind[]::new);
    this.rows = rows.toArray(new Object[0][]);
  }

  @Override
  public boolean supportColumnarReads(InputPartition partition) {
    return true;
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    throw new UnsupportedOperationException("revealed rows are read as batches");
  }

  @Override
  public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
    return new Reader();
  }

  private ColumnarBatch batch() {
    OnHeapColumnVector[] columns = OnHeapColumnVector.allocateColumns(rows.length, schema);
    for (int c = 0; c < columns.length; c++) {
      for (int r = 0; r < rows.length; r++) {
        put(columns[c], kinds[c], schema.apply(c).dataType(), r, rows[r][c]);
      }
    }
    return new ColumnarBatch(columns, rows.length);
  }

  private static void put(
      WritableColumnVector column,
      DataType.Kind kind,
      org.apache.spark.sql.types.DataType type,
      int row,
      Object value) {
    if (value == null) {
      column.putNull(row);
      return;
    }
    switch (kind) {
      case BOOLEAN -> column.putBoolean(row, (Boolean) value);
      case TINYINT -> column.putByte(row, ((Number) value).byteValue());
      case SMALLINT -> column.putShort(row, ((Number) value).shortValue());
      case INT, DATE, YEAR_MONTH -> column.putInt(row, ((Number) value).intValue());
      case BIGINT, TIMESTAMP, DAY_TIME -> column.putLong(row, ((Number) value).longValue());
      case FLOAT -> column.putFloat(row, ((Number) value).floatValue());
      case DOUBLE -> column.putDouble(row, ((Number) value).doubleValue());
      case STRING -> column.putByteArray(row, ((String) value).getBytes(StandardCharsets.UTF_8));
      case BINARY -> column.putByteArray(row, (byte[]) value);
      case DECIMAL -> {
        var decimal = (org.apache.spark.sql.types.DecimalType) type;
        column.putDecimal(
            row,
            Decimal.apply((BigDecimal) value, decimal.precision(), decimal.scale()),
            decimal.precision());
      }
    }
  }

  /** Hands out the batch once. */
  private final class Reader implements PartitionReader<ColumnarBatch> {
    private ColumnarBatch batch;

    @Override
    public boolean next() {
      if (batch != null || rows.length == 0) {
        return false;
      }
      batch = batch();
      return true;
    }

    @Override
    public ColumnarBatch get() {
      return batch;
    }

    @Override
    public void close() {
      if (batch != null) {
        batch.close();
      }
    }
  }
}
