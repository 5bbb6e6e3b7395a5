package org.trefoil.api.policy;

import java.util.List;
import java.util.Map;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.NormalForm;

/** Lets results that are kept secret-shared be used under the policies that made them only. */
final class KeptCheck {
  private KeptCheck() {}

  /**
   * Returns if the tables behind every kept result are registered as they were.
   *
   * @throws TrefoilException POLICY_CHANGED naming the table; TABLE_NOT_FOUND
   */
  static void check(NormalForm form, Catalog catalog) {
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        TableDescriptor table = branch.table();
        if (table.kept().isPresent()) {
          check(table, table.kept().get(), catalog);
        }
      }
    }
  }

  private static void check(TableDescriptor table, KeptShared kept, Catalog catalog) {
    for (Map.Entry<String, String> source : kept.sources().entrySet()) {
      List<String> name = List.of(source.getKey().split("\\.", 2));
      String now = DescriptorDigest.hex(catalog.table(name.get(0), name.get(1)));
      if (!now.equals(source.getValue())) {
        throw new TrefoilException(
            Condition.POLICY_CHANGED,
            "Cannot use table "
                + table.name()
                + ": owner "
                + name.get(0)
                + " has registered another schema or policy of "
                + source.getKey()
                + ", from which it was made. Make it again.");
      }
    }
  }
}
