package org.trefoil.api.policy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.Plan;

/**
 * Refuses sums in which a recipient's own rows weigh the rows of a table with a minimum. Whoever
 * chooses a factor for every person of a group reads single ones from the sum, or from the
 * difference of two, however many people it counts: {@code sum(x * w)} with a million for one and 1
 * for the others, {@code sum(x * a - x * b)} with a and b that differ for one.
 *
 * <p>What is added, or chosen by a condition, is no factor: a sum of it is one of each, over rows
 * that are counted. A table of one row weighs everybody the same. A policy that asks for {@code
 * dominance} measures what a single person weighs, and of sums that differ in it allows one.
 */
final class FactorCheck {
  private final NormalForm form;
  private final Set<String> recipients;

  private FactorCheck(NormalForm form, Set<String> recipients) {
    this.form = form;
    this.recipients = recipients;
  }

  /**
   * Returns if recipients weigh nobody.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table that weighs, and the one that asks
   *     for a minimum
   */
  static void check(NormalForm form, Plan plan, String analyst) {
    Set<String> recipients = new HashSet<>();
    for (String role : plan.release().roles(analyst)) {
      recipients.add(role.substring(role.indexOf(':') + 1));
    }
    FactorCheck check = new FactorCheck(form, recipients);
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        for (AggregateCall call : grouped.calls()) {
          if (call.kind() == AggregateCall.Kind.SUM) {
            check.sum(call.argument().orElseThrow());
          }
        }
      }
    }
  }

  /** Looks for factors in {@code expr}, whose terms are added up one by one. */
  private void sum(Expr expr) {
    if (expr instanceof Expr.FieldRef ref) {
      if (!(form.item(ref.index()) instanceof NormalForm.Grouped)) {
        form.behind(ref.index()).forEach(this::sum);
      }
      return;
    }
    if (!(expr instanceof Expr.Call call)) {
      return;
    }
    List<Expr> a = call.arguments();
    switch (call.function()) {
      case ADD, SUBTRACT, NEGATE, CAST, COALESCE -> a.forEach(this::sum);
      case CASE -> {
        for (int i = 0; i < a.size(); i++) {
          if (i % 2 == 1 || i == a.size() - 1) {
            sum(a.get(i));
          }
        }
      }
      default -> require(call);
    }
  }

  /** Returns if {@code call} does not combine what a recipient and a table with a minimum have. */
  private void require(Expr.Call call) {
    Set<NormalForm.Leaf> leaves = new HashSet<>();
    leaves(call, leaves);
    for (NormalForm.Leaf weighing : leaves) {
      for (NormalForm.Branch own : weighing.branches()) {
        if (!recipients.contains(own.table().owner()) || own.table().isOneRow()) {
          continue;
        }
        for (NormalForm.Leaf weighed : leaves) {
          for (NormalForm.Branch branch : weighed.branches()) {
            if (weighed != weighing && asks(branch.table())) {
              throw refused(call.function(), own.table(), branch.table());
            }
          }
        }
      }
    }
  }

  private boolean asks(TableDescriptor table) {
    return table.policy().minGroupSize() > 1
        && table.policy().dominance() == 0
        && !recipients.contains(table.owner());
  }

  /** The tables whose values go into {@code expr}. */
  private void leaves(Expr expr, Set<NormalForm.Leaf> found) {
    if (expr instanceof Expr.FieldRef ref) {
      if (form.item(ref.index()) instanceof NormalForm.Leaf leaf) {
        found.add(leaf);
      } else {
        form.behind(ref.index()).forEach(behind -> leaves(behind, found));
      }
    } else if (expr instanceof Expr.Call call) {
      call.arguments().forEach(argument -> leaves(argument, found));
    }
  }

  private static TrefoilException refused(
      Function function, TableDescriptor own, TableDescriptor asking) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute a SUM of "
            + function
            + " of columns of "
            + own.name()
            + ", whose owner gets the result, and of "
            + asking.name()
            + ": who chooses a factor for every row can single rows out, and its policy asks for"
            + " min-group-size: "
            + asking.policy().minGroupSize()
            + ". Choose rows by a condition, or ask owner "
            + asking.owner()
            + " to ask for dominance.");
  }
}
