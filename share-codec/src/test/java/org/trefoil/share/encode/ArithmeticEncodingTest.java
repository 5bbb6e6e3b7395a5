package org.trefoil.share.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trefoil.share.encode.Encoded.arithmetic;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;

class ArithmeticEncodingTest {
  private static Object decoded(DataType type, int width, Object value) {
    Field field = new Field("c", type, false);
    ClearColumn column =
        Encoded.column(
            List.of(field), null, arithmetic(width), List.<Object[]>of(new Object[] {value}));
    ResultColumn result = new ResultColumn(field, Form.ARITHMETIC, null, width);
    return new ResultDecoder(List.of(result)).rows(List.of(column)).get(0)[0];
  }

  @Property
  void integersAreTwosComplementInBothRings(@ForAll long value) {
    BigInteger number = BigInteger.valueOf(value);
    assertThat(Encoded.one(DataType.BIGINT, arithmetic(64), value))
        .isEqualTo(number.mod(BigInteger.ONE.shiftLeft(64)));
    assertThat(Encoded.one(DataType.BIGINT, arithmetic(128), value))
        .isEqualTo(number.mod(BigInteger.ONE.shiftLeft(128)));
    assertThat(decoded(DataType.BIGINT, 64, value)).isEqualTo(value);
    assertThat(decoded(DataType.BIGINT, 128, value)).isEqualTo(value);
  }

  @Property
  void decimalsComeBackAsTheyWere(
      @ForAll
          @BigRange(
              min = "-99999999999999999999999999999999999999",
              max = "99999999999999999999999999999999999999")
          BigInteger unscaled) {
    BigDecimal value = new BigDecimal(unscaled, 10);
    assertThat(decoded(DataType.decimal(38, 10), 128, value)).isEqualTo(value);
  }

  @Test
  void decimalsOfAnotherScaleAreRescaledExactly() {
    DataType type = DataType.decimal(12, 2);
    assertThat(decoded(type, 64, new BigDecimal("-7"))).isEqualTo(new BigDecimal("-7.00"));
    assertThat(decoded(type, 64, new BigDecimal("1E+3"))).isEqualTo(new BigDecimal("1000.00"));
    assertThat(decoded(type, 64, new BigDecimal("1.50000"))).isEqualTo(new BigDecimal("1.50"));
    assertThat(decoded(type, 64, 150L)).isEqualTo(new BigDecimal("1.50"));
  }

  @Test
  void nullIsZero() {
    assertThat(Encoded.one(DataType.BIGINT, arithmetic(64), null)).isZero();
    assertThat(Encoded.one(DataType.decimal(38, 0), arithmetic(128), null)).isZero();
  }

  @Property
  void doublesRoundLikeSparksCastToDecimal(
      @ForAll @DoubleRange(min = -1e15, max = 1e15) double value,
      @ForAll @IntRange(max = 6) int scale) {
    BigDecimal expected = BigDecimal.valueOf(value).setScale(scale, RoundingMode.HALF_UP);
    assertThat(Encoded.one(DataType.fixedPoint(scale), arithmetic(128), value))
        .isEqualTo(expected.unscaledValue().mod(BigInteger.ONE.shiftLeft(128)));
    assertThat(decoded(DataType.fixedPoint(scale), 128, value)).isEqualTo(expected.doubleValue());
  }

  @Test
  void tiesOfDoublesRoundAwayFromZero() {
    DataType cents = DataType.fixedPoint(2);
    assertThat(decoded(cents, 64, 0.125)).isEqualTo(0.13);
    assertThat(decoded(cents, 64, -0.125)).isEqualTo(-0.13);
    assertThat(decoded(cents, 64, 1.005)).isEqualTo(1.01);
    assertThat(decoded(cents, 64, -0.0)).isEqualTo(0.0);
    assertThat(decoded(cents, 64, 2.5f)).isEqualTo(2.5);
  }
}
