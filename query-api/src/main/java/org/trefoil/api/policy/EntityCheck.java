package org.trefoil.api.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.type.DataType;

/**
 * Keeps the columns that say whom a row is about, of tables with a minimum group size, from picking
 * people. They may be equated with columns of tables and tested for NULL; a constant or parameter
 * on the other side is refused, and so are all other comparisons, tables of one row (parameters
 * that their owner keeps secret) and tables of the analyst who asks, also where the entity is
 * reached through columns that the query equates with it. Equalities anywhere in the plan count,
 * whether or not they hold for every row: refusing too much is safe.
 */
final class EntityCheck {
  /** A column of an item, or with {@code leaf >= 0} of the table behind one of its branches. */
  private record Column(int leaf, int branch, int index) {
    static Column of(int index) {
      return new Column(-1, -1, index);
    }
  }

  /** An entity column. */
  private record Entity(TableDescriptor table, String column) {}

  private final NormalForm form;
  private final Map<Column, Column> above = new HashMap<>();
  private final Map<Column, Entity> entities = new HashMap<>();

  private EntityCheck(NormalForm form) {
    this.form = form;
  }

  /**
   * Returns if entities are only equated with columns of tables that may be.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the entity column and its table
   */
  static void check(NormalForm form, Plan plan, String analyst) {
    EntityCheck check = new EntityCheck(form);
    check.equate();
    check.name();
    if (!check.entities.isEmpty()) {
      check.leaves(plan.release().roles(analyst).contains("analyst:" + analyst) ? analyst : "");
      check.each(expr -> check.test(expr, false, index -> check.entity(Column.of(index))));
    }
  }

  // ---- what is the same

