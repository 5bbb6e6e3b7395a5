package org.trefoil.share.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.share.encode.Encoded.arithmetic;
import static org.trefoil.share.encode.Encoded.key;
import static org.trefoil.share.encode.Encoded.ordered;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

class RowEncoderTest {
  private static final List<Field> FIELDS =
      List.of(
          new Field("flag", DataType.BOOLEAN, true),
          new Field("id", DataType.INT, false),
          new Field("amount", DataType.decimal(12, 2), true));
  private static final Slot INT = new Slot(BigInteger.valueOf(Integer.MIN_VALUE), 32);

  private static RowEncoder encoder(int branch) {
    return new RowEncoder(
        FIELDS,
        Arrays.asList(null, null, null),
        List.of(
            new InputColumn(Form.VALID, List.of(2), List.of(), 1),
            new InputColumn(Form.BIT, List.of(0), List.of(), 1),
            new InputColumn(Form.KEY, List.of(1), List.of(INT), 33),
            new InputColumn(Form.ENTITY, List.of(), List.of(), 10),
            new InputColumn(Form.ROW_ID, List.of(), List.of(), 20),
            new InputColumn(Form.RANK, List.of(0, 1), List.of(), 7),
            new InputColumn(Form.BRANCH, List.of(1), List.of(), 1),
            new InputColumn(Form.ARITHMETIC, List.of(2), List.of(), 128)),
        branch,
        100,
        null);
  }

