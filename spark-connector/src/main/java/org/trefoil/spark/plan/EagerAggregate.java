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
 * An aggregate over an outer join whose optional side may have many rows for a key: that side is
 * aggregated by the key first, so that at most one row matches, and the totals are put together
 * afterwards. A row without a match counts once.
 */
final class EagerAggregate {
  private final Rel kept;
  private final Rel many;
  private final int keptOffset;
  private final int manyOffset;
  private final List<Expr> keptKeys = new ArrayList<>();
  private final List<Expr> manyKeys = new ArrayList<>();
  private final List<Expr> manyFilters = new ArrayList<>();
  private final List<AggregateCall> partial = new ArrayList<>();

  private EagerAggregate(Rel.Join join) {
    boolean left = join.kind() == Rel.Join.Kind.LEFT;
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
        || (join.kind() != Rel.Join.Kind.LEFT && join.kind() != Rel.Join.Kind.RIGHT)
        || calls.stream().anyMatch(c -> c.kind() == AggregateCall.Kind.QUANTILE)) {
      return Optional.empty();
    }
    EagerAggregate eager = new EagerAggregate(join);
    return eager.readsCondition(join.condition(), isKey)
        ? eager.rewritten(groups, calls, aggregate.names())
        : Optional.empty();
  }

  private boolean readsCondition(Expr condition, BiPredicate<Rel, Set<Integer>> isKey) {
    for (Expr term : Expressions.terms(Function.AND, condition)) {
      if (isOverMany(term)) {
        manyFilters.add(overMany(term));
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
    Set<Integer> columns = new TreeSet<>();
    for (Expr key : manyKeys) {
      if (key instanceof Expr.FieldRef ref) {
        columns.add(ref.index());
      }
    }
    return !manyKeys.isEmpty() && !isKey.test(many, columns);
  }

  private Optional<Rel.Aggregate> rewritten(
      List<Expr> groups, List<AggregateCall> calls, List<String> names) {
    if (!groups.stream().allMatch(g -> Expressions.refs(g).isEmpty() || isOverKept(g))) {
      return Optional.empty();
    }
    List<AggregateCall> totals = new ArrayList<>();
    for (AggregateCall call : calls) {
      Optional<AggregateCall> total = total(call);
      if (total.isEmpty()) {
        return Optional.empty();
      }
      totals.add(total.get());
    }
    Rel filtered =
        manyFilters.isEmpty()
            ? many
            : new Rel.Filter(many, Expressions.joined(Function.AND, manyFilters));
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
        new Rel.Join(Rel.Join.Kind.LEFT, kept, once, Expressions.joined(Function.AND, equal));
    return Optional.of(
        new Rel.Aggregate(joined, groups.stream().map(this::overKept).toList(), totals, names));
  }

  private Optional<AggregateCall> total(AggregateCall call) {
    if (call.argument().isPresent() && !Expressions.refs(call.argument().get()).isEmpty()) {
      Expr argument = call.argument().get();
      if (isOverMany(argument)) {
        return isNullWithoutMatch(argument)
            ? Optional.of(ofMany(call, overMany(argument)))
            : Optional.empty();
      }
      return isOverKept(argument) ? ofKept(call, overKept(argument)) : Optional.empty();
    }
    return call.kind() == AggregateCall.Kind.COUNT && call.argument().isEmpty()
        ? Optional.of(sum(times(), DataType.BIGINT))
        : Optional.empty();
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
    return new Expr.FieldRef(column, call.type(), true);
  }

  private static Expr orElse(Expr count, long otherwise) {
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
