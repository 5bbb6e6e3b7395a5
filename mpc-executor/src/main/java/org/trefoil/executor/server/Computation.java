package org.trefoil.executor.server;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.executor.plan.Progress;
import org.trefoil.executor.plan.RevealedShares;
import org.trefoil.executor.store.KeptResult;
import org.trefoil.executor.store.ShareStore;
import org.trefoil.executor.transport.LinkSpeed;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.SharedColumn;

/**
 * All of one run that depends on its plan, so that the life of a query can be told apart from what
 * it computes. The methods after {@link #estimate}, which is called alone, are called in the order
 * in which they stand here, each once, by the run's thread.
 */
interface Computation {
  /** Decodes plans; the first thing that may fail. */
  interface Decoder {
    Computation decode(QueryId query, byte[] plan, Catalog catalog, String analyst);
  }

  /**
   * A table that an owner shares a fragment of.
   *
   * @param contributors present if contributors do
   */
  record Branch(String owner, String table, Optional<ContributorsRule> contributors) {
    Branch(String owner, String table) {
      this(owner, table, Optional.empty());
    }

    String name() {
      return owner + "." + table;
    }
  }

  /**
   * What the plan costs on such links, from the registered sizes; checks the policy.
   *
   * @param speed empty if the links have not been measured
   */
  CostEstimate estimate(Optional<LinkSpeed> speed);

  /** The roles that may fetch the result, as the plan says. */
  List<String> recipients();

  /** The tables that the plan reads, each once, as messages print them. */
  List<String> tables();

  /**
   * What is compared among executors for each of {@link #tables}; zeros if it is not known here.
   */
  List<byte[]> tableDigests();

  /**
   * Checks policy and returns the fragments to be shared, by source and branch.
   *
   * @param beforeReveal is run before anything of the result is opened; nothing is if it throws
   */
  List<List<Branch>> admit(Runnable beforeReveal);

  /**
   * What owners must upload, given the padded rows by source and branch.
   *
   * @param speed what the three executors have agreed on; only their own steps depend on it
   */
  List<ShareStore.SourceShape> layout(List<List<Long>> rows, LinkSpeed speed);

  /**
   * What must be the same at all executors before the first share is used: the layout, the steps
   * and what they choose by the links.
   */
  byte[] layoutDigest();

  /** The results that are kept here and that the plan reads, by source; before {@link #run}. */
  default void read(Map<Integer, KeptResult> kept) {}

  /**
   * What is to be kept of a run, if nobody gets its result.
   *
   * @param proposal under which it runs; empty in mode design
   */
  default Optional<KeptResult> kept(RevealedShares result, String proposal, Instant until) {
    return Optional.empty();
  }

  /** Runs the protocol over the columns of every source, {@code valid} first. */
  RevealedShares run(
      Transport transport,
      KeyAgreement.Pairs keys,
      List<List<SharedColumn>> inputs,
      Progress progress);
}
