package org.trefoil.executor.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.Slot;
import org.trefoil.executor.operator.Fields;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The aggregates of groups, each in the form in which it is made: one row per group. */
record AggregateFields(int rows, List<Column> columns) implements Fields {
  /**
   * One column in its one form.
   *
   * @param bit of a BOOLEAN
   * @param words with {@code slot}
   * @param present null where NULL cannot occur
   */
  record Column(Bits bit, Words words, Slot slot, Sums sums, Bits present) {
    static Column of(Bits bit, Bits present) {
      return new Column(bit, null, null, null, present);
    }

    static Column of(Words words, Slot slot, Bits present) {
      return new Column(null, words, slot, null, present);
    }

    static Column of(Sums sums, Bits present) {
      return new Column(null, null, null, sums, present);
    }
  }

  @Override
  public Bits bit(int field) {
    return columns.get(field).bit();
  }

  @Override
  public Optional<Bits> present(int field) {
    return Optional.ofNullable(columns.get(field).present());
  }

  @Override
  public Optional<Ordered> ordered(int field) {
    Column column = columns.get(field);
    return column.words() == null
        ? Optional.empty()
        : Optional.of(new Ordered(column.words(), column.slot()));
  }

  @Override
  public Optional<Sums> sums(int field) {
    return Optional.ofNullable(columns.get(field).sums());
  }
}
