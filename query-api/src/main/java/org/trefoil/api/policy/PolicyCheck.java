package org.trefoil.api.policy;

import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Plan;

/** Checks a plan against the policies of the tables that it reads. */
public final class PolicyCheck {
  private PolicyCheck() {}

  /**
   * Returns if every policy allows {@code analyst} to run {@code plan}.
   *
   * @throws org.trefoil.api.error.TrefoilException ROW_LEVEL_ACCESS; ANALYST_NOT_ALLOWED;
   *     POLICY_VIOLATION naming the column, the table and the verb that its policy lacks;
   *     TABLE_NOT_FOUND, COLUMN_NOT_FOUND; UNSUPPORTED_* as {@code Fragments.split}
   */
  public static void check(Plan plan, Catalog catalog, String analyst) {
    throw new UnsupportedOperationException("not yet");
  }
}
