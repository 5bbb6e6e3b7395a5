package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/**
 * Which rows weigh in an aggregate. An aggregate is taken apart into what it adds up or compares:
 * every branch of a CASE or COALESCE and every term of a sum is a part of its own, because
 * constants or known values in one part would lay another one bare. Each part has a condition, true
 * on the rows that weigh in it:
 *
 * <ul>
 *   <li>the argument is not NULL;
 *   <li>the branch is the one that is taken; a branch that is the constant zero is no part of a
 *       SUM, and branches that differ in their sign only are one part;
 *   <li>no factor of a product is zero, and no other computed value is. A column itself may be
 *       zero: nobody else has chosen that;
 *   <li>of a sum, what is left of it without constants is not zero either: how much these add up to
 *       is known.
 * </ul>
 *
 * A part that every row weighs in has no condition: the rows of the group are counted in any case.
 */
final class Weights {
  private static final int PARTS = 32;
  private static final Expr FALSE = new Expr.Literal(DataType.BOOLEAN, false);

  /** What an expression is part of. */
  private enum Place {
    /** Zero adds nothing. */
    SUM,
    /** Of a product, in which a zero leaves nothing of the other factors. */
    FACTOR,
    /** Zero is a value like others. */
    RANK,
    /** Of another function: which of its values is taken matters, not what it is. */
    ARGUMENT
  }

  /** Conditions of one part, all of which hold; none: it holds always. */
  private record Part(Set<Expr> all) {
    static final Part ALWAYS = new Part(Set.of());

    static Part of(Expr condition) {
      return new Part(Set.of(condition));
    }

    Part and(Collection<Expr> more) {
      Set<Expr> both = new LinkedHashSet<>(all);
      both.addAll(more);
      return new Part(both);
    }

    Expr condition() {
      return all.isEmpty()
          ? new Expr.Literal(DataType.BOOLEAN, true)
          : Expressions.joined(Function.AND, List.copyOf(all));
    }
  }

  /** Where columns come from. */
  interface Columns {
    /** Whether an expression reads one table only: its owner tests it in the clear. */
    boolean local(Expr expr);

    /** The aggregate that an inner query has computed in a column; empty for other columns. */
    Optional<AggregateCall> made(Expr.FieldRef column);
  }

  private final Columns columns;

  private Weights(Columns columns) {
    this.columns = columns;
  }

  /**
   * The conditions of the parts of an aggregate, none of which is ever NULL.
   *
   * @throws TrefoilException UNSUPPORTED_FUNCTION if there are too many parts
   */
  static List<Expr> of(AggregateCall call, Columns columns) {
    Set<Expr> conditions = new LinkedHashSet<>();
    for (Part part : all(call, columns)) {
      if (!part.all().isEmpty()) {
        conditions.add(part.condition());
      }
    }
    return List.copyOf(conditions);
  }

  /** Whether every row weighs in one of the parts. */
  static boolean ofEveryRow(AggregateCall call, Columns columns) {
    return all(call, columns).stream().anyMatch(part -> part.all().isEmpty());
  }

  private static List<Part> all(AggregateCall call, Columns columns) {
    if (call.argument().isEmpty()) {
      return List.of(Part.ALWAYS);
    }
    Expr argument = call.argument().get();
    Weights weights = new Weights(columns);
    Set<Part> parts =
        switch (call.kind()) {
          case COUNT -> Set.of(Part.ALWAYS);
          case SUM -> weights.parts(argument, Place.SUM);
          case MIN, MAX, QUANTILE -> weights.parts(argument, Place.RANK);
        };
    if (parts.isEmpty()) {
      // Only zeros are added up; whether there is one still shows.
      parts = Set.of(Part.ALWAYS);
    }
    return parts.stream().map(part -> part.and(present(argument))).toList();
  }

