package org.trefoil.api.policy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;

/**
 * Refuses, over tables whose policies round, what would undo it: {@code sum(x * 1000)} is a
 * thousand times finer than {@code sum(x)}, a sum of somebody else's column that is 1000 in every
 * row counts rows as finely, and of {@code sum(x)} with several known numbers added the exact sum
 * follows. So a SUM is of a column of that table as it is, which CASE may choose; of a union, where
 * other rows may be known, one SUM of each column and one COUNT is shown. Quotients are computed
 * from what is shown, since a rounded divisor may be zero.
 */
final class RoundingCheck {
  private final NormalForm form;
  private final TableDescriptor asking;

  private RoundingCheck(NormalForm form, TableDescriptor asking) {
    this.form = form;
    this.asking = asking;
  }

  /**
   * @throws TrefoilException POLICY_VIOLATION naming the table
   */
  static void check(NormalForm form) {
    List<NormalForm.Leaf> rounding =
        form.leaves().stream()
            .filter(l -> l.branches().stream().anyMatch(b -> b.table().policy().rounding() > 1))
            .toList();
    if (rounding.isEmpty()) {
      return;
    }
    NormalForm.Leaf leaf = rounding.get(0);
    TableDescriptor asking =
        leaf.branches().stream()
            .map(NormalForm.Branch::table)
            .filter(table -> table.policy().rounding() > 1)
            .findFirst()
            .orElseThrow();
    RoundingCheck check = new RoundingCheck(form, asking);
    if (rounding.size() > 1) {
      throw check.refused("several tables that round in one query", "one counts the other's rows");
    }
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Grouped grouped && grouped.written()) {
        check.aggregate(grouped, leaf);
      }
    }
    form.root().conditions().forEach(c -> Expressions.visit(c, check::above));
    form.top().columns().forEach(c -> Expressions.visit(c, check::above));
    form.top().sort().forEach(k -> Expressions.visit(k.expression(), check::above));
  }

  private void aggregate(NormalForm.Grouped grouped, NormalForm.Leaf leaf) {
    Set<Integer> summed = new HashSet<>();
    Set<Expr> arguments = new HashSet<>();
    Set<Object> counts = new HashSet<>();
    boolean repeated = false;
    for (AggregateCall call : grouped.calls()) {
      if (call.kind() == AggregateCall.Kind.SUM) {
        Expr argument = call.argument().orElseThrow();
        if (argument.type().isInterval()) {
          throw refused("SUM of an INTERVAL", "it has no multiples that a policy declares");
        }
        Set<Integer> columns = new HashSet<>();
        bare(argument, leaf, columns);
        if (arguments.add(argument)) {
          repeated |= columns.stream().anyMatch(summed::contains);
          summed.addAll(columns);
        }
      } else if (call.kind() == AggregateCall.Kind.COUNT) {
        counts.add(call.argument());
      }
    }
    if (leaf.branches().size() > 1 && (repeated || counts.size() > 1)) {
      throw refused(
          "several SUMs of a column, or several COUNTs, over a union",
          "with known rows of another table in some of them the exact number follows");
    }
  }

  /** Requires a column of the table as it is, or nothing, whatever chooses. */
  private void bare(Expr value, NormalForm.Leaf leaf, Set<Integer> columns) {
    if (value instanceof Expr.FieldRef ref && form.item(ref.index()) == leaf) {
      for (NormalForm.Branch branch : leaf.branches()) {
        Expr output = branch.outputs().get(ref.index() - leaf.offset());
        boolean rounds = branch.table().policy().rounding() > 1;
        if (!isNothing(output) && (!(output instanceof Expr.FieldRef) || !rounds)) {
          throw refused(
              "SUM of a column that is not its own", "it may be finer than what is rounded");
        }
      }
      columns.add(ref.index());
      return;
    }
    if (isNothing(value)) {
      return;
    }
    if (value instanceof Expr.Call call) {
      List<Expr> a = call.arguments();
      if (call.function() == Function.CASE) {
        for (int i = 1; i < a.size(); i += 2) {
          bare(a.get(i), leaf, columns);
        }
        if (a.size() % 2 == 1) {
          bare(a.get(a.size() - 1), leaf, columns);
        }
        return;
      }
      if (call.function() == Function.COALESCE) {
        a.forEach(e -> bare(e, leaf, columns));
        return;
      }
      boolean sameNumber =
          call.function() == Function.CAST
              && a.get(0).type().isNumeric()
              && call.type().isNumeric();
      if (sameNumber) {
        bare(a.get(0), leaf, columns);
        return;
      }
    }
    throw refused(
        "SUM of anything but its columns", "multiples and other columns may be finer than these");
  }

  private static boolean isNothing(Expr value) {
    return value instanceof Expr.Literal literal
        && (literal.value() == null
            || (literal.value() instanceof Number number && number.doubleValue() == 0));
  }

  private void above(Expr expr) {
    if (expr instanceof Expr.Call call
        && (call.function() == Function.DIVIDE
            || call.function() == Function.INTEGRAL_DIVIDE
            || call.function() == Function.REMAINDER)) {
      throw refused("quotients of rounded numbers on shares", "the divisor may be zero");
    }
  }

  private TrefoilException refused(String what, String why) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute "
            + what
            + ": the policy of table "
            + asking.name()
            + " asks for rounding: "
            + asking.policy().rounding()
            + ", and "
            + why
            + ". Use SUM, AVG or COUNT of columns, or ask owner "
            + asking.owner()
            + " to leave it out.");
  }
}
