package org.trefoil.api.plan;

import java.util.List;
import java.util.stream.Collectors;
import org.trefoil.api.type.Field;

/** Prints relations and expressions on one line, so that tests can pin them. */
final class Text {
  private Text() {}

  static String of(Rel rel) {
    if (rel instanceof Rel.Scan s) {
      return s.owner() + names(s.fields());
    }
    if (rel instanceof Rel.Input in) {
      return "#" + in.source() + names(in.fields());
    }
    if (rel instanceof Rel.Filter f) {
      return of(f.input()) + ".where(" + of(f.condition(), f.fields()) + ")";
    }
    if (rel instanceof Rel.Project p) {
      return of(p.input()) + ".select(" + of(p.expressions(), p.input().fields()) + ")";
    }
    if (rel instanceof Rel.Join j) {
      return "("
          + of(j.left())
          + (j.kind() == Rel.Join.Kind.INNER ? " * " : " " + j.kind() + " ")
          + of(j.right())
          + " on "
          + of(j.condition(), j.joined())
          + ")";
    }
    if (rel instanceof Rel.Aggregate a) {
      List<Field> in = a.input().fields();
      return of(a.input())
          + ".group("
          + of(a.groups(), in)
          + "; "
          + a.calls().stream()
              .map(c -> c.kind() + "(" + c.argument().map(e -> of(e, in)).orElse("*") + ")")
              .collect(Collectors.joining(", "))
          + ")";
    }
    if (rel instanceof Rel.Sort s) {
      return of(s.input())
          + ".sort("
          + s.keys().stream()
              .map(k -> of(k.expression(), s.fields()) + (k.ascending() ? "" : " desc"))
              .collect(Collectors.joining(", "))
          + ")";
    }
    if (rel instanceof Rel.Limit l) {
      return of(l.input()) + ".limit(" + l.offset() + ", " + l.count() + ")";
    }
    return rel.inputs().stream().map(Text::of).collect(Collectors.joining(" + ", "(", ")"));
  }

  static String of(Expr expr, List<Field> fields) {
    if (expr instanceof Expr.FieldRef ref) {
      return fields.get(ref.index()).name() + (ref.nullable() ? "?" : "");
    }
    if (expr instanceof Expr.Literal l) {
      return String.valueOf(l.value());
    }
    Expr.Call call = (Expr.Call) expr;
    return call.function().wireName() + "(" + of(call.arguments(), fields) + ")";
  }

  private static String of(List<Expr> expressions, List<Field> fields) {
    return expressions.stream().map(e -> of(e, fields)).collect(Collectors.joining(", "));
  }

  private static String names(List<Field> fields) {
    return fields.stream().map(Field::name).collect(Collectors.joining(", ", "[", "]"));
  }
}