  private Set<Part> parts(Expr expr, Place place) {
    Set<Part> parts = new LinkedHashSet<>();
    if (expr instanceof Expr.Literal literal) {
      if (literal.value() != null && (chooses(place) || !isZero(literal))) {
        parts.add(Part.ALWAYS);
      }
      return parts;
    }
    if (!chooses(place) && isNumberOfRows(expr)) {
      return Set.of(Part.ALWAYS.and(present(expr)));
    }
    if (expr instanceof Expr.FieldRef ref) {
      parts.add(
          switch (place) {
            case SUM -> isComputed(ref) ? Part.of(notZero(ref)) : Part.ALWAYS.and(present(ref));
            case RANK -> Part.ALWAYS.and(present(ref));
            case FACTOR -> Part.of(notZero(ref));
            case ARGUMENT -> Part.ALWAYS;
          });
      return parts;
    }
    Expr.Call call = (Expr.Call) expr;
    List<Expr> a = call.arguments();
    if (call.type().kind() == DataType.Kind.BOOLEAN) {
      // A condition chooses rows, whether the result is what holds for one or what does not.
      parts.add(Part.of(isTrue(call)));
      parts.add(Part.of(not(isTrue(call))));
      return parts;
    }
    switch (call.function()) {
      case NEGATE, ABS -> parts.addAll(parts(a.get(0), place));
      case CAST -> {
        Expr from = a.get(0);
        if (from.type().kind() == DataType.Kind.BOOLEAN && !chooses(place)) {
          parts.add(Part.of(isTrue(from)));
        } else if (isWidening(call)) {
          parts.addAll(parts(from, place));
        } else {
          parts.addAll(ofFunction(call, place));
        }
      }
      case ADD, SUBTRACT -> {
        List<Expr> terms = new ArrayList<>();
        terms(call, terms);
        Set<Expr> all = new LinkedHashSet<>();
        terms.forEach(t -> all.addAll(present(t)));
        // Across tables only where the other factor would be laid bare: it costs a comparison.
        if (place == Place.FACTOR || (place != Place.ARGUMENT && columns.local(call))) {
          all.add(notZero(call));
          if (terms.stream().filter(t -> !(t instanceof Expr.Literal)).count() > 1) {
            withoutConstants(call).map(Weights::notZero).ifPresent(all::add);
          }
        }
        Place of = place == Place.FACTOR ? Place.SUM : place;
        for (Expr term : terms) {
          parts(term, of).forEach(p -> parts.add(p.and(all)));
        }
      }
      case MULTIPLY -> parts.addAll(product(call, place));
      case CASE -> parts.addAll(ofCase(a, place));
      case COALESCE -> {
        List<Expr> branches = new ArrayList<>();
        for (Expr value : a.subList(0, a.size() - 1)) {
          branches.add(Expressions.notNull(value));
          branches.add(value);
        }
        branches.add(a.get(a.size() - 1));
        parts.addAll(ofCase(branches, place));
      }
      case LEAST, GREATEST, NULLIF ->
          // Another owner's column may choose as a CASE does.
          parts.addAll(
              columns.local(call)
                  ? ofFunction(call, place)
                  : parts(SpelledOut.of(call).orElseThrow(), place));
      default -> parts.addAll(ofFunction(call, place));
    }
    return limited(parts);
  }

  /** Adds what {@code sum} adds up or takes away. */
  private static void terms(Expr sum, List<Expr> terms) {
    Expr of = sum;
    while (isWidening(of)) {
      of = ((Expr.Call) of).arguments().get(0);
    }
    if (isSum(of)) {
      ((Expr.Call) of).arguments().forEach(t -> terms(t, terms));
    } else {
      terms.add(sum);
    }
  }

  /** A sum without the terms that are constants; empty if all are. */
  private static Optional<Expr> withoutConstants(Expr sum) {
    if (sum instanceof Expr.Literal) {
      return Optional.empty();
    }
    if (isWidening(sum)) {
      Expr.Call cast = (Expr.Call) sum;
      return withoutConstants(cast.arguments().get(0))
          .map(of -> new Expr.Call(cast.function(), List.of(of), cast.type(), of.nullable()));
    }
    if (!isSum(sum)) {
      return Optional.of(sum);
    }
    Expr.Call call = (Expr.Call) sum;
    Optional<Expr> left = withoutConstants(call.arguments().get(0));
    Optional<Expr> right = withoutConstants(call.arguments().get(1));
    if (left.isPresent() && right.isPresent()) {
      boolean nullable = left.get().nullable() || right.get().nullable();
      return Optional.of(
          new Expr.Call(call.function(), List.of(left.get(), right.get()), call.type(), nullable));
    }
    return call.function() == Function.SUBTRACT && right.isPresent()
        ? right.map(r -> new Expr.Call(Function.NEGATE, List.of(r), r.type(), r.nullable()))
        : left.or(() -> right);
  }

