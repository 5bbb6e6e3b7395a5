package org.trefoil.spark.share;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.encode.ResultDecoder;

/** A layout that loses nothing, and the rows that it was given, read back from a store. */
final class SharedRows {
  private SharedRows() {}

  /** Every field so that it can be decoded, each with its validity. */
  static List<InputColumn> columns(List<Field> fields) {
    List<InputColumn> columns = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      DataType type = fields.get(i).type();
      columns.add(
          switch (type.kind()) {
            case BOOLEAN -> new InputColumn(Form.BIT, List.of(i), List.of(), 1);
            case STRING -> {
              Slot slot = Slot.ofString(type.precision());
              yield new InputColumn(Form.ORDERED, List.of(i), List.of(slot), slot.width());
            }
            default -> new InputColumn(Form.ARITHMETIC, List.of(i), List.of(), 128);
          });
      columns.add(new InputColumn(Form.VALID, List.of(i), List.of(), 1));
    }
    return columns;
  }

  static FragmentEncoder encoder(List<Field> fields) {
    return new FragmentEncoder(
        fields,
        Arrays.asList(new Bounds[fields.size()]),
        columns(fields),
        0,
        0,
        null,
        OptionalInt.empty(),
        OptionalInt.empty(),
        List.of());
  }

  /** The real rows that the store holds, as text, in no order. */
  static List<String> of(FakeStore store, List<Field> fields) {
    List<ResultColumn> results = new ArrayList<>();
    for (Field field : fields) {
      boolean text = field.type().kind() == DataType.Kind.STRING;
      boolean bit = field.type().kind() == DataType.Kind.BOOLEAN;
      Slot slot = text ? Slot.ofString(field.type().precision()) : null;
      results.add(
          new ResultColumn(
              new Field(field.name(), field.type(), true),
              bit ? Form.BIT : text ? Form.ORDERED : Form.ARITHMETIC,
              slot,
              bit ? 1 : text ? slot.width() : 128));
    }
    List<String> rows = new ArrayList<>();
    for (List<ClearColumn> chunk : store.opened()) {
      List<ClearColumn> values = chunk.subList(1, 1 + 2 * fields.size());
      List<Object[]> decoded = new ResultDecoder(results).rows(values);
      for (int r = 0; r < decoded.size(); r++) {
        if ((chunk.get(0).limbs()[0][r >>> 6] >>> r & 1) != 0) {
          rows.add(Arrays.toString(decoded.get(r)));
        } else if (Arrays.stream(decoded.get(r)).anyMatch(v -> v != null)) {
          throw new AssertionError("a dummy row holds a value");
        }
      }
    }
    return rows.stream().sorted().toList();
  }

  /** What Spark itself reads, as text, in no order. */
  static List<String> of(Dataset<Row> rows) {
    List<String> all = new ArrayList<>();
    for (Row row : rows.collectAsList()) {
      Object[] values = new Object[row.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = plain(row.get(i));
      }
      all.add(Arrays.toString(values));
    }
    return all.stream().sorted().toList();
  }

  private static Object plain(Object value) {
    if (value instanceof Date date) {
      return date.toLocalDate().toEpochDay();
    }
    if (value instanceof Timestamp time) {
      return BigInteger.valueOf(Math.floorDiv(time.getTime(), 1000L))
          .multiply(BigInteger.valueOf(1_000_000))
          .add(BigInteger.valueOf(time.getNanos() / 1000))
          .longValueExact();
    }
    return value instanceof BigDecimal
            || !(value instanceof Number number)
            || value instanceof Double
        ? value
        : (Object) number.longValue();
  }
}
