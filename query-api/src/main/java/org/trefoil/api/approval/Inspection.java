package org.trefoil.api.approval;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyVerdict;

/**
 * Whether policies, as they are now, let a proposal run: for every analyst and every value of its
 * lists, from descriptors alone. The same checks as at executors and owners. What is approved, what
 * runs are left and what depends on the data's sizes is another question.
 *
 * @param faults all reasons against it: each names the clause, whose it is, and what would pass
 */
public record Inspection(List<TrefoilException> faults) {
  public Inspection {
    faults = List.copyOf(faults);
  }

  /** Of a proposal's bytes; MALFORMED_STATEMENT if they are none. */
  public static Inspection of(byte[] bytes, Catalog catalog) {
    Proposal proposal = Proposal.decode(bytes);
    List<TrefoilException> faults = new ArrayList<>();
    try {
      proposal.check(catalog);
    } catch (TrefoilException e) {
      add(faults, PolicyVerdict.refused(e).faults());
    }
    for (SortedMap<String, String> values : values(proposal)) {
      try {
        byte[] plan = proposal.plan(values);
        for (String analyst : proposal.analysts()) {
          add(faults, PolicyVerdict.of(SubstraitPlans.decode(plan), catalog, analyst).faults());
        }
      } catch (TrefoilException e) {
        add(faults, List.of(e));
      }
    }
    return new Inspection(faults);
  }

  private static void add(List<TrefoilException> all, List<TrefoilException> more) {
    for (TrefoilException fault : more) {
      if (all.stream().noneMatch(known -> known.getMessage().equals(fault.getMessage()))) {
        all.add(fault);
      }
    }
  }

  /** Every value of a list once, the other parameters at their first; periods differ in nothing. */
  private static List<SortedMap<String, String>> values(Proposal proposal) {
    List<SortedMap<String, String>> all = new ArrayList<>(List.of(proposal.firstValues()));
    for (Parameter parameter : proposal.parameters()) {
      for (String value : parameter.values()) {
        SortedMap<String, String> values = new TreeMap<>(proposal.firstValues());
        values.put(parameter.name(), value);
        all.add(values);
      }
    }
    return all;
  }

  public boolean allowed() {
    return faults.isEmpty();
  }

  /** What {@code inspect} prints below the card. */
  public List<String> lines() {
    return allowed()
        ? List.of("Policies as they are now allow every run of it.")
        : new PolicyVerdict(faults).lines();
  }
}
