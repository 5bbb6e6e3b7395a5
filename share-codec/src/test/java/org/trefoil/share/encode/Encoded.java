package org.trefoil.share.encode;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/** Encodes values of one column in one form; reads encoded rows back as numbers. */
final class Encoded {
  static final byte[] HASH_KEY = new byte[32];

  private Encoded() {}

  static Field field(DataType type) {
    return new Field("secret_col", type, true);
  }

  static InputColumn arithmetic(int width) {
    return new InputColumn(Form.ARITHMETIC, List.of(0), List.of(), width);
  }

  static InputColumn ordered(Slot... slots) {
    return slots(Form.ORDERED, 0, slots);
  }

  static InputColumn key(int width, Slot... slots) {
    return slots(Form.KEY, width, slots);
  }

  private static InputColumn slots(Form form, int width, Slot... slots) {
    int total = Arrays.stream(slots).mapToInt(Slot::width).sum();
    List<Integer> outputs = IntStream.range(0, slots.length).boxed().toList();
    return new InputColumn(form, outputs, List.of(slots), width == 0 ? total : width);
  }

  static ClearColumn column(
      List<Field> fields, Bounds bounds, InputColumn column, List<Object[]> rows) {
    List<Bounds> all = Collections.nCopies(fields.size(), bounds);
    RowEncoder encoder = new RowEncoder(fields, all, List.of(column), 0, 0, HASH_KEY);
    encoder.begin(0, rows.size());
    for (int r = 0; r < rows.size(); r++) {
      encoder.put(r, rows.get(r));
    }
    return encoder.finish().get(1);
  }

  /** One value of one column; the encoded row as an unsigned number. */
  static BigInteger one(DataType type, InputColumn column, Object value) {
    return unsigned(
        column(List.of(field(type)), null, column, Collections.singletonList(new Object[] {value})),
        0);
  }

  static BigInteger unsigned(ClearColumn column, int r) {
    if (column.shape().kind() == ColumnShape.Kind.BITS) {
      return BigInteger.valueOf(column.limbs()[0][r >>> 6] >>> r & 1);
    }
    BigInteger number = BigInteger.ZERO;
    for (int k = column.limbs().length - 1; k >= 0; k--) {
      number = number.shiftLeft(64).or(new BigInteger(Long.toUnsignedString(column.limbs()[k][r])));
    }
    return number;
  }
}
