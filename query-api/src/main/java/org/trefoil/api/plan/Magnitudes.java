package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/**
 * How much of a row weighs in a SUM, for {@code dominance}. A sum tells much of an entity whose
 * part of it is so great that the others together are small; and a query must not make the others
 * great: {@code sum(x + 1000000)} less so many millions is {@code sum(x)}. So the argument is
 * multiplied out, constants (what is in every row the same, and a count gives away) are left out,
 * and every term that is left is measured by itself, without its sign and constant factors:
 *
 * <ul>
 *   <li>{@code x * (1 - d)} is x and x * d;
 *   <li>{@code CASE WHEN c THEN x ELSE y END} is x where c holds, and y where it does not;
 *   <li>a row whose argument is NULL weighs nothing.
 * </ul>
 *
 * What cannot be multiplied out, such as a quotient of columns, is refused.
 */
public final class Magnitudes {
  /**
   * Of a sum of up to n magnitudes a hundred times as much has to fit, with its sign: what two
   * hundredths of it are compared by.
   */
  static final int MARGIN = 128;

  private static final int TERMS = 8;

  /**
   * A term.
   *
   * @param value null: the same in every row
   * @param ofColumns whether it is a value of columns, and not only chosen by them
   */
  private record Term(Expr value, boolean ofColumns) {
    static final Term CONSTANT = new Term(null, false);
  }

  private Magnitudes() {}

  /** Whether a table asks how much single entities, or owners, weigh. */
  public static boolean measures(TablePolicy policy) {
    return (policy.minGroupSize() > 1 && policy.dominance() > 0) || policy.ownerDominance() > 0;
  }

  /**
   * The terms of the argument of a SUM as numbers that are never negative and never NULL; none of
   * what rests on no column.
   *
   * @throws TrefoilException UNSUPPORTED_FUNCTION if it cannot be multiplied out
   */
  public static List<Expr> of(Expr argument) {
    List<Expr> magnitudes = new ArrayList<>();
    for (Term term : terms(argument)) {
      if (term.ofColumns()) {
        Expr value = term.value();
        Expr absolute = new Expr.Call(Function.ABS, List.of(value), value.type(), value.nullable());
        // A term is not added up where another one is NULL, and so the argument.
        if (argument.nullable() && !value.equals(argument)) {
          absolute = chosen(List.of(Expressions.notNull(argument)), 0, absolute);
        }
        magnitudes.add(
            absolute.nullable()
                ? new Expr.Call(
                    Function.COALESCE,
                    List.of(absolute, number(absolute.type(), 0)),
                    absolute.type(),
                    false)
                : absolute);
      }
    }
    return List.copyOf(new LinkedHashSet<>(magnitudes));
  }

  /**
   * Whether {@code column}, a value that a query gives a name, is one term, or constant: where it
   * is summed under its name, its terms cannot be told apart.
   */
  public static boolean isOneTerm(Expr column) {
    List<Term> terms = terms(column);
    return terms.size() <= 1 || terms.stream().noneMatch(Term::ofColumns);
  }

