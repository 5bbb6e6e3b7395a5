package org.trefoil.api.policy;

import java.util.Optional;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Magnitudes;
import org.trefoil.api.plan.NormalForm;

/**
 * Refuses, over tables whose policies ask for {@code dominance} or {@code owner-dominance}, what
 * would show the greatest value whatever share of a sum it is, and sums that cannot be multiplied
 * out: MIN, MAX and percentiles of numbers, and sums of columns of a subquery or union that are
 * sums themselves.
 */
final class DominanceCheck {
  private final NormalForm form;
  private final TableDescriptor asking;

  private DominanceCheck(NormalForm form, TableDescriptor asking) {
    this.form = form;
    this.asking = asking;
  }

  /**
   * @throws TrefoilException POLICY_VIOLATION naming the table; UNSUPPORTED_FUNCTION
   */
  static void check(NormalForm form) {
    Optional<TableDescriptor> asking =
        form.leaves().stream()
            .flatMap(leaf -> leaf.branches().stream())
            .map(NormalForm.Branch::table)
            .filter(table -> Magnitudes.measures(table.policy()))
            .findFirst();
    if (asking.isEmpty()) {
      return;
    }
    if (form.items().stream().anyMatch(DominanceCheck::sums)) {
      requireOwners(form);
    }
    DominanceCheck check = new DominanceCheck(form, asking.get());
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Grouped grouped && grouped.written()) {
        grouped.calls().forEach(check::call);
      }
    }
  }

  private static boolean sums(NormalForm.Item item) {
    return item instanceof NormalForm.Grouped grouped
        && grouped.written()
        && grouped.calls().stream().anyMatch(c -> c.kind() == AggregateCall.Kind.SUM);
  }

  /** Of one or two owners always one dominates. */
  private static void requireOwners(NormalForm form) {
    for (NormalForm.Leaf leaf : form.leaves()) {
      long owners = leaf.branches().stream().map(b -> b.table().owner()).distinct().count();
      for (NormalForm.Branch branch : leaf.branches()) {
        if (branch.table().policy().ownerDominance() > 0 && owners < 3) {
          throw new TrefoilException(
              Condition.POLICY_VIOLATION,
              "Cannot compute a SUM over table "
                  + branch.table().name()
                  + " in a union of "
                  + owners
                  + (owners == 1 ? " owner" : " owners")
                  + ": its policy asks for owner-dominance: "
                  + branch.table().policy().ownerDominance()
                  + ", and of fewer than three owners one always has too much. Unite tables of"
                  + " three owners or more, or ask owner "
                  + branch.table().owner()
                  + " to leave it out.");
        }
      }
    }
  }

  private void call(AggregateCall call) {
    if (call.argument().isEmpty()) {
      return;
    }
    Expr argument = call.argument().get();
    switch (call.kind()) {
      case SUM -> {
        if (argument.type().isInterval()) {
          throw refused("SUM of an INTERVAL", "nobody tells how much single entities weigh in it");
        }
        // What cannot be multiplied out is refused there.
        Magnitudes.of(argument).forEach(term -> Expressions.visit(term, this::named));
      }
      case MIN, MAX, QUANTILE -> {
        if (argument.type().isSummable()) {
          throw refused(
              call.kind() + " of a number", "it shows one value, and may show the greatest");
        }
      }
      case COUNT -> {}
    }
  }

  /** A column that a union or subquery has made is summed as it is. */
  private void named(Expr part) {
    if (!(part instanceof Expr.FieldRef ref) || !ref.type().isNumeric()) {
      return;
    }
    if (form.item(ref.index()) instanceof NormalForm.Leaf leaf) {
      for (NormalForm.Branch branch : leaf.branches()) {
        one(branch.outputs().get(ref.index() - leaf.offset()));
      }
    } else {
      for (Expr behind : form.behind(ref.index())) {
        one(behind);
        Expressions.visit(behind, this::named);
      }
    }
  }

  private void one(Expr column) {
    if (column.type().isNumeric() && !Magnitudes.isOneTerm(column)) {
      throw refused(
          "SUM of a column that is made of several in a union or subquery",
          "what single entities weigh in each of them cannot be told apart");
    }
  }

  private TrefoilException refused(String what, String why) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute "
            + what
            + ": the policy of table "
            + asking.name()
            + " asks for "
            + (asking.policy().dominance() > 0 ? "dominance" : "owner-dominance")
            + ", and "
            + why
            + ". Use SUM, AVG or COUNT of columns, or ask owner "
            + asking.owner()
            + " to leave it out.");
  }
}
