package org.trefoil.executor.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.executor.operator.Fields;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The columns of a relation, in the forms that the layout gives them. */
record BodyFields(InputLayout layout, List<Origin> references, JoinedRows data) implements Fields {
  @Override
  public int rows() {
    return data.rows();
  }

  @Override
  public Bits bit(int field) {
    return (Bits) data.column(Reference.column(references.get(field), Form.BIT, layout));
  }

  @Override
  public Optional<Bits> present(int field) {
    return column(field, Form.VALID).map(Bits.class::cast);
  }

  @Override
  public Optional<Ordered> ordered(int field) {
    Origin of = references.get(field);
    return column(field, Form.ORDERED)
        .map(
            words ->
                new Ordered(
                    (Words) words,
                    layout
                        .columns(of.node())
                        .get(layout.column(of.node(), Form.ORDERED, List.of(of.output())))
                        .slots()
                        .get(0)));
  }

  @Override
  public Optional<Sums> sums(int field) {
    return column(field, Form.ARITHMETIC).map(Sums.class::cast);
  }

  private Optional<SharedColumn> column(int field, Form form) {
    Origin of = references.get(field);
    List<Integer> outputs = List.of(of.output());
    return layout.has(of.node(), form, outputs)
        ? Optional.of(data.column(Reference.column(of, form, layout)))
        : Optional.empty();
  }
}
