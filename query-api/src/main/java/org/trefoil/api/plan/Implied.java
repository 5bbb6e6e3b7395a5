package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.type.DataType;

/** Finds conditions that follow from the equi-joins and other conditions. */
final class Implied {
  private final List<NormalForm.Item> items;
  private final Classes<Expr> keys = new Classes<>();
  private final Map<Expr, Integer> names = new HashMap<>();
  private final Set<Expr> notNull = new HashSet<>();

  Implied(List<NormalForm.Item> items, List<NormalForm.Equality> equalities) {
    this.items = items;
    for (NormalForm.Equality e : equalities) {
      keys.unite(Expressions.plain(e.left()), Expressions.plain(e.right()));
      notNull.addAll(Expressions.notNullWith(e.left()));
      notNull.addAll(Expressions.notNullWith(e.right()));
    }
  }

  List<Expr> withoutImplied(List<Expr> conditions) {
    for (Expr condition : conditions) {
      if (!isNotNull(condition)) {
        notNull.addAll(Expressions.notNullWith(condition));
      }
    }
    Map<Expr, Expr> kept = new LinkedHashMap<>();
    for (Expr condition : conditions) {
      if (isImpliedNotNull(condition)) {
        continue;
      }
      Expr form = overClasses(Expressions.plain(condition));
      Expr other = kept.get(form);
      if (other == null || (mayFilter(condition) && !mayFilter(other))) {
        kept.put(form, condition);
      }
    }
    return new ArrayList<>(kept.values());
  }

  NormalForm.Leaf withoutImplied(NormalForm.Leaf leaf) {
    List<NormalForm.Branch> branches = new ArrayList<>();
    for (NormalForm.Branch b : leaf.branches()) {
      List<Expr> columns = new ArrayList<>();
      for (int i = 0; i < leaf.fields().size(); i++) {
        columns.add(new Expr.FieldRef(leaf.offset() + i, leaf.fields().get(i).type(), true));
      }
      branches.add(
          new NormalForm.Branch(
              b.table(),
              b.rel(),
              b.conditions().stream()
                  .filter(c -> overOutputs(c, b, columns).filter(this::isImpliedNotNull).isEmpty())
                  .toList(),
              b.outputs()));
    }
    return new NormalForm.Leaf(List.copyOf(branches), leaf.fields(), leaf.offset());
  }

  private static boolean isNotNull(Expr condition) {
    return condition instanceof Expr.Call call && call.function() == Function.IS_NOT_NULL;
  }

  /** Whether a join or another condition already leaves out the rows where it is NULL. */
  private boolean isImpliedNotNull(Expr condition) {
    return isNotNull(condition)
        && notNull.contains(Expressions.plain(((Expr.Call) condition).arguments().get(0)));
  }

  /** {@code expr} with every join key replaced by a name that all keys equal to it share. */
  private Expr overClasses(Expr expr) {
    if (keys.contains(expr)) {
      int name = names.computeIfAbsent(keys.find(expr), k -> -1 - names.size());
      return new Expr.FieldRef(name, DataType.BOOLEAN, true);
    }
    if (expr instanceof Expr.Call call) {
      return new Expr.Call(
          call.function(),
          call.arguments().stream().map(this::overClasses).toList(),
          call.type(),
          true);
    }
    return expr;
  }

  private boolean mayFilter(Expr condition) {
    for (int ref : Expressions.refs(condition)) {
      if (!(NormalForm.item(ref, items) instanceof NormalForm.Leaf leaf)) {
        continue;
      }
      for (NormalForm.Branch b : leaf.branches()) {
        for (int column : Expressions.refs(b.outputs().get(ref - leaf.offset()))) {
          String name = b.rel().fields().get(column).name();
          if (!b.table().policy().column(name).use().contains(Verb.FILTER)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** A branch's condition written over the leaf's columns, if they suffice for it. */
  static Optional<Expr> overOutputs(Expr condition, NormalForm.Branch branch, List<Expr> columns) {
    for (int i = 0; i < columns.size(); i++) {
      if (!(branch.outputs().get(i) instanceof Expr.Literal)
          && Expressions.plain(branch.outputs().get(i)).equals(Expressions.plain(condition))) {
        return Optional.of(columns.get(i));
      }
    }
    if (condition instanceof Expr.FieldRef) {
      return Optional.empty();
    }
    if (condition instanceof Expr.Call call) {
      List<Expr> arguments = new ArrayList<>();
      for (Expr a : call.arguments()) {
        Optional<Expr> over = overOutputs(a, branch, columns);
        if (over.isEmpty()) {
          return Optional.empty();
        }
        arguments.add(over.get());
      }
      return Optional.of(new Expr.Call(call.function(), arguments, call.type(), call.nullable()));
    }
    return Optional.of(condition);
  }
}