  private void equate() {
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Leaf leaf) {
        for (int b = 0; b < leaf.branches().size(); b++) {
          int branch = b;
          NormalForm.Branch of = leaf.branches().get(b);
          for (int c = 0; c < leaf.width(); c++) {
            Column column = Column.of(leaf.offset() + c);
            Expressions.refs(of.outputs().get(c))
                .forEach(ref -> unite(column, new Column(leaf.offset(), branch, ref)));
          }
          of.conditions().forEach(e -> equate(e, ref -> new Column(leaf.offset(), branch, ref)));
          of.outputs().forEach(e -> equate(e, ref -> new Column(leaf.offset(), branch, ref)));
        }
      } else {
        for (int c = item.offset(); c < item.offset() + item.width(); c++) {
          int column = c;
          if (isValue(item, c)) {
            form.behind(c)
                .forEach(
                    e ->
                        Expressions.refs(e)
                            .forEach(ref -> unite(Column.of(column), Column.of(ref))));
          }
        }
      }
    }
    each(expr -> equate(expr, Column::of));
    equalities(form.root());
  }

  /** Whether a column of aggregated rows shows values of what it was made from. */
  private static boolean isValue(NormalForm.Item item, int column) {
    if (!(item instanceof NormalForm.Grouped grouped)) {
      return true;
    }
    int call = column - grouped.offset() - grouped.groups().size();
    return call < 0
        || switch (grouped.calls().get(call).kind()) {
          case MIN, MAX, QUANTILE -> true;
          case SUM, COUNT -> false;
        };
  }

  private void equalities(NormalForm.Block block) {
    for (NormalForm.Equality e : block.equalities()) {
      equate(Expressions.refs(e.left()), Expressions.refs(e.right()), Column::of);
    }
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        equalities(grouped.input());
      } else if (item instanceof NormalForm.Outer outer) {
        equalities(outer.left());
        equalities(outer.right());
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(this::equalities);
      } else if (item instanceof NormalForm.Windowed windowed) {
        equalities(windowed.input());
      }
    }
  }

  private void equate(Expr expr, IntFunction<Column> column) {
    Expressions.visit(
        expr,
        e -> {
          if (e instanceof Expr.Call call && isEqual(call)) {
            equate(
                Expressions.refs(call.arguments().get(0)),
                Expressions.refs(call.arguments().get(1)),
                column);
          }
        });
  }

  private void equate(SortedSet<Integer> left, SortedSet<Integer> right, IntFunction<Column> of) {
    left.forEach(l -> right.forEach(r -> unite(of.apply(l), of.apply(r))));
  }

  private static boolean isEqual(Expr.Call call) {
    return call.function() == Function.EQUAL || call.function() == Function.NULL_SAFE_EQUAL;
  }

  private void unite(Column a, Column b) {
    Column left = root(a);
    Column right = root(b);
    if (!left.equals(right)) {
      above.put(left, right);
    }
  }

  private Column root(Column column) {
    Column at = column;
    while (above.containsKey(at)) {
      at = above.get(at);
    }
    return at;
  }

  private void name() {
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (int b = 0; b < leaf.branches().size(); b++) {
        TableDescriptor table = leaf.branches().get(b).table();
        for (int i = 0; i < leaf.branches().get(b).rel().fields().size(); i++) {
          String column = leaf.branches().get(b).rel().fields().get(i).name();
          if (table.policy().minGroupSize() > 1 && table.policy().entity().contains(column)) {
            entities.putIfAbsent(root(new Column(leaf.offset(), b, i)), new Entity(table, column));
          }
        }
      }
    }
  }

  private Optional<Entity> entity(Column column) {
    return Optional.ofNullable(entities.get(root(column)));
  }

  // ---- what is refused

  private void leaves(String analyst) {
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (int b = 0; b < leaf.branches().size(); b++) {
        int branch = b;
        NormalForm.Branch of = leaf.branches().get(b);
        TableDescriptor table = of.table();
        IntFunction<Optional<Entity>> entity =
            index -> entity(new Column(leaf.offset(), branch, index));
        of.conditions().forEach(e -> test(e, true, entity));
        of.outputs().forEach(e -> test(e, false, entity));
        for (int i = 0; i < of.rel().fields().size(); i++) {
          Optional<Entity> named =
              entity.apply(i).filter(e -> !e.table().owner().equals(table.owner()));
          if (named.isPresent() && table.isOneRow()) {
            throw refused(named.get(), "table " + table.name() + ", which has one row at most");
          }
          if (named.isPresent() && table.owner().equals(analyst)) {
            throw refused(named.get(), "table " + table.name() + " of the analyst who asks");
          }
        }
      }
    }
  }

  /** Every expression over the columns of all items. */
  private void each(Consumer<Expr> of) {
    each(form.root(), of);
    form.top().sort().forEach(key -> of.accept(key.expression()));
  }

  private void each(NormalForm.Block block, Consumer<Expr> of) {
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        each(grouped.input(), of);
        grouped.groups().forEach(of);
        for (AggregateCall call : grouped.calls()) {
          call.argument().ifPresent(of);
        }
      } else if (item instanceof NormalForm.Outer outer) {
        each(outer.left(), of);
        each(outer.right(), of);
        outer.on().forEach(of);
        outer.columns().forEach(of);
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> each(input, of));
        united.columns().forEach(columns -> columns.forEach(of));
      } else if (item instanceof NormalForm.Windowed windowed) {
        each(windowed.input(), of);
        windowed.columns().forEach(of);
        windowed.ordering().forEach(of);
        windowed.calls().forEach(call -> call.argument().ifPresent(of));
      }
    }
    block.conditions().forEach(of);
    for (NormalForm.Equality e : block.equalities()) {
      compared(List.of(e.left(), e.right()), of);
    }
  }

  /** An equality as the condition that it is. */
  private static void compared(List<Expr> sides, Consumer<Expr> of) {
    boolean nullable = sides.stream().anyMatch(Expr::nullable);
    of.accept(new Expr.Call(Function.EQUAL, sides, DataType.BOOLEAN, nullable));
  }

  /**
   * Looks for comparisons of entities in an expression.
   *
   * @param chooses whether its being true chooses rows
   */
  private void test(Expr expr, boolean chooses, IntFunction<Optional<Entity>> entity) {
    if (!(expr instanceof Expr.Call call)) {
      if (chooses) {
        refuse(expr, "a constant", entity);
      }
      return;
    }
    List<Expr> a = call.arguments();
    switch (call.function()) {
      case AND, OR, NOT -> a.forEach(e -> test(e, true, entity));
      case CASE -> {
        for (int i = 0; i < a.size(); i++) {
          test(a.get(i), i % 2 == 0 && i + 1 < a.size(), entity);
        }
      }
      case EQUAL, NULL_SAFE_EQUAL -> {
        if (a.stream().anyMatch(EntityCheck::hasConstant)) {
          refuse(call, "a constant", entity);
        }
        a.forEach(e -> test(e, false, entity));
      }
      case IS_NULL, IS_NOT_NULL -> a.forEach(e -> test(e, false, entity));
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, NULLIF, LEAST, GREATEST ->
          refuse(call, "anything by order", entity);
      case IN, LIKE, RLIKE, STARTS_WITH, ENDS_WITH, CONTAINS -> refuse(call, "a constant", entity);
      case DIVIDE, INTEGRAL_DIVIDE, REMAINDER -> {
        refuse(a.get(1), "zero", entity);
        a.forEach(e -> test(e, false, entity));
      }
      default -> {
        if (chooses) {
          refuse(call, "a constant", entity);
        }
        a.forEach(e -> test(e, false, entity));
      }
    }
  }

  private static boolean hasConstant(Expr expr) {
    boolean[] found = {false};
    Expressions.visit(expr, e -> found[0] |= e instanceof Expr.Literal);
    return found[0];
  }

  private static void refuse(Expr compared, String with, IntFunction<Optional<Entity>> entity) {
    for (int ref : Expressions.refs(compared)) {
      Optional<Entity> named = entity.apply(ref);
      if (named.isPresent()) {
        throw refused(named.get(), with);
      }
    }
  }

  private static TrefoilException refused(Entity entity, String with) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compare column "
            + entity.column()
            + " of table "
            + entity.table().name()
            + ", or a column that the query equates with it, with "
            + with
            + ": its policy names it under entity, and who is counted is not chosen by value. Leave"
            + " the comparison out, or ask owner "
            + entity.table().owner()
            + " to name another entity.");
  }
}
