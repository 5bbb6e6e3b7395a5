package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/**
 * Which rows the values of one group do not share. {@code sum(x)} less {@code sum(x) FILTER (WHERE
 * c)} is the sum of x over the rows without c: the values of few rows, if there are few.
 *
 * <p>The conditions of related values cut the rows of a group into pieces: the rows for which the
 * same of them hold. Whatever is computed from sums of one function over the rows of some
 * conditions each, in however many steps, is computed from its sums over the pieces, and a linear
 * combination of values never tells more than some of these. So if of every piece no row or k
 * distinct ones (entities) are there, no difference rests on fewer than k, but none at all. If
 * another number is there, every related value that has a condition is held back, and values of all
 * rows are left, which are over the same rows. Values that ask only that columns are not NULL are
 * decided before the others, among themselves.
 *
 * <p>Two values are related if a column goes into both, or if both may add up the same number for
 * every row: counts, and functions of columns. A sum of a bare column is not related to a count.
 * What is compared is which rows there are, never which function is computed of them.
 */
final class Differences {
  /** More pieces than this are refused: each is counted on shares. */
  static final int PIECES = 64;

  /**
   * A value of the groups.
   *
   * @param conditions on which rows each of its parts weighs
   * @param everyRow whether a part has no condition
   * @param columns the columns that go into it
   * @param bare whether it is of a column itself
   */
  record Value(
      List<Expr> conditions, boolean everyRow, Set<String> columns, boolean bare, String name) {
    boolean related(Value other) {
      return (!bare && !other.bare) || columns.stream().anyMatch(other.columns::contains);
    }
  }

  /** Something that is true of a row, or is not: NULL is not. */
  private record Term(Expr expr, boolean holds) {
    Term negated() {
      return new Term(expr, !holds);
    }

    boolean excludes(Term other) {
      if (other.equals(negated())) {
        return true;
      }
      return holds
          && other.holds
          && Span.of(expr).flatMap(mine -> Span.of(other.expr).map(mine::misses)).orElse(false);
    }
  }

  /**
   * The values that a comparison with a constant allows.
   *
   * @param least absent: there is none
   * @param greatest absent: there is none
   * @param open whether the bound itself is not allowed
   */
  private record Span(Expr of, Optional<Object> least, Optional<Object> greatest, boolean open) {
    static Optional<Span> of(Expr expr) {
      if (!(expr instanceof Expr.Call call) || call.arguments().size() != 2) {
        return Optional.empty();
      }
      Expr left = call.arguments().get(0);
      Expr right = call.arguments().get(1);
      boolean turned = left instanceof Expr.Literal;
      Expr of = turned ? right : left;
      // Doubles have two zeros.
      if (!((turned ? left : right) instanceof Expr.Literal literal)
          || literal.value() == null
          || of.type().isFixedPoint()) {
        return Optional.empty();
      }
      Optional<Object> bound = Optional.of(literal.value());
      Optional<Object> none = Optional.empty();
      return switch (call.function()) {
        case EQUAL -> Optional.of(new Span(of, bound, bound, false));
        case LESS, LESS_OR_EQUAL ->
            Optional.of(
                new Span(
                    of,
                    turned ? bound : none,
                    turned ? none : bound,
                    call.function() == Function.LESS));
        case GREATER, GREATER_OR_EQUAL ->
            Optional.of(
                new Span(
                    of,
                    turned ? none : bound,
                    turned ? bound : none,
                    call.function() == Function.GREATER));
        default -> Optional.empty();
      };
    }

    /** Whether no value is in both. */
    boolean misses(Span other) {
      return of.equals(other.of) && (below(other) || other.below(this));
    }

    private boolean below(Span other) {
      if (greatest.isEmpty() || other.least.isEmpty()) {
        return false;
      }
      Object a = greatest.get();
      Object b = other.least.get();
      int order;
      if (a instanceof Long x && b instanceof Long y) {
        order = x.compareTo(y);
      } else if (a instanceof BigDecimal x && b instanceof BigDecimal y) {
        order = x.compareTo(y);
      } else {
        // Texts are equal or not; how Spark orders them depends on their collation.
        boolean equated = least.equals(greatest) && other.least.equals(other.greatest);
        return equated && a.getClass() == b.getClass() && !a.equals(b);
      }
      return order < 0 || (order == 0 && (open || other.open));
    }
  }

