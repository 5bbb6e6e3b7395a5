package org.trefoil.share.encode;

import java.nio.charset.StandardCharsets;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Reads the bytes of a BINARY, or of a string in UTF-8, and checks their number. Fails with {@code
 * VALUE_TOO_LONG}, which names the column and never the value.
 */
final class StringReader {
  private final Field field;

  StringReader(Field field) {
    this.field = field;
  }

  /** The bytes of {@code value}, which is not null. */
  byte[] read(Object value) {
    byte[] bytes;
    if (value instanceof byte[] utf8) {
      bytes = utf8;
    } else if (value instanceof String text && field.type().kind() == DataType.Kind.STRING) {
      bytes = text.getBytes(StandardCharsets.UTF_8);
    } else {
      throw Mismatch.of(field, value);
    }
    if (bytes.length > field.type().precision()) {
      throw tooLong(field.type().precision());
    }
    return bytes;
  }

  TrefoilException tooLong(int bytes) {
    return new TrefoilException(
        Condition.VALUE_TOO_LONG,
        "Cannot share column "
            + field.name()
            + ": a value has more than "
            + bytes
            + (field.type().kind() == DataType.Kind.BINARY
                ? " bytes. Declare the column BINARY(n) with a greater n."
                : " bytes in UTF-8. Declare the column VARCHAR(n) with a greater n."));
  }
}
