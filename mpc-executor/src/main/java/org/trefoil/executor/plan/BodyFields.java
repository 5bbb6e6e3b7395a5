package org.trefoil.executor.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.executor.operator.Fields;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The columns of a relation of the body, in the forms that the layout gives them. */
record BodyFields(InputLayout layout, List<Reference> references, JoinedRows data)
    implements Fields {
  @Override
  public int rows() {
    return data.rows();
  }

  /** Whether the layout has the boolean column {@code field} itself, not only as part of a key. */
  boolean hasBit(int field) {
    Reference ref = references.get(field);
    return layout.has(ref.source(), Form.BIT, List.of(ref.output()));
  }

  @Override
  public Bits bit(int field) {
    Reference ref = references.get(field);
    return (Bits)
        data.column(
            new ColumnId(
                ref.source(), layout.column(ref.source(), Form.BIT, List.of(ref.output()))));
  }

  @Override
  public Optional<Bits> present(int field) {
    return column(field, Form.VALID).map(Bits.class::cast);
  }

  @Override
  public Optional<Ordered> ordered(int field) {
    Reference ref = references.get(field);
    return column(field, Form.ORDERED)
        .map(
            words ->
                new Ordered(
                    (Words) words,
                    layout
                        .columns(ref.source())
                        .get(layout.column(ref.source(), Form.ORDERED, List.of(ref.output())))
                        .slots()
                        .get(0)));
  }

  @Override
  public Optional<Sums> sums(int field) {
    return column(field, Form.ARITHMETIC).map(Sums.class::cast);
  }

  private Optional<SharedColumn> column(int field, Form form) {
    Reference ref = references.get(field);
    List<Integer> outputs = List.of(ref.output());
    return layout.has(ref.source(), form, outputs)
        ? Optional.of(
            data.column(new ColumnId(ref.source(), layout.column(ref.source(), form, outputs))))
        : Optional.empty();
  }
}
