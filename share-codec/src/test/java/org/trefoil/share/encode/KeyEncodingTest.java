package org.trefoil.share.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.share.encode.Encoded.key;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;

class KeyEncodingTest {
  private static final Slot INT = new Slot(BigInteger.valueOf(Integer.MIN_VALUE), 32);
  private static final Slot TEXT = Slot.ofString(20);
  private static final List<Field> INT_FIELD = List.of(new Field("id", DataType.INT, false));
  private static final List<Field> TEXT_FIELD =
      List.of(new Field("name", DataType.string(20), false));

  private static RowEncoder encoder(List<Field> fields, InputColumn column, long firstRow) {
    return new RowEncoder(
        fields,
        Collections.nCopies(fields.size(), null),
        List.of(column),
        0,
        firstRow,
        Encoded.HASH_KEY);
  }

  private static List<BigInteger> keys(RowEncoder encoder, long first, List<Object[]> rows) {
    encoder.begin(first, rows.size());
    for (int r = 0; r < rows.size(); r++) {
      encoder.put(r, rows.get(r));
    }
    ClearColumn column = encoder.finish().get(1);
    List<BigInteger> keys = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      keys.add(Encoded.unsigned(column, r));
    }
    return keys;
  }

  @Property
  void realKeysKeepTheirOrderAndDummiesFollowThem(
      @ForAll @Size(min = 1, max = 20) Set<Integer> ids) {
    List<Object[]> rows = new ArrayList<>();
    ids.stream().sorted().forEach(id -> rows.add(new Object[] {id}));
    for (int i = 0; i < 5; i++) {
      rows.add(null);
    }
    List<BigInteger> keys = keys(encoder(INT_FIELD, key(33, INT), 1000), 65_536, rows);
    for (int r = 1; r < keys.size(); r++) {
      assertThat(keys.get(r)).isGreaterThan(keys.get(r - 1));
    }
    int dummy = ids.size();
    assertThat(keys.get(dummy))
        .isEqualTo(BigInteger.ONE.shiftLeft(32).add(BigInteger.valueOf(1000 + 65_536L + dummy)));
  }

  @Test
  void aNarrowKeyMayBeWideEnoughForRowNumbers() {
    Slot flag = new Slot(BigInteger.ZERO, 1);
    RowEncoder encoder =
        encoder(List.of(new Field("b", DataType.BOOLEAN, false)), key(17, flag), 0);
    List<BigInteger> keys = keys(encoder, 65_535, Arrays.asList(null, new Object[] {true}));
    assertThat(keys.get(0)).isEqualTo(0x1ffff);
    assertThat(keys.get(1)).isEqualTo(1);
    encoder.begin(65_536, 1);
    assertThatThrownBy(() -> encoder.put(0, null)).isInstanceOf(IllegalStateException.class);
  }

  @Property
  void bytesSortAsKeysDo(
      @ForAll @AlphaChars @StringLength(max = 20) String a,
      @ForAll @AlphaChars @StringLength(max = 20) String b) {
    for (int width : new int[] {1 + TEXT.width(), 81}) {
      RowEncoder encoder = encoder(TEXT_FIELD, key(width, TEXT), 0);
      List<BigInteger> keys = keys(encoder, 0, List.of(new Object[] {a}, new Object[] {b}));
      byte[] first = encoder.key(0, new Object[] {a});
      byte[] second = encoder.key(0, new Object[] {b});
      assertThat(Integer.signum(Arrays.compareUnsigned(first, second)))
          .isEqualTo(keys.get(0).compareTo(keys.get(1)));
      assertThat(keys.get(0).equals(keys.get(1))).isEqualTo(a.equals(b));
    }
  }

  @Test
  void aHashedKeyIsWithinItsWidthAndItsDummiesAreOnTop() {
    RowEncoder encoder = encoder(TEXT_FIELD, key(81, TEXT), 0);
    List<BigInteger> keys =
        keys(encoder, 0, Arrays.asList(new Object[] {"a"}, new Object[] {"b"}, null, null));
    assertThat(keys.get(0).bitLength()).isBetween(40, 80);
    assertThat(keys.get(1).bitLength()).isBetween(40, 80);
    assertThat(keys.get(2)).isEqualTo(BigInteger.ONE.shiftLeft(80).add(BigInteger.TWO));
    assertThat(keys.get(3)).isEqualTo(BigInteger.ONE.shiftLeft(80).add(BigInteger.valueOf(3)));
  }

  /** The two sides of a join have fields of different types and one slot. */
  @Test
  void bothSidesHashAlike() {
    Slot wide = new Slot(BigInteger.valueOf(Long.MIN_VALUE), 64);
    List<Field> bigint = List.of(new Field("l", DataType.BIGINT, false));
    List<Object[]> row = List.<Object[]>of(new Object[] {77});
    assertThat(keys(encoder(INT_FIELD, key(41, wide), 0), 0, row))
        .isEqualTo(
            keys(encoder(bigint, key(41, wide), 500), 0, List.<Object[]>of(new Object[] {77L})));
  }

  @Test
  void theKeyOfTheRunChangesTheHash() {
    byte[] other = new byte[32];
    other[31] = 1;
    RowEncoder changed =
        new RowEncoder(
            TEXT_FIELD, Collections.singletonList(null), List.of(key(81, TEXT)), 0, 0, other);
    List<Object[]> row = List.<Object[]>of(new Object[] {"a"});
    assertThat(keys(changed, 0, row))
        .isNotEqualTo(keys(encoder(TEXT_FIELD, key(81, TEXT), 0), 0, row));
  }

  @Test
  void nullEqualsNothingAndIsRefusedWhereNoneMayBe() {
    List<Field> nullable = List.of(new Field("id", DataType.INT, true));
    List<BigInteger> keys =
        keys(
            encoder(nullable, key(33, INT), 100),
            0,
            Arrays.asList(new Object[] {0}, new Object[] {null}, new Object[] {null}, null));
    assertThat(keys).doesNotHaveDuplicates();
    assertThat(keys.get(1)).isEqualTo(BigInteger.ONE.shiftLeft(32).add(BigInteger.valueOf(101)));
    RowEncoder encoder = encoder(INT_FIELD, key(33, INT), 0);
    encoder.begin(0, 1);
    assertThatThrownBy(() -> encoder.put(0, new Object[] {null}))
        .isInstanceOfSatisfying(
            TrefoilException.class, e -> assertThat(e.condition()).isEqualTo(Condition.NULL_VALUE))
        .hasMessageContaining("column id");
  }

  @Property
  void tuplesHashAlikeExactlyIfTheyAreEqual(
      @ForAll @net.jqwik.api.constraints.WithNull(0.3) @AlphaChars @StringLength(max = 2) String a,
      @ForAll @net.jqwik.api.constraints.WithNull(0.3) @AlphaChars @StringLength(max = 2) String b,
      @ForAll @net.jqwik.api.constraints.WithNull(0.3) @AlphaChars @StringLength(max = 2) String c,
      @ForAll @net.jqwik.api.constraints.WithNull(0.3) @AlphaChars @StringLength(max = 2)
          String d) {
    List<Field> fields =
        List.of(Encoded.field(DataType.string(4)), Encoded.field(DataType.string(4)));
    InputColumn hashed = new InputColumn(Form.HASHED, List.of(0, 1), List.of(), 100);
    ClearColumn column =
        Encoded.column(fields, null, hashed, List.of(new Object[] {a, b}, new Object[] {c, d}));
    assertThat(Encoded.unsigned(column, 0).equals(Encoded.unsigned(column, 1)))
        .isEqualTo(Arrays.asList(a, b).equals(Arrays.asList(c, d)));
    assertThat(Encoded.unsigned(column, 0).bitLength()).isLessThanOrEqualTo(100);
  }

  @Test
  void inAHashNullDiffersFromZeroAndFromTheEmptyString() {
    List<Field> fields =
        List.of(Encoded.field(DataType.decimal(30, 2)), Encoded.field(DataType.string(4)));
    InputColumn hashed = new InputColumn(Form.HASHED, List.of(0, 1), List.of(), 80);
    List<Object[]> rows = new ArrayList<>();
    for (Object number : new Object[] {null, BigDecimal.ZERO, new BigDecimal("-0.01")}) {
      for (Object text : new Object[] {null, "", "\0"}) {
        rows.add(new Object[] {number, text});
      }
    }
    ClearColumn column = Encoded.column(fields, null, hashed, rows);
    Set<BigInteger> seen = new HashSet<>();
    for (int r = 0; r < rows.size(); r++) {
      seen.add(Encoded.unsigned(column, r));
    }
    assertThat(seen).hasSameSizeAs(rows);
  }
}
