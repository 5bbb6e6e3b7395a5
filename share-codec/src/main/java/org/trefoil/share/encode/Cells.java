package org.trefoil.share.encode;

import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/** Takes values out of a row and refuses NULL where none may be. */
final class Cells {
  private final List<Field> fields;

  Cells(List<Field> fields) {
    this.fields = fields;
  }

  Object nullable(Object[] row, int output) {
    Object value = row[output];
    if (value == null && !fields.get(output).nullable()) {
      throw nullValue(output);
    }
    return value;
  }

  Object present(Object[] row, int output) {
    Object value = row[output];
    if (value == null) {
      throw nullValue(output);
    }
    return value;
  }

  private TrefoilException nullValue(int output) {
    return new TrefoilException(
        Condition.NULL_VALUE,
        "Cannot share column "
            + fields.get(output).name()
            + ": a value is NULL where none may be. Correct the data, or declare the column"
            + " without NOT NULL.");
  }
}