  private static boolean isSum(Expr expr) {
    return expr instanceof Expr.Call call
        && (call.function() == Function.ADD || call.function() == Function.SUBTRACT);
  }

  /** Whether it is a number with no digits cut off. */
  private static boolean isWidening(Expr expr) {
    return expr instanceof Expr.Call call
        && call.function() == Function.CAST
        && call.type().isNumeric()
        && call.arguments().get(0).type().isNumeric()
        && call.type().scale() >= call.arguments().get(0).type().scale();
  }

  /** Whether a query has computed what is in a column. */
  private boolean isComputed(Expr.FieldRef column) {
    return columns
        .made(column)
        .filter(
            call ->
                call.kind() == AggregateCall.Kind.COUNT
                    || !(call.argument().orElseThrow() instanceof Expr.FieldRef))
        .isPresent();
  }

  /** Whether it is the number of rows of an inner query's group: never zero. */
  private boolean isNumberOfRows(Expr expr) {
    Expr of = expr;
    while (isWidening(of)) {
      of = ((Expr.Call) of).arguments().get(0);
    }
    return of instanceof Expr.FieldRef ref
        && columns
            .made(ref)
            .filter(call -> call.kind() == AggregateCall.Kind.COUNT && call.argument().isEmpty())
            .isPresent();
  }

  /** Whether it is how often a row occurs in a join; of an outer one once without a match. */
  private boolean isOften(Expr expr) {
    Expr of = expr;
    while (isWidening(of)) {
      of = ((Expr.Call) of).arguments().get(0);
    }
    return isNumberOfRows(
        of instanceof Expr.Call call
                && call.function() == Function.COALESCE
                && call.arguments().size() == 2
                && call.arguments().get(1) instanceof Expr.Literal otherwise
                && Long.valueOf(1).equals(otherwise.value())
            ? call.arguments().get(0)
            : of);
  }

  private Set<Part> product(Expr.Call call, Place place) {
    Expr left = call.arguments().get(0);
    Expr right = call.arguments().get(1);
    for (int i = 0; i < 2; i++) {
      Expr other = call.arguments().get(1 - i);
      if (!chooses(place) && isOften(call.arguments().get(i))) {
        return both(parts(other, place), parts(call.arguments().get(i), Place.FACTOR));
      }
      if (call.arguments().get(i) instanceof Expr.Literal factor && factor.value() != null) {
        return isZero(factor) && !chooses(place) ? Set.of() : parts(other, place);
      }
    }
    Place of = place == Place.ARGUMENT ? place : Place.FACTOR;
    return both(parts(left, of), parts(right, of));
  }

  private static Set<Part> both(Set<Part> left, Set<Part> right) {
    Set<Part> parts = new LinkedHashSet<>();
    for (Part l : left) {
      for (Part r : right) {
        parts.add(l.and(r.all()));
      }
    }
    return limited(parts);
  }