  private static List<Term> terms(Expr expr) {
    Set<Term> terms = new LinkedHashSet<>();
    if (expr instanceof Expr.Literal literal) {
      if (literal.value() != null && !isZero(literal)) {
        terms.add(Term.CONSTANT);
      }
      return List.copyOf(terms);
    }
    if (expr instanceof Expr.FieldRef) {
      return List.of(new Term(expr, true));
    }
    Expr.Call call = (Expr.Call) expr;
    List<Expr> a = call.arguments();
    switch (call.function()) {
      case NEGATE -> terms.addAll(terms(a.get(0)));
      case ABS, ROUND -> terms.addAll(whole(call, a.get(0)));
      case ADD, SUBTRACT -> a.forEach(term -> terms.addAll(terms(term)));
      case MULTIPLY -> product(call, terms);
      case DIVIDE -> {
        if (!isConstant(a.get(1))) {
          throw refused(call);
        }
        terms.addAll(terms(a.get(0)));
      }
      case CAST -> cast(call, terms);
      case CASE -> ofCase(a, call.type(), terms);
      case COALESCE -> {
        List<Expr> branches = new ArrayList<>();
        for (Expr value : a.subList(0, a.size() - 1)) {
          branches.add(Expressions.notNull(value));
          branches.add(value);
        }
        branches.add(a.get(a.size() - 1));
        ofCase(branches, call.type(), terms);
      }
      case LEAST, GREATEST, NULLIF -> terms.addAll(terms(SpelledOut.of(call).orElseThrow()));
      case LENGTH, YEAR, QUARTER, MONTH, DAY, DAY_OF_WEEK, HOUR -> terms.add(new Term(call, true));
      default -> throw refused(call);
    }
    if (terms.size() > TERMS) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot tell how much single entities weigh in a sum: multiplied out, its argument has"
              + " more than "
              + TERMS
              + " terms. Use one SUM for each.");
    }
    return List.copyOf(terms);
  }

  /** Of one term a function that leaves its size, more or less, as it is. */
  private static List<Term> whole(Expr.Call call, Expr of) {
    List<Term> terms = terms(of);
    if (terms.isEmpty() || terms.equals(List.of(Term.CONSTANT))) {
      return terms;
    }
    if (terms.size() > 1) {
      throw refused(call);
    }
    return List.of(new Term(call, terms.get(0).ofColumns()));
  }

  private static void product(Expr.Call call, Set<Term> terms) {
    List<Term> left = terms(call.arguments().get(0));
    List<Term> right = terms(call.arguments().get(1));
    for (Term l : left) {
      for (Term r : right) {
        if (l.value() == null || r.value() == null) {
          terms.add(l.value() == null ? r : l);
        } else {
          boolean same = List.of(l.value(), r.value()).equals(call.arguments());
          terms.add(
              new Term(
                  same ? call : times(call, l.value(), r.value()), l.ofColumns() || r.ofColumns()));
        }
      }
    }
  }

  private static Expr times(Expr.Call call, Expr left, Expr right) {
    DataType l = left.type();
    DataType r = right.type();
    if (l.isInteger() && r.kind() == DataType.Kind.DECIMAL) {
      return times(call, decimal(left), right);
    }
    if (r.isInteger() && l.kind() == DataType.Kind.DECIMAL) {
      return times(call, left, decimal(right));
    }
    DataType type;
    if (l.isInteger() && l.equals(r)) {
      type = l;
    } else if (l.kind() == DataType.Kind.DECIMAL
        && r.kind() == DataType.Kind.DECIMAL
        && l.precision() + r.precision() < 38) {
      type = DataType.decimal(l.precision() + r.precision() + 1, l.scale() + r.scale());
    } else if (l.kind() == DataType.Kind.DOUBLE && r.kind() == DataType.Kind.DOUBLE) {
      type = DataType.fixedPoint(l.scale() + r.scale());
    } else {
      throw refused(call);
    }
    return new Expr.Call(
        Function.MULTIPLY, List.of(left, right), type, left.nullable() || right.nullable());
  }

  private static Expr decimal(Expr integer) {
    int digits =
        switch (integer.type().kind()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INT -> 10;
          default -> 19;
        };
    return new Expr.Call(
        Function.CAST, List.of(integer), DataType.decimal(digits, 0), integer.nullable());
  }

  private static void cast(Expr.Call call, Set<Term> terms) {
    Expr from = call.arguments().get(0);
    if (from.type().kind() == DataType.Kind.BOOLEAN) {
      terms.add(new Term(call, false));
      return;
    }
    if (!from.type().isNumeric() || !call.type().isNumeric()) {
      throw refused(call);
    }
    boolean exact = call.type().scale() >= from.type().scale();
    for (Term term : terms(from)) {
      terms.add(
          term.value() == null || !exact
              ? term
              : new Term(
                  new Expr.Call(
                      Function.CAST, List.of(term.value()), call.type(), term.value().nullable()),
                  term.ofColumns()));
    }
  }

  /** Condition, value, condition, value, ..., and the value where no condition holds. */
  private static void ofCase(List<Expr> a, DataType type, Set<Term> terms) {
    List<Expr> conditions = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    for (int i = 0; i + 1 < a.size(); i += 2) {
      conditions.add(a.get(i));
      values.add(a.get(i + 1));
    }
    if (a.size() % 2 == 1) {
      values.add(a.get(a.size() - 1));
    }
    for (int i = 0; i < values.size(); i++) {
      for (Term term : terms(values.get(i))) {
        Expr value = term.value() == null ? number(type, 1) : term.value();
        terms.add(new Term(chosen(conditions, i, value), term.ofColumns()));
      }
    }
  }

  /** {@code value} where branch {@code i} is taken, and zero elsewhere. */
  private static Expr chosen(List<Expr> conditions, int i, Expr value) {
    List<Expr> all = new ArrayList<>();
    Expr zero = number(value.type(), 0);
    for (int j = 0; j < conditions.size(); j++) {
      all.add(conditions.get(j));
      all.add(j == i ? value : zero);
    }
    all.add(i == conditions.size() ? value : zero);
    return new Expr.Call(Function.CASE, all, value.type(), value.nullable());
  }

  private static boolean isConstant(Expr expr) {
    return Expressions.refs(expr).isEmpty();
  }

  private static boolean isZero(Expr.Literal literal) {
    return literal.value() instanceof Number number && number.doubleValue() == 0;
  }

  private static Expr number(DataType type, int value) {
    return new Expr.Literal(
        type,
        switch (type.kind()) {
          case DECIMAL -> BigDecimal.valueOf(value).setScale(type.scale());
          case DOUBLE, FLOAT -> (double) value;
          default -> (long) value;
        });
  }

  private static TrefoilException refused(Expr.Call call) {
    return new TrefoilException(
        Condition.UNSUPPORTED_FUNCTION,
        "Cannot tell how much single entities weigh in a SUM with "
            + call.function()
            + ": a policy asks for dominance. Sum columns, products of columns, what CASE chooses"
            + " of them, or what is added of these.");
  }
}
