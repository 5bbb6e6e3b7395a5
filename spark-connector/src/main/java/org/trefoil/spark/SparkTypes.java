package org.trefoil.spark;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** The types of the plan profile as Spark's types, and back. */
public final class SparkTypes {
  private SparkTypes() {}

  public static org.apache.spark.sql.types.DataType toSpark(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> DataTypes.BooleanType;
      case TINYINT -> DataTypes.ByteType;
      case SMALLINT -> DataTypes.ShortType;
      case INT -> DataTypes.IntegerType;
      case BIGINT -> DataTypes.LongType;
      case DATE -> DataTypes.DateType;
      case TIMESTAMP -> DataTypes.TimestampType;
      case DECIMAL -> DataTypes.createDecimalType(type.precision(), type.scale());
      case STRING -> DataTypes.StringType;
      case DOUBLE -> DataTypes.DoubleType;
      case BINARY -> DataTypes.BinaryType;
      case FLOAT -> DataTypes.FloatType;
      case DAY_TIME -> DataTypes.createDayTimeIntervalType();
      case YEAR_MONTH -> DataTypes.createYearMonthIntervalType();
    };
  }

  /** The schema of a relation; its columns need not have distinct names. */
  public static StructType toSpark(List<Field> fields) {
    StructField[] columns =
        fields.stream()
            .map(f -> DataTypes.createStructField(f.name(), toSpark(f.type()), f.nullable()))
            .toArray(StructField[]::new);
    return new StructType(columns);
  }

  /**
   * The profile's type, or empty if it has none. What Spark's type does not tell, the length of a
   * string or of bytes and the digits of a fixed-point number, comes from the arguments.
   */
  public static Optional<DataType> fromSpark(
      org.apache.spark.sql.types.DataType type, int stringBytes, int doubleScale) {
    if (type instanceof DecimalType decimal) {
      return Optional.of(DataType.decimal(decimal.precision(), decimal.scale()));
    }
    if (type instanceof StringType string) {
      return string.supportsBinaryEquality() && string.isUTF8BinaryCollation()
          ? Optional.of(DataType.string(stringBytes))
          : Optional.empty();
    }
    if (type.equals(DataTypes.BooleanType)) {
      return Optional.of(DataType.BOOLEAN);
    } else if (type.equals(DataTypes.ByteType)) {
      return Optional.of(DataType.TINYINT);
    } else if (type.equals(DataTypes.ShortType)) {
      return Optional.of(DataType.SMALLINT);
    } else if (type.equals(DataTypes.IntegerType)) {
      return Optional.of(DataType.INT);
    } else if (type.equals(DataTypes.LongType)) {
      return Optional.of(DataType.BIGINT);
    } else if (type.equals(DataTypes.DateType)) {
      return Optional.of(DataType.DATE);
    } else if (type.equals(DataTypes.TimestampType)) {
      return Optional.of(DataType.TIMESTAMP);
    } else if (type.equals(DataTypes.BinaryType)) {
      return Optional.of(DataType.binary(stringBytes));
    } else if (type.equals(DataTypes.DoubleType)) {
      return Optional.of(DataType.fixedPoint(doubleScale));
    } else if (type.equals(DataTypes.createDayTimeIntervalType())) {
      return Optional.of(DataType.DAY_TIME);
    } else if (type.equals(DataTypes.createYearMonthIntervalType())) {
      return Optional.of(DataType.YEAR_MONTH);
    } else if (type.equals(DataTypes.FloatType)) {
      return Optional.of(DataType.fixedPointFloat(doubleScale));
    }
    return Optional.empty();
  }
}
