package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * An aggregate over a join whose one side may have many rows for a key: that side is aggregated by
 * the key first, so that at most one row matches, and the totals are put together afterwards. Over
 * outer joins, whose optional side is aggregated and where a row without a match counts once; and
 * over inner joins of two relations of which neither has a key.
 */
final class EagerAggregate {
  private static final int DIGITS = 38;
  private static final int FACTOR_DIGITS = 18;
  private static final int SUM_DIGITS = 10;
  private static final int COUNT_DIGITS = 19;

  private final Rel kept;
  private final Rel many;
  private final int keptOffset;
  private final int manyOffset;
  private final List<Expr> keptKeys = new ArrayList<>();
  private final List<Expr> manyKeys = new ArrayList<>();
  private final List<Expr> manyFilters = new ArrayList<>();
  private final List<Expr> keptFilters = new ArrayList<>();
  private final boolean inner;
  private final List<AggregateCall> partial = new ArrayList<>();

  private EagerAggregate(Rel.Join join, boolean left) {
    inner = join.kind() == Rel.Join.Kind.INNER;
    kept = left ? join.left() : join.right();
    many = left ? join.right() : join.left();
    int width = join.left().fields().size();
    keptOffset = left ? 0 : width;
    manyOffset = left ? width : 0;
  }

