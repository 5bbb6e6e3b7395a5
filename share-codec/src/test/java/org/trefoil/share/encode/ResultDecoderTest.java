package org.trefoil.share.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

class ResultDecoderTest {
  private static ResultColumn sum(DataType type, int width) {
    return new ResultColumn(new Field("total", type, true), Form.ARITHMETIC, null, width);
  }

  private static ClearColumn limbs(ColumnShape shape, long... words) {
    ClearColumn column = ClearColumn.zero(shape, 1);
    for (int k = 0; k < words.length; k++) {
      column.limbs()[k][0] = words[k];
    }
    return column;
  }

  private static Object value(ResultColumn column, ClearColumn values) {
    ClearColumn valid = limbs(ColumnShape.BIT, 1);
    return new ResultDecoder(List.of(column)).rows(List.of(values, valid)).get(0)[0];
  }

  @Test
  void aNullIsReadWhateverTheValue() {
    ClearColumn values = limbs(ColumnShape.sums(64), Long.MAX_VALUE);
    ResultDecoder decoder = new ResultDecoder(List.of(sum(DataType.INT, 64)));
    assertThat(decoder.shapes()).containsExactly(ColumnShape.sums(64), ColumnShape.BIT);
    List<Object[]> rows = decoder.rows(List.of(values, limbs(ColumnShape.BIT, 0)));
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0)).containsExactly((Object) null);
  }

  @Test
  void noRowsAreNoRows() {
    ResultDecoder decoder = new ResultDecoder(List.of(sum(DataType.INT, 64)));
    assertThat(
            decoder.rows(
                List.of(
                    ClearColumn.zero(ColumnShape.sums(64), 0),
                    ClearColumn.zero(ColumnShape.BIT, 0))))
        .isEmpty();
  }

  @Test
  void bitsOfManyRowsAreReadInPlace() {
    ClearColumn bits = ClearColumn.zero(ColumnShape.BIT, 130);
    bits.limbs()[0][2] = 2;
    ResultColumn flag =
        new ResultColumn(new Field("f", DataType.BOOLEAN, false), Form.BIT, null, 1);
    List<Object[]> rows = new ResultDecoder(List.of(flag)).rows(List.of(bits));
    for (int r = 0; r < 130; r++) {
      assertThat(rows.get(r)[0]).isEqualTo(r == 129);
    }
  }

  @Test
  void aSumThatDoesNotFitItsTypeIsAnError() {
    assertThat(value(sum(DataType.BIGINT, 128), limbs(ColumnShape.sums(128), -1, -1)))
        .isEqualTo(-1L);
    overflows(sum(DataType.BIGINT, 128), limbs(ColumnShape.sums(128), 0, 1));
    overflows(sum(DataType.BIGINT, 128), limbs(ColumnShape.sums(128), -1, 0));
    overflows(sum(DataType.INT, 64), limbs(ColumnShape.sums(64), 1L << 31));
    overflows(sum(DataType.decimal(4, 2), 64), limbs(ColumnShape.sums(64), 10_000));
    assertThat(value(sum(DataType.decimal(4, 2), 64), limbs(ColumnShape.sums(64), -9_999)))
        .hasToString("-99.99");
  }

  private static void overflows(ResultColumn column, ClearColumn values) {
    assertThatThrownBy(() -> value(column, values))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.ARITHMETIC_OVERFLOW))
        .hasMessageContaining("column total");
  }

  @Test
  void columnsThatAreNotThePlansAreRefused() {
    ResultColumn sum = sum(DataType.BIGINT, 64);
    ClearColumn bit = limbs(ColumnShape.BIT, 1);
    malformed(sum, List.of(limbs(ColumnShape.sums(64), 1)));
    malformed(sum, List.of(limbs(ColumnShape.sums(128), 1), bit));
    malformed(sum, List.of(limbs(ColumnShape.words(64), 1), bit));
    malformed(sum, List.of(limbs(ColumnShape.sums(64), 1), ClearColumn.zero(ColumnShape.BIT, 2)));
    Slot slot = Slot.ofString(2);
    ResultColumn text =
        new ResultColumn(
            new Field("t", DataType.string(2), true), Form.ORDERED, slot, slot.width());
    malformed(text, List.of(limbs(ColumnShape.words(slot.width()), 3), bit));
  }

  private static void malformed(ResultColumn column, List<ClearColumn> opened) {
    assertThatThrownBy(() -> new ResultDecoder(List.of(column)).rows(opened))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.MALFORMED_SHARES));
  }

  @Test
  void aLeastValueIsAddedBack() {
    Slot slot = new Slot(BigInteger.valueOf(-100), 8);
    ResultColumn column =
        new ResultColumn(new Field("d", DataType.DATE, true), Form.ORDERED, slot, 8);
    assertThat(value(column, limbs(ColumnShape.words(8), 255))).isEqualTo(155L);
  }
}
