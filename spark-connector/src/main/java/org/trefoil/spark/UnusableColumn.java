package org.trefoil.spark;

import java.util.Locale;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A column of a type that no query can use. To Spark it is a metadata column: {@code SELECT *}
 * leaves it out, but its name is found, and not taken for a column of a query around it, so that
 * the refusal says why.
 *
 * @param type Spark's, as SQL
 */
public record UnusableColumn(TableDescriptor table, String name, String type)
    implements MetadataColumn {

  /** The real type, so that Spark finds nothing wrong with what a query does with the column. */
  @Override
  public DataType dataType() {
    try {
      return DataType.fromDDL(type);
    } catch (Exception e) {
      // Scala declares no checked exceptions: a ParseException cannot be caught by its name.
      return DataTypes.NullType;
    }
  }

  @Override
  public String comment() {
    return "cannot be used: " + reason();
  }

  public TrefoilException refusal() {
    return new TrefoilException(
        Condition.UNSUPPORTED_TYPE,
        "Cannot use column "
            + table.name()
            + "."
            + name
            + ": "
            + reason()
            + ". Ask "
            + table.owner()
            + " to "
            + instead()
            + ", or leave it out.");
  }

  private String reason() {
    return word().equals("DOUBLE") || word().equals("FLOAT")
        ? "a " + word() + " without a declared scale has no exact shares"
        : "type " + type + " has no shares";
  }

  private String instead() {
    return switch (word()) {
      case "DOUBLE", "FLOAT" -> "declare its scale in the policy (" + name + ": {scale: 2, ...})";
      case "TIMESTAMP_NTZ" -> "offer it as a TIMESTAMP or a DATE";
      case "TIME" -> "offer it as a number of seconds";
      case "INTERVAL" -> "declare it INTERVAL DAY TO SECOND or INTERVAL YEAR TO MONTH";
      case "ARRAY", "MAP" -> "offer its elements as rows of a table of their own";
      case "STRUCT", "VARIANT" -> "offer its parts as columns of their own";
      case "STRING" -> "offer it as a STRING without a collation, upper or lower case throughout";
      case "DECIMAL" -> "offer it as a DECIMAL with a scale of 0 or more";
      default -> "offer it as a column of a type that docs/sql.md lists";
    };
  }

  private String word() {
    return type.toUpperCase(Locale.ROOT).split("[\\s(<]", 2)[0];
  }
}
