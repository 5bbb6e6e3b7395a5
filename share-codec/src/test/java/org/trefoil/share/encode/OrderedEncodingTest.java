package org.trefoil.share.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trefoil.share.encode.Encoded.ordered;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;

class OrderedEncodingTest {
  private static final Slot BIGINT = new Slot(BigInteger.valueOf(Long.MIN_VALUE), 64);
  private static final Slot INT = new Slot(BigInteger.valueOf(Integer.MIN_VALUE), 32);
  private static final BigInteger NINES = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
  private static final Slot DECIMAL38 = new Slot(NINES.negate(), 128);

  private static BigInteger bigint(long value) {
    return Encoded.one(DataType.BIGINT, ordered(BIGINT), value);
  }

  private static Object decoded(DataType type, Slot slot, Object value) {
    Field field = new Field("c", type, false);
    ClearColumn column =
        Encoded.column(
            List.of(field), null, ordered(slot), Collections.singletonList(new Object[] {value}));
    ResultColumn result = new ResultColumn(field, Form.ORDERED, slot, slot.width());
    return new ResultDecoder(List.of(result)).rows(List.of(column)).get(0)[0];
  }

  @Property
  void integersKeepTheirOrder(@ForAll long a, @ForAll long b) {
    assertThat(bigint(a).compareTo(bigint(b))).isEqualTo(Long.compare(a, b));
    assertThat(decoded(DataType.BIGINT, BIGINT, a)).isEqualTo(a);
  }

  @Test
  void extremesFillTheSlot() {
    assertThat(bigint(Long.MIN_VALUE)).isZero();
    assertThat(bigint(Long.MAX_VALUE).bitCount()).isEqualTo(64);
    Slot tiny = new Slot(BigInteger.valueOf(-128), 8);
    assertThat(Encoded.one(DataType.TINYINT, ordered(tiny), (byte) -128)).isZero();
    assertThat(Encoded.one(DataType.TINYINT, ordered(tiny), (byte) 127)).isEqualTo(255);
    Slot small = new Slot(BigInteger.valueOf(Short.MIN_VALUE), 16);
    assertThat(Encoded.one(DataType.SMALLINT, ordered(small), Short.MAX_VALUE)).isEqualTo(65535);
    assertThat(Encoded.one(DataType.DATE, ordered(INT), -1)).isEqualTo(Integer.MAX_VALUE);
    assertThat(Encoded.one(DataType.TIMESTAMP, ordered(BIGINT), Long.MIN_VALUE)).isZero();
    assertThat(Encoded.one(DataType.BOOLEAN, ordered(new Slot(BigInteger.ZERO, 1)), true))
        .isEqualTo(1);
  }

  @Test
  void nullIsZero() {
    assertThat(Encoded.one(DataType.BIGINT, ordered(BIGINT), null)).isZero();
    assertThat(Encoded.one(DataType.string(9), ordered(Slot.ofString(9)), null)).isZero();
  }

  @Property
  void decimalsOf38DigitsKeepTheirOrder(
      @ForAll
          @BigRange(
              min = "-99999999999999999999999999999999999999",
              max = "99999999999999999999999999999999999999")
          BigInteger a,
      @ForAll
          @BigRange(
              min = "-99999999999999999999999999999999999999",
              max = "99999999999999999999999999999999999999")
          BigInteger b) {
    DataType type = DataType.decimal(38, 6);
    BigDecimal x = new BigDecimal(a, 6);
    BigDecimal y = new BigDecimal(b, 6);
    BigInteger first = Encoded.one(type, ordered(DECIMAL38), x);
    assertThat(first.compareTo(Encoded.one(type, ordered(DECIMAL38), y))).isEqualTo(x.compareTo(y));
    assertThat(first).isEqualTo(Encoded.one(type, ordered(DECIMAL38), a));
    assertThat(decoded(type, DECIMAL38, x)).isEqualTo(x);
  }

  @Provide
  Arbitrary<byte[]> texts() {
    // Few distinct characters, so that prefixes, ties and NULs are common; some beyond the BMP.
    return Arbitraries.strings()
        .withChars('\0', 'a', 'b', 'é', '￿')
        .ofMaxLength(4)
        .injectDuplicates(0.2)
        .flatMap(s -> Arbitraries.of(s, s + "😀", s + "\0"))
        .map(s -> s.getBytes(StandardCharsets.UTF_8));
  }

  @Property
  void stringsKeepSparksBinaryOrder(@ForAll("texts") byte[] a, @ForAll("texts") byte[] b) {
    DataType type = DataType.string(17);
    Slot slot = Slot.ofString(17);
    BigInteger first = Encoded.one(type, ordered(slot), a);
    BigInteger second = Encoded.one(type, ordered(slot), b);
    assertThat(first.compareTo(second)).isEqualTo(Integer.signum(Arrays.compareUnsigned(a, b)));
    assertThat(decoded(type, slot, a)).isEqualTo(new String(a, StandardCharsets.UTF_8));
  }

  @Property
  void twoColumnsSortLikeTheFirstThenTheSecond(
      @ForAll @Size(2) List<Integer> first, @ForAll("texts") byte[] a, @ForAll("texts") byte[] b) {
    List<Field> fields = List.of(Encoded.field(DataType.INT), Encoded.field(DataType.string(17)));
    ClearColumn column =
        Encoded.column(
            fields,
            null,
            ordered(INT, Slot.ofString(17)),
            List.of(new Object[] {first.get(0), a}, new Object[] {first.get(1), b}));
    int expected = Integer.compare(first.get(0), first.get(1));
    expected = expected != 0 ? expected : Integer.signum(Arrays.compareUnsigned(a, b));
    assertThat(Encoded.unsigned(column, 0).compareTo(Encoded.unsigned(column, 1)))
        .isEqualTo(expected);
  }

  @Property
  void everyStringSlotKnowsItsLength(
      @ForAll @net.jqwik.api.constraints.IntRange(min = 1, max = 4096) int bytes) {
    assertThat(Slot.ofString(bytes).stringBytes()).isEqualTo(bytes);
  }
}
