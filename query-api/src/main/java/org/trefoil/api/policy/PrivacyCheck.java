package org.trefoil.api.policy;

import java.util.List;
import java.util.Optional;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;

/**
 * Refuses, over tables whose policies ask for {@code privacy}, whatever is more than one aggregate
 * of counts and sums over rows of which each is in it once: for that much noise is made. So no
 * nested or second aggregate (COUNT DISTINCT among them), no outer or semi join, no window, no MIN,
 * MAX or percentile, no sum of another owner's column, which may hold more than its owner has
 * declared, and no other table whose groups or sums are decided by exact numbers.
 */
final class PrivacyCheck {
  private final NormalForm form;
  private final TableDescriptor asking;

  private PrivacyCheck(NormalForm form, TableDescriptor asking) {
    this.form = form;
    this.asking = asking;
  }

  /**
   * @throws TrefoilException POLICY_VIOLATION naming the table
   */
  static void check(NormalForm form, Plan plan) {
    Optional<TableDescriptor> asking =
        form.leaves().stream()
            .flatMap(leaf -> leaf.branches().stream())
            .map(NormalForm.Branch::table)
            .filter(table -> table.policy().privacy().isPresent())
            .findFirst();
    asking.ifPresent(table -> new PrivacyCheck(form, table).plan(plan));
  }

  private static boolean asks(NormalForm.Leaf leaf) {
    return leaf.branches().stream().anyMatch(b -> b.table().policy().privacy().isPresent());
  }

  private void plan(Plan plan) {
    if (plan.release().ownKeys() || plan.release().kept().isPresent()) {
      throw refused("results for own keys or for nobody", "noise is for counts and sums");
    }
    List<NormalForm.Item> root = form.root().items();
    if (root.size() != 1
        || !(root.get(0) instanceof NormalForm.Grouped grouped)
        || !grouped.written()
        || form.items().size() != 1 + form.leaves().size()) {
      throw refused(
          "anything but one aggregate over tables and their inner joins (nested aggregates, DISTINCT"
              + " within aggregates, outer joins, subqueries, windows)",
          "what a row adds to it is not bounded");
    }
    if (form.leaves().stream().filter(PrivacyCheck::asks).count() > 1) {
      throw refused("joins of several such tables", "the noise is for the rows of one");
    }
    form.leaves().forEach(this::leaf);
    grouped.calls().forEach(this::call);
    form.root().conditions().forEach(c -> Expressions.visit(c, this::above));
    form.top().columns().forEach(c -> Expressions.visit(c, this::above));
    form.top().sort().forEach(k -> Expressions.visit(k.expression(), this::above));
  }

  private void leaf(NormalForm.Leaf leaf) {
    if (leaf.isKept()) {
      throw refused("joins with results that are kept", "their rows are not counted");
    }
    for (NormalForm.Branch branch : leaf.branches()) {
      if (branch.table().policy().privacy().isPresent()) {
        if (!(branch.rel() instanceof Rel.Scan)) {
          throw refused(
              "what its owner computes of several rows first", "a row may then be in many");
        }
      } else if (branch.table().policy().holdsBack()) {
        throw refused(
            "queries that also read " + branch.table().name(),
            "whose " + branch.table().policy().minimum() + " is decided by exact numbers");
      }
    }
  }

  private void call(AggregateCall call) {
    switch (call.kind()) {
      case MIN, MAX, QUANTILE ->
          throw refused(call.kind() + " of its rows", "such a value is one row's");
      case SUM -> {
        if (!call.argument().orElseThrow().type().isNumeric()) {
          throw refused("SUM of anything but numbers", "values have no range to be moved into");
        }
        delivered(call.argument().orElseThrow());
      }
      case COUNT -> {}
    }
  }

  /** What is summed is the protected table's; what chooses it may be anybody's. */
  private void delivered(Expr value) {
    if (value instanceof Expr.FieldRef ref) {
      if (!(form.item(ref.index()) instanceof NormalForm.Leaf leaf) || !asks(leaf)) {
        throw refused("SUM of another table's column", "it may hold more than its range says");
      }
    } else if (value instanceof Expr.Call call) {
      int size = call.arguments().size();
      for (int i = 0; i < size; i++) {
        if (call.function() != Function.CASE || i % 2 == 1 || i == size - 1) {
          delivered(call.arguments().get(i));
        }
      }
    }
  }

  private void above(Expr expr) {
    if (expr instanceof Expr.Call call
        && (call.function() == Function.DIVIDE
            || call.function() == Function.INTEGRAL_DIVIDE
            || call.function() == Function.REMAINDER)) {
      throw refused("quotients of its counts and sums on shares", "the divisor may be zero");
    }
  }

  private TrefoilException refused(String what, String why) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute "
            + what
            + ": the policy of table "
            + asking.name()
            + " asks for privacy, and "
            + why
            + ". Use COUNT, SUM or AVG of columns, by groups, or ask owner "
            + asking.owner()
            + " to leave it out.");
  }
}
