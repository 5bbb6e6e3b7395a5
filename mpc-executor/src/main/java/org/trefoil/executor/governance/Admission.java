package org.trefoil.executor.governance;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.arrow.cluster.QueryId;

/**
 * A plan that this executor has decoded, split and found to be allowed by every policy, for itself.
 * Whether it has been approved is for the {@link Gate} to say, before and again at the reveal.
 */
public final class Admission {
  private final Plan plan;
  private final Split split;
  private final Catalog catalog;
  private final RevealPermit permit;

  private Admission(Plan plan, Split split, Catalog catalog, RevealPermit permit) {
    this.plan = plan;
    this.split = split;
    this.catalog = catalog;
    this.permit = permit;
  }

  /**
   * Admits a decoded plan.
   *
   * @param beforeReveal what the permit runs before anything is opened
   * @throws org.trefoil.api.error.TrefoilException as {@link PolicyCheck#check} and {@link
   *     Fragments#split}
   */
  public static Admission of(
      QueryId query, Plan plan, Catalog catalog, String analyst, Runnable beforeReveal) {
    PolicyCheck.check(plan, catalog, analyst);
    Split split = Fragments.split(plan, catalog);
    return new Admission(
        plan,
        split,
        catalog,
        new RevealPermit(query.hex(), plan.release().roles(analyst), beforeReveal));
  }

  /** The names {@code owner.table} that a plan reads, each once, in the order of the plan. */
  public static List<Rel.Scan> scans(Plan plan) {
    List<Rel.Scan> scans = new ArrayList<>();
    collect(plan.root(), scans, new LinkedHashSet<>());
    return scans;
  }

  private static void collect(Rel rel, List<Rel.Scan> scans, Set<String> seen) {
    if (rel instanceof Rel.Scan scan && seen.add(scan.owner() + "." + scan.table())) {
      scans.add(scan);
    }
    rel.inputs().forEach(input -> collect(input, scans, seen));
  }

  /** Decodes what an analyst has submitted. */
  public static Plan decode(byte[] bytes) {
    return SubstraitPlans.decode(bytes);
  }

  /** What names a plan among executors, owners and approvals: SHA-256 of its bytes. */
  public static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public Plan plan() {
    return plan;
  }

  public Split split() {
    return split;
  }

  public Catalog catalog() {
    return catalog;
  }

  public RevealPermit permit() {
    return permit;
  }

  /** Whether a policy of one of the tables may hold groups back. */
  public boolean suppressionMayApply() {
    Catalog rules = plan.release().rules(catalog);
    return split.sources().stream()
        .flatMap(source -> source.branches().stream())
        .map(branch -> rules.table(branch.owner(), branch.table()))
        .map(TableDescriptor::policy)
        .anyMatch(TablePolicy::holdsBack);
  }
}
