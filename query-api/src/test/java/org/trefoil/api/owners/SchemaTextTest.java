package org.trefoil.api.owners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

class SchemaTextTest {
  @Test
  void readsEveryTypeOfTheProfile() {
    assertThat(
            SchemaText.parse(
                    "a boolean, b tinyint, c SMALLINT not null, d Int, e integer, f bigint, g long,"
                        + " h date, i timestamp, j decimal, k numeric( 12 , 2 ), l dec(5), m string,"
                        + " n char(1), o: varchar(100) NOT NULL COMMENT 'a, b', `p q` double,"
                        + " q BINARY, r binary ( 20 ) NOT NULL, s float,"
                        + " t interval day to second, u INTERVAL YEAR  TO MONTH")
                .fields())
        .containsExactly(
            new Field("a", DataType.BOOLEAN, true),
            new Field("b", DataType.TINYINT, true),
            new Field("c", DataType.SMALLINT, false),
            new Field("d", DataType.INT, true),
            new Field("e", DataType.INT, true),
            new Field("f", DataType.BIGINT, true),
            new Field("g", DataType.BIGINT, true),
            new Field("h", DataType.DATE, true),
            new Field("i", DataType.TIMESTAMP, true),
            new Field("j", DataType.decimal(10, 0), true),
            new Field("k", DataType.decimal(12, 2), true),
            new Field("l", DataType.decimal(5, 0), true),
            new Field("m", DataType.string(64), true),
            new Field("n", DataType.string(4), true),
            new Field("o", DataType.string(100), false),
            new Field("p q", DataType.fixedPoint(0), true),
            new Field("q", DataType.binary(64), true),
            new Field("r", DataType.binary(20), false),
            new Field("s", DataType.fixedPointFloat(0), true),
            new Field("t", DataType.DAY_TIME, true),
            new Field("u", DataType.YEAR_MONTH, true));
  }

  @Test
  void keepsUnsupportedColumnsApart() {
    SchemaText read =
        SchemaText.parse(
            "a INT, b MAP<STRING, ARRAY<INT>>, c STRUCT<x: INT, y: DATE>, d INTERVAL DAY");
    assertThat(read.fields()).isEqualTo(List.of(new Field("a", DataType.INT, true)));
    assertThat(read.unsupported())
        .isEqualTo(
            Map.of(
                "b",
                "MAP<STRING, ARRAY<INT>>",
                "c",
                "STRUCT<x: INT, y: DATE>",
                "d",
                "INTERVAL DAY"));
  }

  @Test
  void leavesTheLengthOfBytesToTheDescriptor() {
    assertThat(
            SchemaText.forSpark(
                "a BINARY, `b,BINARY(2)` binary (20) NOT NULL COMMENT 'BINARY(3)', c VARCHAR(9)"))
        .isEqualTo("a BINARY, `b,BINARY(2)` BINARY NOT NULL COMMENT 'BINARY(3)', c VARCHAR(9)");
  }

  @Test
  void reservesBytesForCharacters() {
    assertThat(SchemaText.bytesOf(1)).isEqualTo(4);
    assertThat(SchemaText.bytesOf(16)).isEqualTo(64);
    assertThat(SchemaText.bytesOf(40)).isEqualTo(64);
    assertThat(SchemaText.bytesOf(200)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a INT,",
        "a VARCHAR",
        "a INT(3)",
        "a BINARY(0)",
        "a BINARY(2,1)",
        "a DECIMAL(39,2)",
        "a INT, A DATE"
      })
  void refuses(String ddl) {
    assertThatThrownBy(() -> SchemaText.parse(ddl))
        .hasMessageContaining("TREFOIL_INVALID_OWNERS_FILE")
        .hasMessageContaining("Cannot read schema");
  }
}