  @Test
  void ordersRowsByTheirRank() {
    RowEncoder encoder = encoder(1);
    byte[] low = encoder.key(5, new Object[] {true, 900, null, 1L, 3L});
    byte[] high = encoder.key(5, new Object[] {false, 5, null, 9L, 100L});
    assertThat(Arrays.compareUnsigned(low, high)).isNegative();
    assertThat(encoder.key(5, new Object[] {null, 0, null, 0L, 3L})).isEqualTo(low);
    assertThatThrownBy(() -> encoder.key(3, new Object[] {true, 5, null, 1L, 3L}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writesEveryFormOfARow() {
    RowEncoder encoder = encoder(1);
    assertThat(encoder.ranks())
        .extracting(InputColumn::form)
        .containsExactly(Form.ENTITY, Form.RANK);
    encoder.begin(65_536, 3);
    encoder.put(0, new Object[] {true, 5, new BigDecimal("-1.50"), 9L, 4L});
    encoder.put(1, new Object[] {null, -5, null, 0L, 0L});
    encoder.put(2, null);
    List<ClearColumn> columns = encoder.finish();
    assertThat(columns).extracting(ClearColumn::shape).isEqualTo(encoder.shapes());
    long half = 1L << 31;
    long[][] expected = {
      {1, 1, 0},
      {1, 0, 0},
      {1, 0, 0},
      {half + 5, half - 5, (1L << 32) + 100 + 65_538},
      {9, 0, 0},
      {65_536, 65_537, 0},
      {4, 0, 0},
      {1, 1, 0}
    };
    for (int c = 0; c < expected.length; c++) {
      for (int r = 0; r < 3; r++) {
        assertThat(Encoded.unsigned(columns.get(c), r))
            .as("%d, %d", c, r)
            .isEqualTo(expected[c][r]);
      }
    }
    assertThat(columns.get(8).limbs()[0]).containsExactly(-150, 0, 0);
    assertThat(columns.get(8).limbs()[1]).containsExactly(-1, 0, 0);
  }

  @Test
  void aRowOfAnotherBranchLacksTheBranchBit() {
    RowEncoder encoder = encoder(0);
    encoder.begin(0, 1);
    encoder.put(0, new Object[] {true, 5, null, 1L, 0L});
    List<ClearColumn> columns = encoder.finish();
    assertThat(columns.get(7).limbs()[0][0]).isZero();
    assertThat(columns.get(0).limbs()[0][0]).isEqualTo(1);
  }

  @Test
  void aChunkIsCompleteOrRefused() {
    RowEncoder encoder = encoder(0);
    encoder.begin(0, 2);
    encoder.put(0, null);
    assertThatThrownBy(encoder::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void chunksDoNotShareArrays() {
    RowEncoder encoder = encoder(0);
    encoder.begin(0, 1);
    encoder.put(0, new Object[] {true, 5, null, 1L, 0L});
    List<ClearColumn> first = encoder.finish();
    encoder.begin(1, 1);
    encoder.put(0, null);
    assertThat(encoder.finish().get(0).limbs()[0][0]).isZero();
    assertThat(first.get(0).limbs()[0][0]).isEqualTo(1);
  }

  @Test
  void ranksBeyondTheirWidthAreRefused() {
    for (Object[] row :
        List.of(new Object[] {true, 5, null, 1024L, 0L}, new Object[] {true, 5, null, -1L, 0L})) {
      RowEncoder encoder = encoder(0);
      encoder.begin(0, 1);
      assertThatThrownBy(() -> encoder.put(0, row)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static ThrowingCallable encoding(
      DataType type, Bounds bounds, InputColumn column, Object value) {
    return () ->
        Encoded.column(
            List.of(new Field("secret_col", type, false)),
            bounds,
            column,
            Collections.singletonList(new Object[] {value}));
  }

  private static void fails(Condition condition, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TrefoilException.class, e -> assertThat(e.condition()).isEqualTo(condition))
        .hasMessageContaining("column secret_col")
        .hasMessageNotContaining("98765");
  }

  /** Column named, value never. */
  @Test
  void valuesOutOfRangeAreRefused() {
    Condition condition = Condition.VALUE_OUT_OF_RANGE;
    Bounds upTo100 = new Bounds(BigInteger.ZERO, BigInteger.valueOf(100));
    Bounds bounded =
        new Bounds(BigInteger.ONE.shiftLeft(100).negate(), BigInteger.ONE.shiftLeft(100));
    Slot eight = new Slot(BigInteger.ZERO, 8);
    InputColumn cents = arithmetic(64);
    DataType money = DataType.decimal(12, 2);
    fails(condition, encoding(DataType.TINYINT, null, cents, 98765));
    fails(condition, encoding(DataType.INT, null, cents, 98765L << 20));
    fails(condition, encoding(DataType.INT, upTo100, cents, 98765));
    fails(condition, encoding(DataType.INT, upTo100, cents, -98765));
    fails(condition, encoding(DataType.INT, null, ordered(eight), 98765));
    fails(condition, encoding(DataType.INT, null, ordered(eight), -1));
    Slot full = new Slot(BigInteger.ZERO, 128);
    fails(
        condition, encoding(DataType.decimal(38, 0), null, ordered(full), BigInteger.ONE.negate()));
    fails(condition, encoding(DataType.INT, null, ordered(eight), 256));
    fails(condition, encoding(DataType.INT, upTo100, ordered(eight), 101));
    fails(condition, encoding(DataType.INT, null, key(9, eight), 256));
    fails(condition, encoding(money, null, cents, new BigDecimal("98765.001")));
    fails(condition, encoding(money, null, cents, new BigDecimal("98765000000.00")));
    fails(condition, encoding(money, null, cents, new BigDecimal("98765E+900000000")));
    fails(condition, encoding(money, null, cents, new BigDecimal("98765E-900000000")));
    fails(condition, encoding(money, null, cents, 1_000_000_000_000L));
    fails(condition, encoding(DataType.decimal(38, 0), null, cents, BigInteger.ONE.shiftLeft(63)));
    fails(
        condition,
        encoding(DataType.decimal(38, 0), null, arithmetic(128), BigInteger.ONE.shiftLeft(200)));
    fails(
        condition,
        encoding(
            DataType.decimal(38, 0),
            bounded,
            arithmetic(128),
            BigInteger.ONE.shiftLeft(100).add(BigInteger.ONE)));
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e300, -1e38}) {
      fails(condition, encoding(DataType.fixedPoint(2), null, arithmetic(128), bad));
    }
    fails(condition, encoding(DataType.fixedPoint(2), null, cents, 9.8765e18));
  }

  @Test
  void stringsThatAreTooLongAreRefused() {
    Condition condition = Condition.VALUE_TOO_LONG;
    InputColumn hashed = new InputColumn(Form.HASHED, List.of(0), List.of(), 80);
    DataType type = DataType.string(5);
    fails(condition, encoding(type, null, ordered(Slot.ofString(8)), "987654"));
    fails(condition, encoding(type, null, ordered(Slot.ofString(8)), "ééé"));
    fails(condition, encoding(DataType.string(9), null, ordered(Slot.ofString(5)), "987654"));
    fails(condition, encoding(type, null, hashed, "987654".getBytes(StandardCharsets.UTF_8)));
    encoding(type, null, ordered(Slot.ofString(8)), "éé9");
  }

  @Test
  void nullsAreRefusedWhereTheColumnHasNone() {
    InputColumn hashed = new InputColumn(Form.HASHED, List.of(0), List.of(), 80);
    InputColumn valid = new InputColumn(Form.VALID, List.of(0), List.of(), 1);
    InputColumn bit = new InputColumn(Form.BIT, List.of(0), List.of(), 1);
    fails(Condition.NULL_VALUE, encoding(DataType.INT, null, arithmetic(64), null));
    fails(Condition.NULL_VALUE, encoding(DataType.INT, null, ordered(INT), null));
    fails(Condition.NULL_VALUE, encoding(DataType.INT, null, hashed, null));
    fails(Condition.NULL_VALUE, encoding(DataType.INT, null, valid, null));
    fails(Condition.NULL_VALUE, encoding(DataType.BOOLEAN, null, bit, null));
  }

  @Test
  void valuesOfTheWrongClassAreACallersMistake() {
    assertThatThrownBy(encoding(DataType.INT, null, arithmetic(64), "98765"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("secret_col")
        .hasMessageNotContaining("98765");
    assertThatThrownBy(encoding(DataType.string(5), null, ordered(Slot.ofString(5)), 98765))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(encoding(DataType.decimal(5, 0), null, arithmetic(64), 1.0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shapesAreTheLayouts() {
    assertThat(encoder(0).shapes())
        .containsExactly(
            ColumnShape.BIT,
            ColumnShape.BIT,
            ColumnShape.BIT,
            ColumnShape.words(33),
            ColumnShape.words(10),
            ColumnShape.words(20),
            ColumnShape.words(7),
            ColumnShape.BIT,
            ColumnShape.sums(128));
  }
}
