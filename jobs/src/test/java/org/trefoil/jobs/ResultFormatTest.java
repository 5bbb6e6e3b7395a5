package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.junit.jupiter.api.Test;

class ResultFormatTest {
  private static final List<String> NAMES = List.of("city", "total", "day");
  private static final List<Row> ROWS =
      Arrays.asList(
          RowFactory.create("Malmö, \"old\"", new BigDecimal("-1E-7"), Date.valueOf("2026-02-28")),
          RowFactory.create("", null, null),
          RowFactory.create(null, new BigDecimal("10.50"), null));

  @Test
  void csvTellsNullFromTheEmptyString() {
    assertThat(written(ResultFormat.csv, ROWS))
        .isEqualTo(
            "city,total,day\r\n\"Malmö, \"\"old\"\"\",-0.0000001,2026-02-28\r\n\"\",,\r\n,10.50,\r\n");
  }

  @Test
  void csvOfNoRowsIsItsHeader() {
    assertThat(written(ResultFormat.csv, List.of())).isEqualTo("city,total,day\r\n");
  }

  @Test
  void jsonHasDecimalsAndDatesAsStrings() {
    assertThat(written(ResultFormat.json, ROWS).lines())
        .containsExactly(
            "{\"city\":\"Malmö, \\\"old\\\"\",\"total\":\"-0.0000001\",\"day\":\"2026-02-28\"}",
            "{\"city\":\"\",\"total\":null,\"day\":null}",
            "{\"city\":null,\"total\":\"10.50\",\"day\":null}");
  }

  @Test
  void tableAlignsAllLines() {
    assertThat(written(ResultFormat.table, ROWS).lines().map(String::length).distinct()).hasSize(1);
  }

  @Test
  void daysAndTimestampsLookAsSparkCastsThem() {
    List<Row> rows =
        List.of(
            RowFactory.create("a", Timestamp.valueOf("2026-02-28 10:20:30"), null),
            RowFactory.create(
                "b",
                Timestamp.valueOf("1969-12-31 23:59:59.25"),
                DateTimeUtils.toJavaDate((int) LocalDate.of(1, 2, 3).toEpochDay())));
    assertThat(written(ResultFormat.csv, rows))
        .isEqualTo(
            "city,total,day\r\na,2026-02-28 10:20:30,\r\nb,1969-12-31 23:59:59.25,0001-02-03\r\n");
  }

  private static String written(ResultFormat format, List<Row> rows) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    format.write(NAMES, rows, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
