package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.trefoil.api.type.DataType;

/** Walks over and rewrites expressions. */
public final class Expressions {
  private Expressions() {}

  /** What takes the place of a column reference. */
  @FunctionalInterface
  public interface RefRewrite {
    Expr apply(Expr.FieldRef ref);
  }

  /** Replaces every column reference. */
  public static Expr replaceRefs(Expr expr, RefRewrite by) {
    if (expr instanceof Expr.FieldRef ref) {
      return by.apply(ref);
    }
    if (expr instanceof Expr.Call call) {
      return new Expr.Call(
          call.function(),
          call.arguments().stream().map(a -> replaceRefs(a, by)).toList(),
          call.type(),
          call.nullable());
    }
    return expr;
  }

  /** Replaces column i by {@code columns.get(i)}. */
  public static Expr substitute(Expr expr, List<Expr> columns) {
    return replaceRefs(expr, ref -> columns.get(ref.index()));
  }

  /** The columns that {@code expr} reads. */
  public static SortedSet<Integer> refs(Expr expr) {
    SortedSet<Integer> refs = new TreeSet<>();
    visit(
        expr,
        e -> {
          if (e instanceof Expr.FieldRef ref) {
            refs.add(ref.index());
          }
        });
    return refs;
  }

  /** Calls {@code visitor} for {@code expr} and everything in it, from the top. */
  public static void visit(Expr expr, Consumer<Expr> visitor) {
    visitor.accept(expr);
    if (expr instanceof Expr.Call call) {
      call.arguments().forEach(a -> visit(a, visitor));
    }
  }

  /** The terms of nested calls of an associative {@code function}, left to right. */
  public static List<Expr> terms(Function function, Expr expr) {
    List<Expr> terms = new ArrayList<>();
    collectTerms(function, expr, terms);
    return terms;
  }

  /** {@code terms} joined by AND or OR from the left; there is at least one. */
  public static Expr joined(Function function, List<Expr> terms) {
    Expr all = terms.get(0);
    for (Expr next : terms.subList(1, terms.size())) {
      all =
          new Expr.Call(
              function, List.of(all, next), DataType.BOOLEAN, all.nullable() || next.nullable());
    }
    return all;
  }

  /** {@code expr} with every part marked nullable, for comparing two by what they compute. */
  static Expr plain(Expr expr) {
    if (expr instanceof Expr.FieldRef ref) {
      return new Expr.FieldRef(ref.index(), ref.type(), true);
    }
    if (expr instanceof Expr.Call call) {
      return new Expr.Call(
          call.function(),
          call.arguments().stream().map(Expressions::plain).toList(),
          call.type(),
          true);
    }
    return expr;
  }

  static Expr notNull(Expr expr) {
    return new Expr.Call(Function.IS_NOT_NULL, List.of(expr), DataType.BOOLEAN, false);
  }

  /** {@code expr} marked as never NULL. */
  static Expr withoutNull(Expr expr) {
    if (expr instanceof Expr.FieldRef ref) {
      return new Expr.FieldRef(ref.index(), ref.type(), false);
    }
    if (expr instanceof Expr.Call call) {
      return new Expr.Call(call.function(), call.arguments(), call.type(), false);
    }
    return expr;
  }

  /** Whether {@code function} is NULL as soon as one argument is. */
  static boolean propagatesNull(Function function) {
    return switch (function) {
      case AND, OR, NULL_SAFE_EQUAL, IS_NULL, IS_NOT_NULL, CASE, COALESCE, NULLIF -> false;
      case LEAST, GREATEST, IN -> false;
      default -> true;
    };
  }

  /** The parts of {@code expr}, itself included, that are not NULL wherever it is not. */
  static List<Expr> notNullWith(Expr expr) {
    List<Expr> parts = new ArrayList<>();
    parts.add(plain(expr));
    if (expr instanceof Expr.Call call && propagatesNull(call.function())) {
      call.arguments().forEach(a -> parts.addAll(notNullWith(a)));
    }
    return parts;
  }

  private static void collectTerms(Function function, Expr expr, List<Expr> terms) {
    if (expr instanceof Expr.Call call && call.function() == function) {
      call.arguments().forEach(a -> collectTerms(function, a, terms));
    } else {
      terms.add(expr);
    }
  }
}
