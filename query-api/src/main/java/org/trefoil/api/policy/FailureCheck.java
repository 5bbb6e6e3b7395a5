package org.trefoil.api.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.type.DataType;

/**
 * Refuses what fails for single rows of a table with a minimum: a division whose divisor may be
 * zero, a cast that not every value survives. That a query failed would tell that there is such a
 * row, however many rows stand beside it. Overflow is not looked for: where values have no declared
 * range, any sum of two could overflow.
 */
final class FailureCheck {
  private static final List<DataType.Kind> INTEGERS =
      List.of(
          DataType.Kind.TINYINT, DataType.Kind.SMALLINT, DataType.Kind.INT, DataType.Kind.BIGINT);

  private final NormalForm form;

  private FailureCheck(NormalForm form) {
    this.form = form;
  }

  /**
   * Returns if no row of a table with a minimum can make the query fail in this way; called in ANSI
   * mode only, in which these are errors.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table and what to write instead
   */
  static void check(NormalForm form) {
    FailureCheck check = new FailureCheck(form);
    check.block(form.root());
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Leaf leaf) {
        for (NormalForm.Branch branch : leaf.branches()) {
          branch.conditions().forEach(e -> look(e, List.of(branch.table())));
          branch.outputs().forEach(e -> look(e, List.of(branch.table())));
        }
      }
    }
  }

  private void block(NormalForm.Block block) {
    block.conditions().forEach(this::look);
    block
        .equalities()
        .forEach(
            e -> {
              look(e.left());
              look(e.right());
            });
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        block(grouped.input());
        grouped.groups().forEach(this::look);
        grouped.calls().forEach(call -> call.argument().ifPresent(this::look));
      } else if (item instanceof NormalForm.Outer outer) {
        block(outer.left());
        block(outer.right());
        outer.on().forEach(this::look);
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(this::block);
        united.columns().forEach(columns -> columns.forEach(this::look));
      } else if (item instanceof NormalForm.Windowed windowed) {
        block(windowed.input());
        windowed.columns().forEach(this::look);
        windowed.ordering().forEach(this::look);
        windowed.calls().forEach(call -> call.argument().ifPresent(this::look));
      }
    }
  }

  private void look(Expr expr) {
    List<TableDescriptor> tables = new ArrayList<>();
    rowsOf(expr, tables);
    look(expr, tables);
  }

  /** The tables whose single rows an expression reads; an aggregate of them is none. */
  private void rowsOf(Expr expr, List<TableDescriptor> tables) {
    for (int ref : Expressions.refs(expr)) {
      NormalForm.Item item = form.item(ref);
      if (item instanceof NormalForm.Leaf leaf) {
        leaf.branches().forEach(branch -> tables.add(branch.table()));
      } else if (!(item instanceof NormalForm.Grouped)) {
        form.behind(ref).forEach(behind -> rowsOf(behind, tables));
      }
    }
  }

  private static void look(Expr expr, List<TableDescriptor> tables) {
    Optional<TableDescriptor> counted =
        tables.stream().filter(table -> table.policy().holdsBack()).findFirst();
    if (counted.isPresent()) {
      Expressions.visit(expr, part -> part(part, counted.get()));
    }
  }

  private static void part(Expr part, TableDescriptor table) {
    if (!(part instanceof Expr.Call call)) {
      return;
    }
    switch (call.function()) {
      case DIVIDE, INTEGRAL_DIVIDE, REMAINDER -> {
        if (!neverZero(call.arguments().get(1), List.of())) {
          throw refused(
              table,
              "a division by what may be zero",
              "Divide by nullif(..., 0), which is NULL then");
        }
      }
      case CAST -> {
        if (mayFail(call.arguments().get(0).type(), call.type())) {
          throw refused(
              table,
              "a cast of " + call.arguments().get(0).type().sql() + " to " + call.type().sql(),
              "Compare or count the values as they are, or cast to a type that holds all of them");
        }
      }
      default -> {}
    }
  }

  /**
   * @param excluded expressions that are not zero here
   */
  private static boolean neverZero(Expr divisor, List<Expr> excluded) {
    if (divisor instanceof Expr.Literal literal) {
      return literal.value() == null || !isZero(literal);
    }
    if (excluded.contains(divisor)) {
      return true;
    }
    if (!(divisor instanceof Expr.Call call)) {
      return false;
    }
    List<Expr> a = call.arguments();
    return switch (call.function()) {
      case NULLIF -> a.get(1) instanceof Expr.Literal by && isZero(by);
      case NEGATE, ABS -> neverZero(a.get(0), excluded);
      case CAST -> keepsFractions(a.get(0).type(), call.type()) && neverZero(a.get(0), excluded);
      case CASE -> {
        List<Expr> known = new ArrayList<>(excluded);
        for (int i = 0; i + 1 < a.size(); i += 2) {
          if (!neverZero(a.get(i + 1), known)) {
            yield false;
          }
          zeroTested(a.get(i)).ifPresent(known::add);
        }
        yield a.size() % 2 == 0 || neverZero(a.get(a.size() - 1), known);
      }
      default -> false;
    };
  }

  /** What a condition compares with zero; where it does not hold, that is something else. */
  private static Optional<Expr> zeroTested(Expr condition) {
    if (condition instanceof Expr.Call call && call.function() == Function.EQUAL) {
      for (int i = 0; i < 2; i++) {
        if (call.arguments().get(i) instanceof Expr.Literal literal && isZero(literal)) {
          return Optional.of(call.arguments().get(1 - i));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isZero(Expr.Literal literal) {
    return literal.value() instanceof Number number && number.doubleValue() == 0;
  }

  private static boolean keepsFractions(DataType from, DataType to) {
    return switch (from.kind()) {
      case DECIMAL ->
          to.isFixedPoint() || (to.kind() == DataType.Kind.DECIMAL && to.scale() >= from.scale());
      case DOUBLE, FLOAT -> to.isFixedPoint();
      default -> from.isInteger() && to.isNumeric();
    };
  }

  private static boolean mayFail(DataType from, DataType to) {
    switch (from.kind()) {
      case STRING:
        return !to.isBytes();
      case DOUBLE, FLOAT:
        return to.isInteger()
            || to.kind() == DataType.Kind.DECIMAL
            || to.kind() == DataType.Kind.TIMESTAMP;
      default:
        break;
    }
    if (from.isInteger() && to.isInteger()) {
      return INTEGERS.indexOf(to.kind()) < INTEGERS.indexOf(from.kind());
    }
    return (to.isInteger() || to.kind() == DataType.Kind.DECIMAL)
        && digits(from, to) > digitsHeld(to);
  }

  /** The most digits before the point that a value has once it is rounded as {@code to} asks. */
  private static int digits(DataType from, DataType to) {
    boolean rounded = to.kind() == DataType.Kind.DECIMAL && to.scale() < from.scale();
    return switch (from.kind()) {
      case BOOLEAN -> 1;
      case TINYINT -> 3;
      case SMALLINT -> 5;
      case INT -> 10;
      case BIGINT -> 19;
      case TIMESTAMP -> 13; // seconds
      case DECIMAL -> from.precision() - from.scale() + (rounded ? 1 : 0);
      default -> Integer.MAX_VALUE;
    };
  }

  /** So many digits before the point fit, whatever they are. */
  private static int digitsHeld(DataType to) {
    return switch (to.kind()) {
      case TINYINT -> 2;
      case SMALLINT -> 4;
      case INT -> 9;
      case BIGINT -> 18;
      default -> to.precision() - to.scale();
    };
  }

  private static TrefoilException refused(TableDescriptor table, String what, String instead) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute "
            + what
            + " over table "
            + table.name()
            + ": its policy has a "
            + table.policy().minimum()
            + ", and that the query fails would tell of a single row. "
            + instead
            + ".");
  }
}