  /** Condition, value, condition, value, ..., and the value where no condition holds. */
  private Set<Part> ofCase(List<Expr> a, Place place) {
    boolean otherwise = a.size() % 2 == 1;
    List<Expr> values = new ArrayList<>();
    for (int i = 1; i < a.size(); i += 2) {
      values.add(a.get(i));
    }
    if (otherwise) {
      values.add(a.get(a.size() - 1));
    }
    Map<Expr, List<Integer>> alike = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      Expr value = chooses(place) ? values.get(i) : unsigned(values.get(i));
      alike.computeIfAbsent(Expressions.plain(value), v -> new ArrayList<>()).add(i);
    }
    Set<Part> parts = new LinkedHashSet<>();
    for (List<Integer> branches : alike.values()) {
      Expr value = values.get(branches.get(0));
      for (Part part : parts(value, place)) {
        Expr holds = part.and(present(value)).condition();
        if (branches.size() == values.size() && otherwise) {
          parts.add(part.and(present(value)));
          continue;
        }
        List<Expr> chosen = new ArrayList<>();
        for (int i = 0; i + 1 < a.size(); i += 2) {
          chosen.add(a.get(i));
          chosen.add(branches.contains(i / 2) ? holds : FALSE);
        }
        chosen.add(otherwise && branches.contains(values.size() - 1) ? holds : FALSE);
        parts.add(Part.of(new Expr.Call(Function.CASE, chosen, DataType.BOOLEAN, false)));
      }
    }
    return limited(parts);
  }

  /** Every choice within the arguments is one, and the result is not zero. */
  private Set<Part> ofFunction(Expr.Call call, Place place) {
    Set<Part> parts = new LinkedHashSet<>(List.of(Part.ALWAYS));
    for (Expr argument : call.arguments()) {
      if (argument instanceof Expr.Literal) {
        continue;
      }
      Set<Part> finer = new LinkedHashSet<>();
      for (Part choice : parts(argument, Place.ARGUMENT)) {
        parts.forEach(p -> finer.add(p.and(choice.all())));
      }
      parts = limited(finer);
    }
    if (place == Place.ARGUMENT || !call.type().isSummable()) {
      return parts;
    }
    Set<Part> weighing = new LinkedHashSet<>();
    parts.forEach(p -> weighing.add(p.and(List.of(notZero(call)))));
    return weighing;
  }

  private static Set<Part> limited(Set<Part> parts) {
    if (parts.size() > PARTS) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot count the rows that weigh in an aggregate: its argument chooses between more than "
              + PARTS
              + " values. Use one aggregate for each.");
    }
    return parts;
  }

  // ---- conditions -------------------------------------------------------------------------------

  private static List<Expr> present(Expr expr) {
    return expr.nullable() ? List.of(Expressions.notNull(expr)) : List.of();
  }

  private static Expr isTrue(Expr condition) {
    return condition.nullable()
        ? new Expr.Call(Function.COALESCE, List.of(condition, FALSE), DataType.BOOLEAN, false)
        : condition;
  }

  private static Expr not(Expr condition) {
    return new Expr.Call(Function.NOT, List.of(condition), DataType.BOOLEAN, false);
  }

  private static Expr notZero(Expr number) {
    Expr zero = new Expr.Literal(number.type(), zero(number.type()));
    Expr differs =
        not(
            new Expr.Call(
                Function.NULL_SAFE_EQUAL, List.of(number, zero), DataType.BOOLEAN, false));
    return number.nullable()
        ? Expressions.joined(Function.AND, List.of(Expressions.notNull(number), differs))
        : differs;
  }

  private static Object zero(DataType type) {
    return switch (type.kind()) {
      case DECIMAL -> BigDecimal.ZERO.setScale(type.scale());
      case DOUBLE, FLOAT -> 0.0;
      default -> 0L;
    };
  }

  /** Whether zero is a value like others. */
  private static boolean chooses(Place place) {
    return place == Place.RANK || place == Place.ARGUMENT;
  }

  private static boolean isZero(Expr.Literal literal) {
    Object value = literal.value();
    return (value instanceof Long number && number == 0)
        || (value instanceof BigDecimal decimal && decimal.signum() == 0)
        || (value instanceof Double real && real == 0);
  }

  /** {@code expr} without its sign. */
  private static Expr unsigned(Expr expr) {
    if (expr instanceof Expr.Call call && call.function() == Function.NEGATE) {
      return unsigned(call.arguments().get(0));
    }
    if (expr instanceof Expr.Literal literal && literal.value() instanceof Long number) {
      return new Expr.Literal(literal.type(), Math.abs(number));
    }
    if (expr instanceof Expr.Literal literal && literal.value() instanceof BigDecimal decimal) {
      return new Expr.Literal(literal.type(), decimal.abs());
    }
    return expr;
  }
}
