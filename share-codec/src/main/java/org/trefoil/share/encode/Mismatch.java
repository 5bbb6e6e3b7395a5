package org.trefoil.share.encode;

import org.trefoil.api.type.Field;

/** A caller's mistake: a value whose Java class does not go with the column's type. */
final class Mismatch {
  private Mismatch() {}

  static IllegalArgumentException of(Field field, Object value) {
    return new IllegalArgumentException(
        "column "
            + field.name()
            + " of type "
            + field.type().sql()
            + " does not take a "
            + value.getClass().getSimpleName());
  }
}
