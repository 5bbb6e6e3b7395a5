package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.trefoil.api.type.DataType;

class SourceTypesTest {
  @Test
  void takesStringsThatCompareByTheirBytesOnly() {
    assertThat(SourceTypes.inferred(column("c STRING")))
        .contains(DataType.string(DataType.DEFAULT_STRING_BYTES));
    assertThat(SourceTypes.inferred(column("c STRING COLLATE UTF8_LCASE")))
        .isEqualTo(Optional.empty());
  }

  @Test
  void hasNoTypeForWhatTheProfileLacks() {
    assertThat(SourceTypes.inferred(column("c ARRAY<INT>"))).isEmpty();
    assertThat(SourceTypes.inferred(column("c DECIMAL(38,2)"))).contains(DataType.decimal(38, 2));
  }

  private static StructField column(String ddl) {
    return StructType.fromDDL(ddl).fields()[0];
  }
}
