package org.trefoil.executor.plan;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;

/** Which shared columns stand for the columns of a relation. */
final class Reference {
  private Reference() {}

  /** The forms of this column alone that are shared. */
  static Set<ColumnId> columns(Origin of, InputLayout layout) {
    Set<ColumnId> found = new LinkedHashSet<>();
    for (Form form : List.of(Form.VALID, Form.BIT, Form.ARITHMETIC, Form.ORDERED)) {
      if (layout.has(of.node(), form, List.of(of.output()))) {
        found.add(column(of, form, layout));
      }
    }
    return found;
  }

  /** One form of a column. */
  static ColumnId column(Origin of, Form form, InputLayout layout) {
    return new ColumnId(of.node(), layout.column(of.node(), form, List.of(of.output())));
  }

  /** The columns that an expression over columns that are made at {@code references} reads. */
  static Set<ColumnId> columns(Expr expression, List<Origin> references, InputLayout layout) {
    Set<ColumnId> found = new LinkedHashSet<>();
    if (expression instanceof Expr.FieldRef field) {
      found.addAll(columns(references.get(field.index()), layout));
    } else if (expression instanceof Expr.Call call) {
      call.arguments().forEach(a -> found.addAll(columns(a, references, layout)));
    }
    return found;
  }
}
