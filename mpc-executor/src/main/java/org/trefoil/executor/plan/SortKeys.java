package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.Numbers;
import org.trefoil.executor.operator.Reencode;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/** What rows are ordered by, as one word. */
record SortKeys(
    Party party,
    InputLayout layout,
    List<Origin> references,
    BodyFields fields,
    Expressions expressions) {
  /** For each key a NULL bit, if it can be NULL, then its value; the first key highest. */
  Words of(Step at, List<Rel.Sort.Key> keys) {
    List<SharedColumn> parts = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      Rel.Sort.Key key = keys.get(i);
      Bits present = expressions.present(key.expression());
      if (present != null) {
        parts.add(key.nullsFirst() ? present : Local.not(party, present));
      }
      Words value = value(at.child("key" + i), key.expression());
      parts.add(key.ascending() ? value : Local.not(party, value));
    }
    return Local.beside(parts);
  }

  private Words value(Step at, Expr expression) {
    if (expression.type().kind() == DataType.Kind.BOOLEAN) {
      return Local.words(expressions.condition(expression).yes());
    }
    if (expression instanceof Expr.FieldRef field && fields.ordered(field.index()).isPresent()) {
      return fields.ordered(field.index()).get().words();
    }
    Bounds bounds = layout.bounds(references, expression);
    // A NULL holds zero, which the slot must hold too.
    BigInteger least = bounds.least().min(BigInteger.ZERO);
    BigInteger greatest = bounds.greatest().max(BigInteger.ZERO);
    int width = Math.max(1, greatest.subtract(least).bitLength());
    int ring = layout.ring(references, expression);
    Numbers number = expressions.summable(expression, ring);
    return Reencode.toOrdered(party, at, number.values(), new Slot(least, width));
  }
}
