package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;

/** Output {@code output} of a source's fragments. */
record Reference(int source, int output) {
  /** The columns of a relation of the body, which are those of its inputs, left to right. */
  static List<Reference> of(Rel body) {
    List<Reference> all = new ArrayList<>();
    if (body instanceof Rel.Input input) {
      for (int i = 0; i < input.fields().size(); i++) {
        all.add(new Reference(input.source(), i));
      }
    }
    body.inputs().forEach(in -> all.addAll(of(in)));
    return all;
  }

  /** The forms of this output alone that are shared. */
  Set<ColumnId> columns(InputLayout layout) {
    Set<ColumnId> found = new LinkedHashSet<>();
    for (Form form : List.of(Form.VALID, Form.BIT, Form.ARITHMETIC, Form.ORDERED)) {
      if (layout.has(source, form, List.of(output))) {
        found.add(new ColumnId(source, layout.column(source, form, List.of(output))));
      }
    }
    return found;
  }

  /** The columns that an expression over {@code references} reads. */
  static Set<ColumnId> columns(Expr expression, List<Reference> references, InputLayout layout) {
    Set<ColumnId> found = new LinkedHashSet<>();
    if (expression instanceof Expr.FieldRef field) {
      found.addAll(references.get(field.index()).columns(layout));
    } else if (expression instanceof Expr.Call call) {
      call.arguments().forEach(a -> found.addAll(columns(a, references, layout)));
    }
    return found;
  }
}
