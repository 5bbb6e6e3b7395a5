package org.trefoil.api.policy;

import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.WindowCall;

/**
 * Refuses what windows bring from other rows of a table with a minimum. A sum of rows less those
 * before them is the last row, which {@code ORDER BY} picks, and the greatest row number of a group
 * tells how many rows the groups before it have; neither is seen by counting the rows that weigh.
 * Places that are only compared choose rows as any condition does, and those are counted.
 */
final class WindowCheck {
  private final NormalForm form;

  private WindowCheck(NormalForm form) {
    this.form = form;
  }

  /**
   * Returns if windows over tables with a minimum give places only, and these are only compared.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table
   */
  static void check(NormalForm form) {
    WindowCheck check = new WindowCheck(form);
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Windowed windowed) {
        if (!windowed.calls().stream().allMatch(WindowCall::isPlace)) {
          refuse(windowed, "another row's value or a running sum");
        }
      } else if (item instanceof NormalForm.Grouped grouped) {
        grouped.groups().forEach(check::value);
        grouped.calls().forEach(call -> call.argument().ifPresent(check::value));
      }
    }
  }

  /** Looks for places that are part of a value. */
  private void value(Expr expr) {
    if (expr instanceof Expr.FieldRef ref) {
      NormalForm.Item item = form.item(ref.index());
      if (item instanceof NormalForm.Windowed windowed && windowed.call(ref.index()).isPresent()) {
        refuse(windowed, "a row's place as a value");
      } else if (!(item instanceof NormalForm.Leaf)) {
        form.behind(ref.index()).forEach(this::value);
      }
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        if (PolicyCheck.delivers(call, i)) {
          value(call.arguments().get(i));
        }
      }
    }
  }

  private static void refuse(NormalForm.Windowed windowed, String what) {
    for (TableDescriptor table : HierarchyCheck.tables(windowed.input())) {
      if (table.policy().holdsBack()) {
        throw new TrefoilException(
            Condition.POLICY_VIOLATION,
            "Cannot compute "
                + what
                + " in a window over table "
                + table.name()
                + ": its policy has a "
                + table.policy().minimum()
                + ", and what windows bring from other rows is not counted. Compare row_number() or"
                + " rank() in a condition, or ask owner "
                + table.owner()
                + " to lower it to 1.");
      }
    }
  }
}