  /**
   * The rewritten aggregate; empty if it is not such a one.
   *
   * @param isKey whether no two rows of a relation agree in the given columns
   */
  static Optional<Rel.Aggregate> of(Rel.Aggregate aggregate, BiPredicate<Rel, Set<Integer>> isKey) {
    Rel input = aggregate.input();
    List<Expr> groups = aggregate.groups();
    List<AggregateCall> calls = aggregate.calls();
    while (input instanceof Rel.Project project) {
      List<Expr> columns = project.expressions();
      groups = groups.stream().map(g -> Expressions.substitute(g, columns)).toList();
      calls =
          calls.stream()
              .map(c -> c.over(c.argument().map(a -> Expressions.substitute(a, columns))))
              .toList();
      input = project.input();
    }
    if (!(input instanceof Rel.Join join)
        || calls.stream().anyMatch(c -> c.kind() == AggregateCall.Kind.QUANTILE)) {
      return Optional.empty();
    }
    boolean two = !joins(join.left()) && !joins(join.right());
    List<Boolean> keptIsLeft =
        switch (join.kind()) {
          case LEFT -> List.of(true);
          case RIGHT -> List.of(false);
          // In another order more relations may be joined by their keys.
          case INNER -> two ? List.of(true, false) : List.of();
          default -> List.of();
        };
    for (boolean left : keptIsLeft) {
      EagerAggregate eager = new EagerAggregate(join, left);
      if (eager.readsCondition(join.condition(), isKey)) {
        Optional<Rel.Aggregate> rewritten = eager.rewritten(groups, calls, aggregate.names());
        if (rewritten.isPresent()) {
          return rewritten;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean joins(Rel rel) {
    return rel instanceof Rel.Join
        || (!(rel instanceof Rel.Aggregate)
            && rel.inputs().stream().anyMatch(EagerAggregate::joins));
  }

  private boolean readsCondition(Expr condition, BiPredicate<Rel, Set<Integer>> isKey) {
    for (Expr term : Expressions.terms(Function.AND, condition)) {
      if (isOverMany(term)) {
        manyFilters.add(overMany(term));
        continue;
      }
      if (inner && isOverKept(term)) {
        keptFilters.add(overKept(term));
        continue;
      }
      if (!(term instanceof Expr.Call call) || call.function() != Function.EQUAL) {
        return false;
      }
      Expr a = call.arguments().get(0);
      Expr b = call.arguments().get(1);
      if (isOverKept(a) && isOverMany(b)) {
        keptKeys.add(overKept(a));
        manyKeys.add(overMany(b));
      } else if (isOverMany(a) && isOverKept(b)) {
        keptKeys.add(overKept(b));
        manyKeys.add(overMany(a));
      } else {
        return false;
      }
    }
    return !manyKeys.isEmpty()
        && !isKey.test(many, columns(manyKeys))
        && !(inner && isKey.test(kept, columns(keptKeys)));
  }

  private static Set<Integer> columns(List<Expr> keys) {
    Set<Integer> columns = new TreeSet<>();
    for (Expr key : keys) {
      if (key instanceof Expr.FieldRef ref) {
        columns.add(ref.index());
      }
    }
    return columns;
  }

  private Optional<Rel.Aggregate> rewritten(
      List<Expr> groups, List<AggregateCall> calls, List<String> names) {
    List<Expr> by = new ArrayList<>();
    for (Expr group : groups) {
      Optional<Expr> same = group(group);
      if (same.isEmpty()) {
        return Optional.empty();
      }
      by.add(same.get());
    }
    List<AggregateCall> totals = new ArrayList<>();
    for (AggregateCall call : calls) {
      Optional<AggregateCall> total = total(call);
      if (total.isEmpty()) {
        return Optional.empty();
      }
      totals.add(total.get());
    }
    Rel filtered = filtered(many, manyFilters);
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < manyKeys.size() + partial.size(); i++) {
      columns.add("partial" + i);
    }
    Rel once = new Rel.Aggregate(filtered, manyKeys, partial, columns);
    List<Expr> equal = new ArrayList<>();
    for (int i = 0; i < keptKeys.size(); i++) {
      Field key = once.fields().get(i);
      Expr right = new Expr.FieldRef(kept.fields().size() + i, key.type(), key.nullable());
      equal.add(
          new Expr.Call(
              Function.EQUAL,
              List.of(keptKeys.get(i), right),
              DataType.BOOLEAN,
              keptKeys.get(i).nullable() || key.nullable()));
    }
    Rel joined =
        new Rel.Join(
            inner ? Rel.Join.Kind.INNER : Rel.Join.Kind.LEFT,
            filtered(kept, keptFilters),
            once,
            Expressions.joined(Function.AND, equal));
    return Optional.of(new Rel.Aggregate(joined, by, totals, names));
  }

  private static Rel filtered(Rel rel, List<Expr> conditions) {
    return conditions.isEmpty()
        ? rel
        : new Rel.Filter(rel, Expressions.joined(Function.AND, conditions));
  }

  /** The same group of the kept side; of the other one its key is in an inner join. */
  private Optional<Expr> group(Expr group) {
    if (Expressions.refs(group).isEmpty() || isOverKept(group)) {
      return Optional.of(overKept(group));
    }
    int key = inner && isOverMany(group) ? manyKeys.indexOf(overMany(group)) : -1;
    return key >= 0 && keptKeys.get(key).type().equals(group.type())
        ? Optional.of(keptKeys.get(key))
        : Optional.empty();
  }

  private Optional<AggregateCall> total(AggregateCall call) {
    if (call.argument().isPresent()) {
      Expr argument = call.argument().get();
      if (Expressions.refs(argument).isEmpty()) {
        return ofKept(call, argument);
      }
      if (isOverMany(argument)) {
        return inner || isNullWithoutMatch(argument)
            ? Optional.of(ofMany(call, overMany(argument)))
            : Optional.empty();
      }
      return isOverKept(argument) ? ofKept(call, overKept(argument)) : ofBoth(call, argument);
    }
    return Optional.of(sum(times(), DataType.BIGINT));
  }

  private AggregateCall ofMany(AggregateCall call, Expr argument) {
    Expr part = partial(new AggregateCall(call.kind(), Optional.of(argument), call.type()));
    return call.kind() == AggregateCall.Kind.COUNT
        ? sum(orElse(part, 0), DataType.BIGINT)
        : new AggregateCall(call.kind(), Optional.of(part), call.type());
  }

  private Optional<AggregateCall> ofKept(AggregateCall call, Expr argument) {
    if (call.kind() == AggregateCall.Kind.MIN || call.kind() == AggregateCall.Kind.MAX) {
      return Optional.of(new AggregateCall(call.kind(), Optional.of(argument), call.type()));
    }
    if (call.kind() == AggregateCall.Kind.COUNT) {
      Expr present =
          new Expr.Call(Function.IS_NOT_NULL, List.of(argument), DataType.BOOLEAN, false);
      return Optional.of(
          sum(
              new Expr.Call(
                  Function.CASE,
                  List.of(present, times(), new Expr.Literal(DataType.BIGINT, 0L)),
                  DataType.BIGINT,
                  false),
              DataType.BIGINT));
    }
    if (call.kind() == AggregateCall.Kind.SUM && isExact(argument)) {
      Expr often =
          new Expr.Call(
              Function.CAST,
              List.of(times()),
              DataType.decimal(COUNT_DIGITS, 0),
              times().nullable());
      return Optional.of(sum(product(argument, often), call.type()));
    }
    if (call.kind() != AggregateCall.Kind.SUM || !argument.type().isInteger()) {
      return Optional.empty();
    }
    Expr wide =
        argument.type().equals(DataType.BIGINT)
            ? argument
            : new Expr.Call(Function.CAST, List.of(argument), DataType.BIGINT, argument.nullable());
    return Optional.of(
        sum(
            new Expr.Call(
                Function.MULTIPLY, List.of(wide, times()), DataType.BIGINT, argument.nullable()),
            call.type()));
  }

  /** The sum of products of a factor of each side: of the one, times the sum of the other. */
  private Optional<AggregateCall> ofBoth(AggregateCall call, Expr argument) {
    if (!inner
        || call.kind() != AggregateCall.Kind.SUM
        || !(argument instanceof Expr.Call times)
        || times.function() != Function.MULTIPLY) {
      return Optional.empty();
    }
    Expr one = times.arguments().get(0);
    Expr other = times.arguments().get(1);
    boolean swapped = isOverMany(one);
    Expr ofKept = swapped ? other : one;
    Expr ofMany = swapped ? one : other;
    if (!isOverKept(ofKept) || !isOverMany(ofMany) || !isExact(ofKept) || !isExact(ofMany)) {
      return Optional.empty();
    }
    DataType type = DataType.decimal(ofMany.type().precision() + SUM_DIGITS, ofMany.type().scale());
    Expr part =
        partial(new AggregateCall(AggregateCall.Kind.SUM, Optional.of(overMany(ofMany)), type));
    return Optional.of(sum(product(overKept(ofKept), part), call.type()));
  }

  private static boolean isExact(Expr factor) {
    return factor.type().kind() == DataType.Kind.DECIMAL
        && factor.type().precision() <= FACTOR_DIGITS;
  }

  private static Expr product(Expr left, Expr right) {
    int digits = left.type().precision() + right.type().precision() + 1;
    return new Expr.Call(
        Function.MULTIPLY,
        List.of(left, right),
        DataType.decimal(Math.min(DIGITS, digits), left.type().scale() + right.type().scale()),
        left.nullable() || right.nullable());
  }

  /** How often a row of the kept side occurs in the join. */
  private Expr times() {
    return orElse(
        partial(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)), 1);
  }

  private Expr partial(AggregateCall call) {
    if (!partial.contains(call)) {
      partial.add(call);
    }
    int column = kept.fields().size() + manyKeys.size() + partial.indexOf(call);
    return new Expr.FieldRef(column, call.type(), !inner || call.nullable());
  }

  private static Expr orElse(Expr count, long otherwise) {
    if (!count.nullable()) {
      return count;
    }
    return new Expr.Call(
        Function.COALESCE,
        List.of(count, new Expr.Literal(DataType.BIGINT, otherwise)),
        DataType.BIGINT,
        false);
  }

  private static AggregateCall sum(Expr argument, DataType type) {
    return new AggregateCall(AggregateCall.Kind.SUM, Optional.of(argument), type);
  }

  /** Whether it is NULL where all columns of the optional side are. */
  private boolean isNullWithoutMatch(Expr expr) {
    if (expr instanceof Expr.FieldRef) {
      return true;
    }
    if (expr instanceof Expr.Literal literal) {
      return literal.value() == null;
    }
    Expr.Call call = (Expr.Call) expr;
    return switch (call.function()) {
      case ADD, SUBTRACT, MULTIPLY, NEGATE, CAST ->
          call.arguments().stream().anyMatch(this::isNullWithoutMatch);
      case CASE ->
          call.arguments().size() == 3
              && isNullWithoutMatch(call.arguments().get(2))
              && isNeverTrueWithoutMatch(call.arguments().get(0));
      default -> false;
    };
  }

  private boolean isNeverTrueWithoutMatch(Expr condition) {
    if (!(condition instanceof Expr.Call call)) {
      return condition instanceof Expr.FieldRef;
    }
    return switch (call.function()) {
      case AND -> call.arguments().stream().anyMatch(this::isNeverTrueWithoutMatch);
      case OR -> call.arguments().stream().allMatch(this::isNeverTrueWithoutMatch);
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
          call.arguments().stream().anyMatch(this::isNullWithoutMatch);
      case IS_NOT_NULL -> isNullWithoutMatch(call.arguments().get(0));
      default -> false;
    };
  }

  private boolean isOverMany(Expr expr) {
    return isOver(expr, manyOffset, many);
  }

  private boolean isOverKept(Expr expr) {
    return isOver(expr, keptOffset, kept);
  }

  private static boolean isOver(Expr expr, int offset, Rel side) {
    Set<Integer> refs = Expressions.refs(expr);
    return !refs.isEmpty()
        && refs.stream().allMatch(r -> r >= offset && r < offset + side.fields().size());
  }

  private Expr overMany(Expr expr) {
    return shifted(expr, manyOffset, many);
  }

  private Expr overKept(Expr expr) {
    return shifted(expr, keptOffset, kept);
  }

  private static Expr shifted(Expr expr, int offset, Rel side) {
    return Expressions.replaceRefs(
        expr,
        ref -> {
          Field field = side.fields().get(ref.index() - offset);
          return new Expr.FieldRef(ref.index() - offset, field.type(), field.nullable());
        });
  }
}
