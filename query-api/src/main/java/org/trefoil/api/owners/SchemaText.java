package org.trefoil.api.owners;

import java.util.List;
import java.util.Map;
import org.trefoil.api.type.Field;

/**
 * The columns of Spark's DDL text of a schema, such as {@code id BIGINT NOT NULL, name
 * VARCHAR(40)}.
 *
 * @param fields the columns of supported types
 * @param unsupported the types of the other columns by name
 */
public record SchemaText(List<Field> fields, Map<String, String> unsupported) {
  public SchemaText {
    fields = List.copyOf(fields);
    unsupported = Map.copyOf(unsupported);
  }

  /**
   * The columns of {@code ddl}. VARCHAR(n) and CHAR(n) count characters, the profile's STRING
   * counts bytes of UTF-8: 4 bytes are reserved for each character as long as that stays within the
   * 64 bytes of a STRING without a length, else the larger of 64 and n bytes. What is longer fails
   * while sharing, as everywhere; a larger n helps.
   */
  public static SchemaText parse(String ddl) {
    throw new UnsupportedOperationException("not yet");
  }
}
