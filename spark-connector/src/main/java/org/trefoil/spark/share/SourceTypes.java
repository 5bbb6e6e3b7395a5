package org.trefoil.spark.share;

import java.util.Optional;
import org.apache.spark.sql.catalyst.util.CharVarcharUtils;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.VarcharType;
import org.trefoil.api.type.DataType;
import org.trefoil.spark.SparkTypes;

/** What types a source's columns have, and how they become the declared ones. */
final class SourceTypes {
  /** A declared length above this says nothing about the values (databases put 2^30 there). */
  private static final int GREATEST_BELIEVED_LENGTH = 4096;

  private SourceTypes() {}

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
    if (type instanceof DecimalType decimal && decimal.scale() < 0) {
      return Optional.empty();
    }
    return SparkTypes.fromSpark(type, DataType.DEFAULT_STRING_BYTES, 0);
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
