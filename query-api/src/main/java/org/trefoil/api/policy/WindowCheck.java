package org.trefoil.api.policy;

import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.NormalForm;

/**
 * Refuses windows with an order over tables with a minimum. A sum of rows less those before them is
 * the last row, which {@code ORDER BY} picks; the greatest row number of a group tells how many
 * rows the groups before it have; and where a condition on one person comes first in the order, the
 * places of all others tell whether it holds, even if they are only compared. Counting the rows
 * that weigh sees nothing of it.
 */
final class WindowCheck {
  private WindowCheck() {}

  /**
   * Returns if no window is over a table with a minimum.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table
   */
  static void check(NormalForm form) {
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Windowed windowed) {
        HierarchyCheck.tables(windowed.input()).stream()
            .filter(table -> table.policy().holdsBack())
            .findFirst()
            .ifPresent(WindowCheck::refuse);
      }
    }
  }

  private static void refuse(TableDescriptor table) {
    throw new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute a window with ORDER BY over table "
            + table.name()
            + ": its policy has a "
            + table.policy().minimum()
            + ", and what windows bring from other rows is not counted. Ask owner "
            + table.owner()
            + " to lower it to 1.");
  }
}
