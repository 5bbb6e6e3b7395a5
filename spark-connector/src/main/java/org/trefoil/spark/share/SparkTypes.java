package org.trefoil.spark.share;

import java.util.Optional;
import org.apache.spark.sql.catalyst.util.CharVarcharUtils;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VarcharType;
import org.trefoil.api.type.DataType;

/** The profile's types and Spark's. */
final class SparkTypes {
  /** A declared length above this says nothing about the values (databases put 2^30 there). */
  private static final int GREATEST_BELIEVED_LENGTH = 4096;

  private SparkTypes() {}

  static org.apache.spark.sql.types.DataType spark(DataType type) {
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
    };
  }

  /** The type of a column whose schema Spark inferred; absent if the profile has none for it. */
  static Optional<DataType> inferred(StructField field) {
    var declared = CharVarcharUtils.getRawType(field.metadata());
    var type = declared.isDefined() ? declared.get() : field.dataType();
    if (type instanceof VarcharType varchar) {
      return Optional.of(string(varchar.length()));
    }
    if (type instanceof CharType character) {
      return Optional.of(string(character.length()));
    }
    if (type instanceof DecimalType decimal) {
      return decimal.scale() < 0
          ? Optional.empty()
          : Optional.of(DataType.decimal(decimal.precision(), decimal.scale()));
    }
    return Optional.ofNullable(
        type instanceof BooleanType
            ? DataType.BOOLEAN
            : type instanceof ByteType
                ? DataType.TINYINT
                : type instanceof ShortType
                    ? DataType.SMALLINT
                    : type instanceof IntegerType
                        ? DataType.INT
                        : type instanceof LongType
                            ? DataType.BIGINT
                            : type instanceof DateType
                                ? DataType.DATE
                                : type instanceof TimestampType
                                    ? DataType.TIMESTAMP
                                    : type instanceof DoubleType
                                        ? DataType.fixedPoint(0)
                                        : type instanceof StringType
                                            ? string(Integer.MAX_VALUE)
                                            : null);
  }

  /**
   * Whether a cast between the two, in ANSI mode, either keeps every value or fails; what would
   * round or cut silently is not safe.
   */
  static boolean castIsSafe(
      org.apache.spark.sql.types.DataType from, org.apache.spark.sql.types.DataType to) {
    if (from.equals(to) || from instanceof StringType) {
      return true;
    }
    if (to instanceof DecimalType decimal) {
      return isInteger(from) || (from instanceof DecimalType d && d.scale() <= decimal.scale());
    }
    if (isInteger(to)) {
      return isInteger(from) || (from instanceof DecimalType d && d.scale() == 0);
    }
    if (to instanceof DoubleType) {
      return from instanceof FloatType || isInteger(from) || from instanceof DecimalType;
    }
    return to instanceof StringType && !(from instanceof FloatType || from instanceof DoubleType);
  }

  private static boolean isInteger(org.apache.spark.sql.types.DataType type) {
    return type instanceof ByteType
        || type instanceof ShortType
        || type instanceof IntegerType
        || type instanceof LongType;
  }

  private static DataType string(int characters) {
    int bytes = DataType.DEFAULT_STRING_BYTES;
    return DataType.string(
        characters > GREATEST_BELIEVED_LENGTH ? bytes : Math.max(bytes, characters));
  }
}
