package org.trefoil.contributor;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Contributed;
import org.trefoil.api.plan.Disclosure;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;

/**
 * A query that waits for contributions to a table. All three executors have to tell it alike: plan,
 * policies, sizes and hash key. Two of them are honest, and those have admitted it: they have
 * verified the signatures of the table's owner where their mode asks for them.
 */
final class Invitation {
  private static final Duration CALL = Duration.ofSeconds(10);

  private final OwnerTask task;
  private final Plan plan;
  private final Catalog catalog;
  private final Split split;
  private final Source source;
  private final Contributed contributed;

  private Invitation(
      OwnerTask task,
      Plan plan,
      Catalog catalog,
      Split split,
      Source source,
      Contributed contributed) {
    this.task = task;
    this.plan = plan;
    this.catalog = catalog;
    this.split = split;
    this.source = source;
    this.contributed = contributed;
  }

  /**
   * Waits for a query that collects.
   *
   * @param name {@code owner.table}
   * @throws TrefoilException OWNER_UNAVAILABLE if there is none in this time
   */
  static Invitation await(Executors executors, String name, Duration wait) {
    int dot = name.indexOf('.');
    if (dot < 1 || dot == name.length() - 1) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot contribute to \"" + name + "\": write owner.table.");
    }
    String owner = name.substring(0, dot);
    String table = name.substring(dot + 1);
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      long left = Math.max(0, deadline - System.nanoTime());
      Duration patience = left < CALL.toNanos() ? Duration.ofNanos(left) : CALL;
      for (OwnerTask task : executors.all().get(0).work(owner, patience)) {
        Optional<Invitation> invitation = of(executors, task, owner, table);
        if (invitation.isPresent()) {
          return invitation.get();
        }
      }
      if (System.nanoTime() >= deadline) {
        throw new TrefoilException(
            Condition.OWNER_UNAVAILABLE,
            "Cannot contribute to "
                + name
                + ": no query collects contributions now. Try again when one does, or wait for it"
                + " with --wait.");
      }
    }
  }

  private static Optional<Invitation> of(
      Executors executors, OwnerTask task, String owner, String table) {
    Plan plan = SubstraitPlans.decode(task.plan());
    Catalog catalog = catalog(executors);
    PolicyCheck.check(plan, catalog, task.analyst());
    Split split = Fragments.split(plan, catalog);
    for (Source source : split.sources()) {
      Optional<Contributed> found =
          Contributed.of(source, catalog)
              .filter(c -> c.fragment().owner().equalsIgnoreCase(owner))
              .filter(c -> c.fragment().table().equalsIgnoreCase(table));
      if (found.isPresent()) {
        requireSamePlan(executors, task, found.get().fragment().owner());
        return Optional.of(new Invitation(task, plan, catalog, split, source, found.get()));
      }
    }
    return Optional.empty();
  }

  /** The other two are a moment behind at most: the first has gone on with their word. */
  private static void requireSamePlan(Executors executors, OwnerTask task, String owner) {
    for (int party = 1; party < 3; party++) {
      boolean same =
          executors.all().get(party).work(owner, CALL).stream()
              .anyMatch(
                  other ->
                      other.query().equals(task.query())
                          && other.analyst().equals(task.analyst())
                          && Arrays.equals(other.plan(), task.plan()));
      if (!same) {
        throw disagree(task.query(), executors.all().get(party).name() + " does not know it so");
      }
    }
  }

  /** The tables that all three describe alike. */
  private static Catalog catalog(Executors executors) {
    Map<String, byte[]> digests = new HashMap<>();
    Map<String, Integer> known = new HashMap<>();
    List<List<TableDescriptor>> each = executors.fromAll(e -> e.descriptors());
    for (List<TableDescriptor> tables : each) {
      for (TableDescriptor table : tables) {
        String name = table.name().toLowerCase(Locale.ROOT);
        byte[] digest = DescriptorDigest.of(table);
        byte[] before = digests.putIfAbsent(name, digest);
        if (before == null || Arrays.equals(before, digest)) {
          known.merge(name, 1, Integer::sum);
        }
      }
    }
    return Catalog.of(
        each.get(0).stream()
            .filter(t -> known.get(t.name().toLowerCase(Locale.ROOT)) == 3)
            .toList());
  }

  private static TrefoilException disagree(QueryId query, String reason) {
    return new TrefoilException(
        Condition.EXECUTORS_DISAGREE,
        "Cannot contribute to query "
            + query
            + ": "
            + reason
            + ". Nothing was shared. Try again; if it stays, ask the table's owner.");
  }

  QueryId query() {
    return task.query();
  }

  String analyst() {
    return task.analyst();
  }

  Source source() {
    return source;
  }

  Contributed contributed() {
    return contributed;
  }

  TableDescriptor table() {
    return catalog.table(contributed.fragment().owner(), contributed.fragment().table());
  }

  /** What the query would reveal, to whom, and what leaks. */
  Disclosure disclosure() {
    return Disclosure.of(plan, split, catalog);
  }

  /** Sizes and hash key, on which all three agree. */
  QueryStatus inputs(Executors executors) {
    List<QueryStatus> all = executors.fromAll(e -> e.status(query(), QueryState.ADMITTED, CALL));
    QueryStatus first = all.get(0);
    for (QueryStatus status : all) {
      if (status.error() != null) {
        throw status.error();
      }
      if (status.state() != QueryState.INPUTS
          || !status.rows().equals(first.rows())
          || !Arrays.equals(status.hashKey(), first.hashKey())) {
        throw disagree(query(), "the executors tell different sizes, or it does not collect now");
      }
    }
    return first;
  }

  InputLayout layout(QueryStatus inputs) {
    return InputLayout.of(split, catalog, inputs.rows());
  }
}
