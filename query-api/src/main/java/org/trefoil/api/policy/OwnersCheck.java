package org.trefoil.api.policy;

import java.util.Set;
import java.util.stream.Collectors;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.OwnersCounted;
import org.trefoil.api.plan.Release;

/** Refuses plans that read the tables of fewer owners than a policy's {@code min-owners}. */
final class OwnersCheck {
  private OwnersCheck() {}

  /**
   * Returns if groups with enough owners are possible.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table that asks for more
   */
  static void check(NormalForm form, Release release) {
    Set<String> recipients = OwnersCounted.recipients(release);
    Set<String> others =
        form.leaves().stream()
            .flatMap(leaf -> leaf.branches().stream())
            .map(branch -> branch.table().owner())
            .filter(owner -> !recipients.contains(owner))
            .collect(Collectors.toSet());
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        TableDescriptor table = branch.table();
        if (table.policy().minOwners() > 1 && table.policy().minOwners() > others.size()) {
          throw new TrefoilException(
              Condition.POLICY_VIOLATION,
              "Cannot use table "
                  + table.name()
                  + " in a query over "
                  + others.size()
                  + (others.size() == 1 ? " owner" : " owners")
                  + " besides the recipients: its policy asks for min-owners: "
                  + table.policy().minOwners()
                  + ". Include tables of more owners, give the result to fewer of them, or ask"
                  + " owner "
                  + table.owner()
                  + " to ask for fewer.");
        }
      }
    }
  }
}
