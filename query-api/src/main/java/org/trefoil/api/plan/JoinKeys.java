package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * The equalities of a join in a remainder.
 *
 * @param left key columns of the left input, as positions among its columns
 * @param right the columns that are equal to them, as positions among the right input's columns
 * @param residual what the condition demands besides, over left columns, then right columns
 */
public record JoinKeys(List<Integer> left, List<Integer> right, List<Expr> residual) {
  public JoinKeys {
    left = List.copyOf(left);
    right = List.copyOf(right);
    residual = List.copyOf(residual);
  }

  /** Reads the condition of {@code join}. */
  public static JoinKeys of(Rel.Join join) {
    int width = join.left().fields().size();
    List<Integer> left = new ArrayList<>();
    List<Integer> right = new ArrayList<>();
    List<Expr> residual = new ArrayList<>();
    for (Expr term : Expressions.terms(Function.AND, join.condition())) {
      if (term instanceof Expr.Literal literal && Boolean.TRUE.equals(literal.value())) {
        continue;
      }
      // The keys come first; after them an equality is one condition among others.
      if (residual.isEmpty()
          && term instanceof Expr.Call call
          && call.function() == Function.EQUAL
          && call.arguments().get(0) instanceof Expr.FieldRef a
          && call.arguments().get(1) instanceof Expr.FieldRef b
          && a.index() < width
          && b.index() >= width) {
        left.add(a.index());
        right.add(b.index() - width);
      } else {
        residual.add(term);
      }
    }
    return new JoinKeys(left, right, residual);
  }
}