  /** A condition as terms that all hold, and as a plan has it. */
  private record Rows(Set<Term> terms, Expr expr) {
    boolean excludes(Rows other) {
      return terms.stream().anyMatch(t -> other.terms.stream().anyMatch(t::excludes));
    }
  }

  private final Predicate<Expr> nullable;

  private Differences(Predicate<Expr> nullable) {
    this.nullable = nullable;
  }

  /**
   * For each value the conditions of the pieces; none where no difference rests on fewer rows.
   *
   * @param nullable whether an expression may be NULL on the rows that are grouped
   * @throws TrefoilException UNSUPPORTED_FUNCTION if there are more than {@link #PIECES} pieces
   */
  static List<List<Expr>> pieces(List<Value> values, Predicate<Expr> nullable) {
    Differences differences = new Differences(nullable);
    Classes<Integer> related = new Classes<>();
    for (int i = 0; i < values.size(); i++) {
      related.add(i);
      for (int j = 0; j < i; j++) {
        if (values.get(i).related(values.get(j))) {
          related.unite(j, i);
        }
      }
    }
    Map<Integer, List<Expr>> known = new LinkedHashMap<>();
    Map<Integer, List<Expr>> ofPresence = new LinkedHashMap<>();
    List<List<Expr>> all = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      boolean presence = differences.asksForPresence(values.get(i));
      all.add(
          differences.isConditional(values.get(i))
              ? (presence ? ofPresence : known)
                  .computeIfAbsent(
                      related.find(i),
                      root ->
                          differences.ofRelated(
                              related.members(root).stream().map(values::get).toList(), presence))
              : List.of());
    }
    return all;
  }

  private boolean isConditional(Value value) {
    return value.conditions().stream().anyMatch(c -> !terms(c).isEmpty());
  }

  /** Whether a value asks for nothing but that columns are not NULL. */
  private boolean asksForPresence(Value value) {
    return value.conditions().stream()
        .flatMap(c -> terms(c).stream())
        .allMatch(
            t ->
                t.holds()
                    && t.expr() instanceof Expr.Call call
                    && call.function() == Function.IS_NOT_NULL
                    && call.arguments().get(0) instanceof Expr.FieldRef);
  }

  private List<Expr> ofRelated(List<Value> all, boolean presence) {
    List<Value> values =
        presence ? all.stream().filter(this::asksForPresence).toList() : List.copyOf(all);
    Map<Set<Term>, Rows> distinct = new LinkedHashMap<>();
    boolean everyRow = false;
    for (Value value : values) {
      everyRow |= value.everyRow();
      for (Expr condition : value.conditions()) {
        Set<Term> terms = terms(condition);
        everyRow |= terms.isEmpty();
        if (!terms.isEmpty()) {
          distinct.putIfAbsent(terms, new Rows(terms, condition));
        }
      }
    }
    List<Rows> rows = List.copyOf(distinct.values());
    if (rows.isEmpty() || (!everyRow && disjoint(rows))) {
      return List.of();
    }
    List<Expr> pieces = new ArrayList<>();
    collect(rows, 0, new ArrayList<>(), new ArrayList<>(), everyRow, pieces, values);
    return pieces;
  }

  private static boolean disjoint(List<Rows> rows) {
    for (int i = 0; i < rows.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!rows.get(i).excludes(rows.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Adds what of {@code rows} may hold together, those before {@code at} being decided. */
  private static void collect(
      List<Rows> rows,
      int at,
      List<Rows> holding,
      List<Rows> others,
      boolean everyRow,
      List<Expr> pieces,
      List<Value> values) {
    if (at == rows.size()) {
      if (holding.isEmpty() && !everyRow) {
        return;
      }
      if (pieces.size() == PIECES) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_FUNCTION,
            "Cannot tell whether differences between "
                + String.join(", ", values.stream().map(Value::name).distinct().toList())
                + " rest on too few rows: their conditions, columns without a value among them, cut"
                + " a group into more than "
                + PIECES
                + " pieces. Ask for fewer of them in one query, group by what the conditions"
                + " compare, or leave rows without a value out (WHERE ... IS NOT NULL).");
      }
      List<Expr> all = new ArrayList<>(holding.stream().map(Rows::expr).toList());
      others.stream()
          .filter(o -> holding.stream().noneMatch(o::excludes))
          .forEach(o -> all.add(not(o.expr())));
      pieces.add(Expressions.joined(Function.AND, all));
      return;
    }
    Rows next = rows.get(at);
    Set<Term> known = known(holding, others);
    if (next.terms().stream().noneMatch(t -> known.stream().anyMatch(t::excludes))
        && others.stream().noneMatch(o -> with(known, next.terms()).containsAll(o.terms()))) {
      holding.add(next);
      collect(rows, at + 1, holding, others, everyRow, pieces, values);
      holding.remove(holding.size() - 1);
    }
    if (!known.containsAll(next.terms())) {
      others.add(next);
      collect(rows, at + 1, holding, others, everyRow, pieces, values);
      others.remove(others.size() - 1);
    }
  }

  private static Set<Term> known(List<Rows> holding, List<Rows> others) {
    Set<Term> known = new HashSet<>();
    holding.forEach(h -> known.addAll(h.terms()));
    others.stream()
        .filter(o -> o.terms().size() == 1)
        .forEach(o -> known.add(o.terms().iterator().next().negated()));
    return known;
  }

  private static Set<Term> with(Set<Term> known, Set<Term> more) {
    Set<Term> both = new HashSet<>(known);
    both.addAll(more);
    return both;
  }

  // ---- conditions -------------------------------------------------------------------------------

  /** What has to hold for {@code condition} to be true; nothing: it always is. */
  private Set<Term> terms(Expr condition) {
    Set<Term> terms = new LinkedHashSet<>();
    collect(condition, true, terms);
    return terms;
  }

  private void collect(Expr expr, boolean holds, Set<Term> terms) {
    if (expr instanceof Expr.Call call) {
      List<Expr> a = call.arguments();
      switch (call.function()) {
        case AND -> {
          if (holds) {
            a.forEach(each -> collect(each, true, terms));
            return;
          }
        }
        case NOT -> {
          if (!nullable.test(a.get(0))) {
            collect(a.get(0), !holds, terms);
            return;
          }
        }
        case COALESCE -> {
          if (a.size() == 2 && isFalse(a.get(1))) {
            collect(a.get(0), holds, terms);
            return;
          }
        }
        case IS_NOT_NULL -> {
          if (holds && !nullable.test(a.get(0))) {
            return;
          }
          if (holds
              && a.get(0) instanceof Expr.Call of
              && of.function() == Function.CASE
              && only(of, true, terms)) {
            return;
          }
        }
        case CASE -> {
          if (holds && only(call, false, terms)) {
            return;
          }
        }
        default -> {}
      }
    }
    if (!(holds && expr instanceof Expr.Literal literal && Boolean.TRUE.equals(literal.value()))) {
      terms.add(new Term(Expressions.plain(expr), holds));
    }
  }

  /**
   * Of a CASE with one branch that is not FALSE (or NULL): the condition of the branch, that no
   * condition before it holds, and that its value is true (or is there).
   */
  private boolean only(Expr.Call of, boolean there, Set<Term> terms) {
    List<Expr> a = of.arguments();
    int found = -1;
    for (int i = 1; i <= a.size(); i += 2) {
      int value = Math.min(i, a.size() - 1);
      if (i == a.size() && a.size() % 2 == 0) {
        break;
      }
      boolean nothing =
          there
              ? a.get(value) instanceof Expr.Literal literal && literal.value() == null
              : isFalse(a.get(value));
      if (!nothing) {
        if (found >= 0) {
          return false;
        }
        found = value;
      }
    }
    if (found < 0) {
      return false;
    }
    boolean last = found == a.size() - 1 && a.size() % 2 == 1;
    for (int i = 0; i < (last ? found : found - 1); i += 2) {
      collect(a.get(i), false, terms);
    }
    if (!last) {
      collect(a.get(found - 1), true, terms);
    }
    collect(there ? Expressions.notNull(a.get(found)) : a.get(found), true, terms);
    return true;
  }

  private static boolean isFalse(Expr expr) {
    return expr instanceof Expr.Literal literal && Boolean.FALSE.equals(literal.value());
  }

  private static Expr not(Expr condition) {
    return new Expr.Call(Function.NOT, List.of(condition), DataType.BOOLEAN, false);
  }
}
