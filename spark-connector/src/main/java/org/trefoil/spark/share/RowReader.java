package org.trefoil.spark.share;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/** Reads Spark's rows as the values that {@link FragmentEncoder} takes. */
final class RowReader implements Serializable {
  private static final long serialVersionUID = 1L;

  private final DataType[] types;

  RowReader(StructType schema) {
    this.types = new DataType[schema.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] = schema.apply(i).dataType();
    }
  }

  Object[] read(InternalRow row) {
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] = value(row, i);
    }
    return values;
  }

  Object value(InternalRow row, int i) {
    if (row.isNullAt(i)) {
      return null;
    }
    DataType type = types[i];
    if (type instanceof BooleanType) {
      return row.getBoolean(i);
    }
    if (type instanceof ByteType) {
      return (long) row.getByte(i);
    }
    if (type instanceof ShortType) {
      return (long) row.getShort(i);
    }
    if (type instanceof IntegerType
        || type instanceof DateType
        || type instanceof YearMonthIntervalType) {
      return (long) row.getInt(i);
    }
    if (type instanceof DoubleType) {
      return row.getDouble(i);
    }
    if (type instanceof FloatType) {
      return (double) row.getFloat(i);
    }
    if (type instanceof DecimalType decimal) {
      return row.getDecimal(i, decimal.precision(), decimal.scale()).toJavaBigDecimal();
    }
    if (type instanceof BinaryType) {
      return row.getBinary(i);
    }
    return type instanceof StringType ? row.getUTF8String(i).getBytes() : row.getLong(i);
  }
}
