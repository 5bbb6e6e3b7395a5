package org.trefoil.jobs.deployment;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** A table of revealed values, or of what was computed from them. */
public record Result(String name, StructType schema, List<Row> rows) {
  public Result {
    rows = List.copyOf(rows);
  }

  /** What a query answers. */
  public static Result of(String name, Dataset<Row> frame) {
    return new Result(name, frame.schema(), frame.collectAsList());
  }

  /** The columns' names. */
  public List<String> columns() {
    return List.of(schema.fieldNames());
  }
}
