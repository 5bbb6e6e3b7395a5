package org.trefoil.api.policy;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Plan;

/**
 * Whether executors and owners would refuse a plan, and all reasons for it, from descriptors and
 * policies alone: they ask the same of the same. What depends on the data's sizes (values that do
 * not fit, too many rows) is not in it, nor are approvals.
 *
 * @param faults why it would be refused, the first as executors would say it: each names the
 *     clause, whose it is, and what would pass; empty if it would not be
 */
public record PolicyVerdict(List<TrefoilException> faults) {
  public PolicyVerdict {
    faults = List.copyOf(faults);
  }

  /** The verdict on {@code plan}, run by {@code analyst}. */
  public static PolicyVerdict of(Plan plan, Catalog catalog, String analyst) {
    try {
      PolicyCheck.check(plan, catalog, analyst);
      Fragments.split(plan, catalog);
      return new PolicyVerdict(List.of());
    } catch (TrefoilException e) {
      return refused(e);
    }
  }

  /** Of a query that was refused when it was planned, with all reasons that were found by then. */
  public static PolicyVerdict refused(TrefoilException first) {
    List<TrefoilException> all = new ArrayList<>(List.of(first));
    for (Throwable other : first.getSuppressed()) {
      if (other instanceof TrefoilException fault) {
        all.add(fault);
      }
    }
    return new PolicyVerdict(all);
  }

  public boolean allowed() {
    return faults.isEmpty();
  }

  /** What {@code EXPLAIN POLICY} prints, a line each. */
  public List<String> lines() {
    if (allowed()) {
      return List.of(
          "Allowed by every policy. EXPLAIN says what a run would reveal; whether it is approved is"
              + " another question.");
    }
    List<String> lines = new ArrayList<>();
    lines.add("Refused" + (faults.size() == 1 ? ":" : ", for " + faults.size() + " reasons:"));
    faults.forEach(fault -> lines.add("  " + fault.getMessage()));
    return lines;
  }
}
